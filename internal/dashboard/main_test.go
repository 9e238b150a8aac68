package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testRun is a run of users and of a rate.
func testRun() metrics.Run {
	return metrics.Run{
		ID: "20261123-101500_shop_4f2a", Test: "shop", Start: time.Now(), Duration: time.Hour, Workers: 1,
		Loads: []metrics.Load{
			{Scenario: "shopper", Model: "users", Pattern: "hold 50 for 1h", Duration: time.Hour, Peak: 50},
			{Scenario: "webhook", Model: "rate", Pattern: "hold 20 for 1h", Duration: time.Hour, Peak: 20, MaxUsers: 100},
		},
	}
}

// second is a second of a run with so many names, and as many requests of each
// as its number says.
func second(number, names int) *metrics.Snapshot {
	s := &metrics.Snapshot{
		Second: number, Length: time.Second, Workers: 1, Covered: 1,
		Loads: []metrics.LoadStats{{Scenario: "shopper", Target: 50, Active: 50}, {Scenario: "webhook", Target: 20, Active: 3}},
	}
	for i := range names {
		n := metrics.NameStats{Name: fmt.Sprintf("GET /items/%03d", i), Count: uint64(number%7 + 20)}
		n.ByClass[metrics.OK] = n.Count
		for k := range n.Count {
			n.Response.Record(int64(time.Millisecond) * int64(1+(int(k)+i)%40))
			n.Service.Record(int64(time.Millisecond) * int64(1+(int(k)+i)%30))
		}
		s.Names = append(s.Names, n)
	}
	return s
}

// A told run is a Live that is told seconds with their totals.
type toldRun struct {
	*Live
	total metrics.Total
	names int
	next  int
}

func tell(l *Live, names int) *toldRun { return &toldRun{Live: l, names: names} }

func (r *toldRun) begin(t *testing.T) *toldRun {
	t.Helper()
	if err := r.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	return r
}

// seconds tells of so many more.
func (r *toldRun) seconds(t *testing.T, count int) *toldRun {
	t.Helper()
	for range count {
		s := second(r.next, r.names)
		r.next++
		r.total.Add(s)
		p := metrics.Progress{
			State: "running", Elapsed: s.End(), Now: s, Total: r.total.Summary(0), Verdict: metrics.Verdict{State: metrics.Valid},
		}
		if err := r.Second(s, p); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *toldRun) end(t *testing.T) {
	t.Helper()
	if err := r.End(metrics.Outcome{Passed: true, Summary: r.total.Summary(0), Verdict: metrics.Verdict{State: metrics.Valid}}); err != nil {
		t.Fatal(err)
	}
}

// await waits until something is so, which it always comes to.
func await(t *testing.T, so func() bool) {
	t.Helper()
	often := time.NewTicker(time.Millisecond)
	defer often.Stop()
	late := time.After(time.Minute)
	for !so() {
		select {
		case <-often.C:
		case <-late:
			t.Fatal("it never was so")
		}
	}
}

// serving serves a handler on a free port until the test ends.
func serving(t *testing.T, h http.Handler, c ServerConfig) *Server {
	t.Helper()
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	s, err := Listen(h, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// A sent event is one as a browser gets it.
type sent struct {
	id   uint64
	kind string
	data string
}

// A tap reads a stream.
type tap struct {
	t      *testing.T
	lines  *bufio.Scanner
	answer *http.Response
	cancel context.CancelFunc
}

// watch opens a stream; after and last are what a client says of where it was.
func watch(t *testing.T, url, after, last string) *tap {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"api/v1/stream"+after, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	// A client of its own: connections that are kept alive would outlive the test.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	p := &tap{t: t, answer: response, lines: bufio.NewScanner(response.Body), cancel: cancel}
	p.lines.Buffer(nil, 16<<20)
	t.Cleanup(p.close)
	return p
}

func (p *tap) close() {
	p.cancel()
	_ = p.answer.Body.Close()
}

// next returns the next event, and false at the end of the stream.
func (p *tap) next() (e sent, ok bool) {
	p.t.Helper()
	for p.lines.Scan() {
		name, value, _ := strings.Cut(p.lines.Text(), ": ")
		switch name {
		case "id":
			id, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				p.t.Error(err)
			}
			e.id = id
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if e.kind != "" {
				return e, true
			}
		}
	}
	return e, false
}

// want returns the next event, which has to be of a kind.
func (p *tap) want(kind string) sent {
	p.t.Helper()
	e, ok := p.next()
	if !ok || e.kind != kind {
		p.t.Fatalf("the next event is %q %.80s, want %s", e.kind, e.data, kind)
	}
	return e
}

// until returns the next event of a kind, passing over others.
func (p *tap) until(kind string) sent {
	p.t.Helper()
	for {
		e, ok := p.next()
		if !ok {
			p.t.Fatalf("the stream ended without %s", kind)
		}
		if e.kind == kind {
			return e
		}
	}
}

// bucket is which bucket a row is.
func (e sent) bucket(t *testing.T) int {
	t.Helper()
	var row struct{ B int }
	if err := json.Unmarshal([]byte(e.data), &row); err != nil {
		t.Fatal(err)
	}
	return row.B
}

// A puppet is a run whose controls write down what is done.
type puppet struct {
	mu     sync.Mutex
	did    []string
	marks  []store.Event
	failed error // of Hold and Mark
}

func (p *puppet) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.did = append(p.did, fmt.Sprintf(format, args...))
}

func (p *puppet) Stop(now bool)    { p.note("stop %v", now) }
func (p *puppet) Release(load int) { p.note("release %d", load) }

func (p *puppet) Hold(load int, level float64) error {
	if p.failed == nil {
		p.note("hold %d at %v", load, level)
	}
	return p.failed
}

func (p *puppet) Mark(e store.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.marks = append(p.marks, e)
	}
	return p.failed
}
