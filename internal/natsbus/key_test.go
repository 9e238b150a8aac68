package natsbus

import (
	"context"
	"strings"
	"testing"
	"time"
)

const (
	testKey  = Key("0123456789abcdef0123456789abcdef")
	otherKey = Key("fedcba9876543210fedcba9876543210")
)

func openKeyed(t *testing.T, dir, listen string) *Host {
	t.Helper()
	h, err := Open(HostConfig{Dir: dir, Key: testKey, Listen: listen})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func TestKeysMustBeLong(t *testing.T) {
	if k, err := ParseKey(" " + string(testKey) + "\n"); err != nil || k != testKey {
		t.Errorf("key = %q, %v", k, err)
	}
	for _, text := range []string{"", "   ", "secret", string(testKey[1:]) + "\n"} {
		if _, err := ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), "secret") {
			t.Errorf("ParseKey(%q) = %v, want an error that does not repeat it", text, err)
		}
	}
}

func TestWhoHasTheKeyFindsTheRun(t *testing.T) {
	h := openKeyed(t, t.TempDir(), "")
	address := h.server.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	join, err := testKey.Find(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	if want := joinOf(t, h, Anybody, time.Hour); join.Run != want.Run || join.Pin != want.Pin || join.URL != want.URL {
		t.Errorf("join = %+v, want %+v but for the token", join, want)
	}
	s, err := dial(t, join, "w")
	if err != nil {
		t.Fatal(err)
	}
	if found := s.conn.DiscoveredServers(); len(found) > 0 {
		t.Errorf("the server advertises %v, want workers to stay with what they were told", found)
	}
	if _, err := otherKey.Find(ctx, address); err == nil || !strings.Contains(err.Error(), "has another key") {
		t.Errorf("error = %v, want that the key is another one", err)
	}
	if _, err := testKey.Find(ctx, "host"); err == nil {
		t.Error("an address without a port has no error")
	}
}

func TestWorkersMayComeBeforeTheirCoordinator(t *testing.T) {
	dir := t.TempDir()
	first := openKeyed(t, dir, "")
	address, run := first.server.Addr().String(), first.keys.Run
	first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	found := make(chan error)
	go func() {
		join, err := testKey.Find(ctx, address)
		if err == nil && join.Run != run {
			t.Errorf("run is %s, want %s", join.Run, run)
		}
		found <- err
	}()
	openKeyed(t, dir, address)
	if err := <-found; err != nil {
		t.Error(err)
	}
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := testKey.Find(short, "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "find the coordinator") {
		t.Errorf("error = %v, want it to say what was sought", err)
	}
}

func TestTheStateOfARunBelongsToItsKey(t *testing.T) {
	dir := t.TempDir()
	if testKey.Holds(dir) {
		t.Error("an empty directory has the state of a run")
	}
	openKeyed(t, dir, "").Close()
	if !testKey.Holds(dir) || otherKey.Holds(dir) {
		t.Errorf("its key: %v, another: %v", testKey.Holds(dir), otherKey.Holds(dir))
	}
	if drawn := openHost(t); testKey.Holds(drawn.config.Dir) {
		t.Error("the state of a run without a key is taken for that of one")
	}
}
