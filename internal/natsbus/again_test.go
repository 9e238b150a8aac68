package natsbus

import (
	"context"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/wire"
)

func TestStationsFindTheirHostAgain(t *testing.T) {
	config := HostConfig{Dir: t.TempDir()}
	host, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := stationOf(ctx, t, host)
	defer s.Close()
	host.Close()
	if host, err = Open(config); err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	for range 20 {
		if err = s.measure(ctx, 1); err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Post(ctx, wire.Frame{Body: []byte("c")})
	if f := <-host.Frames(); f.Address != "w" {
		t.Errorf("frame = %+v", f)
	}
}

// stationOf is the worker w of a host, at its side of the bus.
func stationOf(ctx context.Context, t *testing.T, h *Host) *Station {
	t.Helper()
	s, err := Dial(ctx, StationConfig{Join: joinOf(t, h, "w", time.Hour), Worker: "w", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
