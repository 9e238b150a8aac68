package natsbus

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestWhoWasLetInComesBackAfterItsTokenHasExpired(t *testing.T) {
	config := HostConfig{Dir: t.TempDir()}
	h, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dial(t, joinOf(t, h, Anybody, time.Hour), "w")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, says := range []string{"the same host", "one that was started again"} {
		h.Offer(Cargo{Brief: func(a Applicant) ([]byte, error) { return []byte(a.Worker), nil }})
		expired := joinOf(t, h, Anybody, -time.Hour)
		again, err := dial(t, expired, "w")
		if err != nil {
			t.Fatalf("%s: %v", says, err)
		}
		if text, err := again.Brief(ctx, Applicant{}); err != nil || string(text) != "w" {
			t.Errorf("%s: brief = %q, %v", says, text, err)
		}
		if _, err := dial(t, expired, "v"); err == nil || !strings.Contains(err.Error(), "does not let this worker in") {
			t.Errorf("%s: error = %v, want nobody new let in", says, err)
		}
		_ = again.Close()
		h.Close()
		if h, err = Open(config); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Finish(); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheTimeOfATokenIsForgiven(t *testing.T) {
	k, err := newKeys("r1")
	if err != nil {
		t.Fatal(err)
	}
	g, err := openGuests(t.TempDir(), k)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	now := time.Unix(1_900_000_000, 0)
	token := func(run, worker string, secret []byte) string {
		return Token{Run: run, Worker: worker, Expires: now}.sign(secret)
	}
	if err := g.admit("w", token("r1", Anybody, k.Secret), now); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	for _, test := range []struct {
		says, worker, token string
		admitted            bool
	}{
		{"its own", "w", token("r1", Anybody, k.Secret), true},
		{"for a worker that never came", "v", token("r1", Anybody, k.Secret), false},
		{"of another run", "w", token("r2", Anybody, k.Secret), false},
		{"of another worker", "w", token("r1", "v", k.Secret), false},
		{"made with another secret", "w", token("r1", Anybody, []byte("foreign")), false},
		{"none", "w", "", false},
	} {
		t.Run(test.says, func(t *testing.T) {
			if err := g.admit(test.worker, test.token, later); (err == nil) != test.admitted {
				t.Errorf("admit = %v, want it let in: %v", err, test.admitted)
			}
		})
	}
}
