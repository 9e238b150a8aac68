package cli

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/pattern"
)

// exposedTo has the plan of a spy lead to a public address, which is only known
// from a name server if it has to be asked for.
func (s *spy) exposedTo(address string, named bool) *stayed {
	was := new(stayed)
	s.plan.Exposed = func(_ context.Context, ask bool) string {
		was.asked = was.asked || ask
		if named && !ask {
			return ""
		}
		return address
	}
	s.plan.StayPrivate = func() { was.private = true }
	return was
}

// stayed is what became of a plan.
type stayed struct{ asked, private bool }

func TestPeaks(t *testing.T) {
	load := func(m cluster.Model, levels ...float64) (l cluster.Load) {
		l.Model = m
		sequence := pattern.Sequence{}
		for _, level := range levels {
			sequence = append(sequence, pattern.Constant{Level: level, For: time.Second})
		}
		l.Pattern = sequence
		return l
	}
	for _, c := range []struct {
		says  string
		loads []cluster.Load
		limit float64
		held  map[int]float64
		want  string
		high  bool
	}{
		{"as many users as anybody may get", []cluster.Load{load(cluster.Users, 50)}, 0, nil, "50 users", false},
		{"one more", []cluster.Load{load(cluster.Users, 1, 51, 1)}, 0, nil, "51 users", true},
		{"two loads together", []cluster.Load{load(cluster.Users, 30), load(cluster.Users, 30)}, 0, nil, "60 users", true},
		{"a rate", []cluster.Load{load(cluster.Rate, 100)}, 0, nil, "100 iterations/s", false},
		{"a higher one", []cluster.Load{load(cluster.Rate, 101)}, 0, nil, "101 iterations/s", true},
		{"a higher one with a limit", []cluster.Load{load(cluster.Rate, 1000)}, 80, nil, "80 iterations/s", false},
		{"users with a limit are still users", []cluster.Load{load(cluster.Users, 1000)}, 80, nil, "1,000 users", true},
		{"both", []cluster.Load{load(cluster.Users, 10), load(cluster.Rate, 90)}, 0, nil, "10 users and 90 iterations/s", false},
		{"a load that is held", []cluster.Load{load(cluster.Users, 10), load(cluster.Users, 10)}, 0, map[int]float64{1: 45}, "55 users", true},
	} {
		p := &cluster.Plan{Plan: engine.Plan{Loads: c.loads, MaxRate: c.limit}}
		if got := peakOf(p, c.held); got.String() != c.want || got.high() != c.high {
			t.Errorf("%s: %s, high %v; want %s, %v", c.says, got, got.high(), c.want, c.high)
		}
	}
}

func TestHighLoadsStayPrivate(t *testing.T) {
	const refused = "203.0.113.1 is a public address, and 60 users are more than the 50 users or 100 iterations/s it may get unasked; " +
		"if it is yours to load, say so with --allow-public or LOADFORGE_ALLOW_PUBLIC=true"
	for _, c := range []struct {
		says    string
		args    []string
		env     map[string]string
		file    string
		address string
		named   bool
		code    int
		want    string
		private bool
	}{
		{says: "a public address", args: []string{"-u", "60"}, address: "203.0.113.1", code: exitUsage, want: refused},
		{says: "a public name", args: []string{"-u", "60"}, address: "203.0.113.1", named: true, code: exitUsage, want: refused, private: true},
		{says: "a small load", args: []string{"-u", "50"}, address: "203.0.113.1"},
		{says: "a flag", args: []string{"-u", "60", "--allow-public"}, address: "203.0.113.1"},
		{says: "a variable", args: []string{"-u", "60"}, env: map[string]string{"LOADFORGE_ALLOW_PUBLIC": "true"}, address: "203.0.113.1"},
		{says: "a config file", args: []string{"-u", "60"}, file: "allow-public = true", address: "203.0.113.1"},
		{says: "a private address", args: []string{"-u", "60"}, private: true},
		{says: "a check", args: []string{"validate", "-u", "60"}, address: "203.0.113.1", code: exitUsage, want: refused},
		{says: "a check asks nobody", args: []string{"validate", "-u", "60"}, address: "203.0.113.1", named: true, private: true},
	} {
		t.Run(c.says, func(t *testing.T) {
			inFolder(t, map[string]string{"loadforge.toml": c.file})
			s := newSpy()
			was := s.exposedTo(c.address, c.named)
			stage := s.stage()
			stage.env = c.env
			stage.play(t, append(c.args, "--iterations", "20", "--no-report")...).wants(t, c.code, c.want)
			if was.private != c.private {
				t.Errorf("it stays private: %v, want %v", was.private, c.private)
			}
			if c.args[0] == "validate" && was.asked {
				t.Error("it asked a name server")
			}
		})
	}
}

// What would have been refused before the run is refused while it goes.
func TestHeldLoadsStayPrivate(t *testing.T) {
	s := newSpy()
	s.exposedTo("203.0.113.1", true)
	p := s.plan
	h := &helm{session: &session{options: new(options)}, control: new(cluster.Control), plan: &p, held: map[int]float64{}}
	if err := h.Hold(0, 50); err != nil {
		t.Errorf("50 users: %v", err)
	}
	if err := h.Hold(0, 51); err == nil || !strings.Contains(err.Error(), "203.0.113.1 is a public address, and 51 users") {
		t.Errorf("51 users: %v", err)
	}
	if err := h.Hold(0, -1); err == nil {
		t.Error("a negative level is held")
	}
	if h.held[0] != 50 {
		t.Errorf("it holds %v", h.held)
	}
	h.Release(0)
	h.options.public = true
	if err := h.Hold(0, 5000); err != nil {
		t.Errorf("with consent: %v", err)
	}
}
