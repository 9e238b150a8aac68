package natsbus

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds what always happens, on a busy machine too.
const patience = time.Minute

func openHost(t *testing.T) *Host {
	t.Helper()
	h, err := Open(HostConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func dial(t *testing.T, j Join, worker string) (*Station, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := Dial(ctx, StationConfig{Join: j, Worker: worker, Dir: t.TempDir()})
	if err == nil {
		t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func joinOf(t *testing.T, h *Host, worker string, valid time.Duration) Join {
	t.Helper()
	j, err := h.Join(worker, valid)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestStationsAreTakenAndGetTheirCargo(t *testing.T) {
	h := openHost(t)
	want := bytes.Repeat([]byte("program "), pieceSize/4) // several pieces
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, want, 0o600); err != nil {
		t.Fatal(err)
	}
	h.Offer(Cargo{Blobs: map[string]string{"d1": name}, Brief: func(a Applicant) ([]byte, error) {
		if a.Version == "old" {
			return nil, errors.New("install a newer one")
		}
		return []byte("run it, " + a.Worker), nil
	}})
	s, err := dial(t, joinOf(t, h, Anybody, time.Hour), "w")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if text, err := s.Brief(ctx, Applicant{}); err != nil || string(text) != "run it, w" {
		t.Errorf("brief = %q, %v", text, err)
	}
	var refused *RefusedError
	if _, err := s.Brief(ctx, Applicant{Version: "old"}); !errors.As(err, &refused) || refused.Reason != "install a newer one" {
		t.Errorf("error = %v, want it refused", err)
	}
	var got bytes.Buffer
	if err := s.Fetch(ctx, "d1", &got); err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("fetched %d bytes, %v, want the %d of the program", got.Len(), err, len(want))
	}
}

func TestStrangersAreNotLetIn(t *testing.T) {
	h, other := openHost(t), openHost(t)
	mine, theirs := joinOf(t, h, "w", time.Hour), joinOf(t, other, "w", time.Hour)
	with := func(change func(*Join)) Join {
		j := mine
		change(&j)
		return j
	}
	for _, test := range []struct {
		says   string
		join   Join
		worker string
		want   string
	}{
		{"an expired token", joinOf(t, h, "w", -time.Hour), "w", "does not let this worker in"},
		{"the token of another run", with(func(j *Join) { j.Token = theirs.Token }), "w", "does not let this worker in"},
		{"the token of another worker", mine, "v", "does not let this worker in"},
		{"no token", with(func(j *Join) { j.Token = "" }), "w", "does not let this worker in"},
		{"the server of another run", with(func(j *Join) { j.URL = theirs.URL }), "w", "is not the one"},
	} {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			if _, err := dial(t, test.join, test.worker); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}
