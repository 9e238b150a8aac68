//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/report"
	"github.com/loadforge/loadforge/internal/store"
)

// A stage is a target that knows when it was asked for what, and holds up what
// it is told to.
type stage struct {
	*httptest.Server
	path  string        // whose requests are held up
	after int           // that many of them are not
	fails bool          // held up is: answered with 500 at once
	holds chan struct{} // closed: go on

	mu       sync.Mutex
	arrivals map[string][]time.Time
	news     *sync.Cond
}

func newStage(t *testing.T, path string, after int, fails bool) *stage {
	t.Helper()
	s := &stage{path: path, after: after, fails: fails, holds: make(chan struct{}), arrivals: map[string][]time.Time{}}
	s.news = sync.NewCond(&s.mu)
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.arrivals[r.URL.Path] = append(s.arrivals[r.URL.Path], time.Now())
	held := r.URL.Path == s.path && len(s.arrivals[r.URL.Path]) > s.after
	s.news.Broadcast()
	s.mu.Unlock()
	switch {
	case held && s.fails:
		w.WriteHeader(http.StatusInternalServerError)
	case held:
		select {
		case <-s.holds:
		case <-r.Context().Done():
		}
	}
}

// received waits until the path was asked for that many times.
func (s *stage) received(t *testing.T, path string, n int) {
	t.Helper()
	late := time.AfterFunc(patience, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		t.Errorf("the target was asked %d times for %s, want %d", len(s.arrivals[path]), path, n)
		s.after = -1
		s.news.Broadcast()
	})
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.arrivals[path]) < n && s.after >= 0 {
		s.news.Wait()
	}
}

// count is how often a path was asked for, and how often before a moment.
func (s *stage) count(path string, moment time.Time) (all, before int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.arrivals[path] {
		if at.Before(moment) {
			before++
		}
	}
	return len(s.arrivals[path]), before
}

// phasesOn starts the program phases against the stage. Its standard output is
// a pipe that holds one page: a result does not fit, so that with --json the
// program waits at its end until somebody reads.
func (s *stage) phasesOn(t *testing.T, dir, steady string, flags ...string) (*process, *os.File) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	narrow(in)
	command := exec.Command("phases", append([]string{"run", "--json", "-v", "-f", "html,json"}, flags...)...)
	command.Stdout = in
	p := startWith(t, command, dir, "TARGET="+s.URL, "STEADY="+steady)
	_ = in.Close()
	t.Cleanup(func() { _ = out.Close() })
	return p, out
}

// A phase is a part of a run, and how a test gets a run there and keeps it
// there.
type phase struct {
	name    string
	path    string // what it asks for
	after   int    // times, before the phase is reached
	steady  string
	reached func(*testing.T, *process, *stage)
}

var runPhases = []phase{
	{"setup", "/setup", 0, "1h", func(t *testing.T, _ *process, s *stage) { s.received(t, "/setup", 1) }},
	{"ramp", "/load", 0, "2s", func(t *testing.T, _ *process, s *stage) { s.received(t, "/load", 1) }},
	{"steady", "/load", 120, "5s", func(t *testing.T, _ *process, s *stage) { s.received(t, "/load", 121) }},
	{"drain", "/load", 50, "800ms", func(t *testing.T, p *process, _ *stage) { p.says(t, "finishing: ") }},
	{"teardown", "/teardown", 0, "100ms", func(t *testing.T, _ *process, s *stage) { s.received(t, "/teardown", 1) }},
	{"report", "/nothing", 0, "100ms", func(t *testing.T, p *process, _ *stage) { p.says(t, "results: ") }},
}

// A leftover is what a run left of itself.
type leftover struct {
	started  time.Time
	requests int // of the load, in its log
	seconds  int // that the log has
	ended    bool
}

// leftoverOf reads a run as loadforge report does, and fails if any of it can't
// be read.
func leftoverOf(t *testing.T, results string) leftover {
	t.Helper()
	r, err := store.Open(results)
	if err != nil {
		t.Fatalf("the run can't be read: %v", err)
	}
	defer r.Close()
	if r.Live() {
		t.Error("the run is still locked")
	}
	l := leftover{started: r.Run().Start, ended: r.Outcome() != nil}
	for s, err := range r.Snapshots() {
		if err != nil {
			t.Errorf("second %d can't be read: %v", l.seconds, err)
			break
		}
		if s.Second != l.seconds {
			t.Errorf("second %d comes as the %dth", s.Second, l.seconds)
		}
		l.seconds++
		for _, n := range s.Names {
			if n.Stage == 0 {
				l.requests += int(n.Count)
			}
		}
	}
	if _, err := report.Write(r.Dir(), report.Options{Formats: report.All()}); err != nil {
		t.Errorf("no report can be made: %v", err)
	}
	return l
}

// A resultFile is what these tests read of a result.json.
type resultFile struct {
	Interrupted bool
	Aborted     string
	Error       string
	Totals      struct {
		Requests   int
		Errors     int
		Iterations int
		Cancelled  int `json:"requests_cancelled"`
		Dropped    int `json:"dropped_iterations"`
		PeakUsers  int `json:"peak_users"`
	}
	Requests []named
	Stages   []named
	Verdict  struct {
		State   string
		Reasons []string
	}
	Errors  []struct{ Class, Message string }
	Workers []struct {
		Requests int
		Lost     bool
	}
}

// A named is the row of a request.
type named struct{ Count int }

// lost counts the workers that were.
func (r *resultFile) lost() (n int) {
	for _, w := range r.Workers {
		if w.Lost {
			n++
		}
	}
	return n
}

// wantReason checks that the verdict is not valid, and that a reason for it has
// all these texts.
func (r *resultFile) wantReason(t *testing.T, texts ...string) {
	t.Helper()
	says := func(reason string) bool {
		return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(reason, text) })
	}
	if r.Verdict.State == "valid" || !slices.ContainsFunc(r.Verdict.Reasons, says) {
		t.Errorf("the verdict is %+v, want it to say %q", r.Verdict, texts)
	}
}

func readResult(t *testing.T, dir string) (r resultFile) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "results", "latest", "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("result.json: %v", err)
	}
	return r
}
