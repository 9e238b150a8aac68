package main

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// open serves in a mood, and returns the server, its door and a client. A client
// that kept connections would ask again after faults.
func open(t *testing.T, m mood) (*server, *door, *http.Client) {
	t.Helper()
	d, err := openDoor()
	if err != nil {
		t.Fatal(err)
	}
	s := newServer()
	s.turn(m)
	if err := d.open(s.accept); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.close()
		_ = syscall.Close(d.keeper)
	})
	return s, d, &http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: m == faulty}}
}

// ask asks once, and reports whether there was a whole answer.
func ask(t *testing.T, c *http.Client, d *door) bool {
	t.Helper()
	resp, err := c.Get("http://" + d.address + "/")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return err == nil && string(text) == body
}

func TestEachOtherRequestGetsAFault(t *testing.T) {
	t.Parallel()
	s, d, client := open(t, faulty)
	well := 0
	for range 2 * len(faults) {
		if ask(t, client, d) {
			well++
		}
	}
	want := map[string]int64{ok: int64(len(faults)) + 1, "reset": 2, "body": 3, "timeout": 2, "protocol": 1}
	for deadline := time.Now().Add(10 * time.Second); !maps.Equal(s.outcomes(), want) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond) // who drips notices late that nobody listens
	}
	if got := s.outcomes(); !maps.Equal(got, want) {
		t.Errorf("it made %v, want %v", got, want)
	}
	if int64(well) != want[ok] || s.read.Load() != int64(2*len(faults)) {
		t.Errorf("%d answers were whole, %d requests read; want %d and %d", well, s.read.Load(), want[ok], 2*len(faults))
	}
}

func TestAClosedDoorRefusesUntilItOpens(t *testing.T) {
	t.Parallel()
	s, d, client := open(t, healthy)
	if !ask(t, client, d) {
		t.Error("it does not answer in health")
	}
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	s.turn(closed)
	if _, err := net.Dial("tcp", d.address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialling a closed door: %v, want it refused", err)
	}
	if ask(t, client, d) {
		t.Error("it answers on a connection of before")
	}
	s.turn(healthy)
	if err := d.open(s.accept); err != nil {
		t.Fatal(err)
	}
	if !ask(t, client, d) {
		t.Error("it does not answer when it is open again")
	}
	if got := s.outcomes()["cut"]; got != 1 {
		t.Errorf("it cut %d connections, want 1", got)
	}
}
