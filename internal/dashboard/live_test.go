package dashboard

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// A head is the part of a page that is JSON.
type head struct {
	Seq    uint64
	Run    struct{ ID string }
	Status struct {
		State    string
		Controls bool
		Passed   *bool
		Totals   struct{ Requests uint64 }
	}
	Events []struct {
		At         float64 `json:"at_s"`
		Kind, Text string
	}
	Names   []struct{ Name string }
	Columns []struct{ ID string }
	Buckets struct {
		Count int
		Width int `json:"width_s"`
	}
}

func decodeHead(t *testing.T, b []byte) (h head) {
	t.Helper()
	block, err := io.ReadAll(flate.NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := bytes.CutPrefix(block, []byte("LFP1"))
	size, n := binary.Uvarint(rest)
	if !ok || n <= 0 {
		t.Fatalf("a page begins with %q", block[:min(len(block), 10)])
	}
	if err := json.Unmarshal(rest[n:n+int(size)], &h); err != nil {
		t.Fatal(err)
	}
	return h
}

func headOf(t *testing.T, h http.Handler) head {
	t.Helper()
	w := ask(h, "GET", "http://localhost/api/v1/page", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("the page is %d %s", w.Code, w.Body)
	}
	return decodeHead(t, w.Body.Bytes())
}

func TestThePageIsTheRunAsItStands(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun(), State: "setup", Controls: &puppet{}}), 2)
	fresh := func() head {
		run.mu.Lock()
		run.cache = cachedPage{}
		run.mu.Unlock()
		return headOf(t, run.Live)
	}
	if h := fresh(); h.Status.State != "setup" || h.Status.Controls || h.Buckets.Count != 0 || h.Run.ID != testRun().ID {
		t.Errorf("before the run: %+v", h)
	}
	run.begin(t)
	if h := fresh(); h.Status.State != "running" || !h.Status.Controls {
		t.Errorf("as it begins: %+v", h)
	}
	run.seconds(t, 3)
	h := fresh()
	if h.Status.State != "running" || h.Buckets.Count != 3 || len(h.Names) != 2 || h.Status.Totals.Requests != 2*(20+21+22) {
		t.Errorf("after three seconds: %+v", h)
	}
	if h.Seq != run.log.last() {
		t.Errorf("the stream goes on at %d, want %d", h.Seq, run.log.last())
	}
	run.end(t)
	if h := fresh(); h.Status.State != "finished" || h.Status.Controls || h.Status.Passed == nil || !*h.Status.Passed {
		t.Errorf("after the end: %+v", h)
	}
}

// A page and what the stream tells after it are the whole run, whenever the page
// was made.
func TestThePageAndTheStreamFit(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 2).begin(t).seconds(t, 5)
	url := serving(t, run.Live, ServerConfig{}).URL()
	run.cache = cachedPage{}
	h := headOf(t, run.Live)
	run.seconds(t, 5)
	run.end(t)
	client := watch(t, url, fmt.Sprint("?after=", h.Seq), "")
	for bucket := h.Buckets.Count; bucket < 10; bucket++ {
		if got := client.until(rowEvent).bucket(t); got != bucket {
			t.Fatalf("row %d, want %d", got, bucket)
		}
	}
	client.until(endEvent)
}

func TestThePageHasTheCourseOfEachWorker(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 1).begin(t)
	s := second(0, 1)
	run.total.Add(s)
	p := metrics.Progress{State: "running", Now: s, Total: run.total.Summary(0), Workers: []metrics.WorkerStatus{{Requests: 11}, {ID: 1, Requests: 9}}}
	if err := run.Second(s, p); err != nil {
		t.Fatal(err)
	}
	var courses []string
	for _, c := range headOf(t, run.Live).Columns {
		if strings.HasPrefix(c.ID, "w.") {
			courses = append(courses, c.ID)
		}
	}
	if want := []string{"w.0.requests", "w.0.active", "w.1.requests", "w.1.active"}; !slices.Equal(courses, want) {
		t.Errorf("the page has %v, want %v", courses, want)
	}
}

// However often it is asked for, the page takes a tenth of the time at most.
func TestPagesAreMadeNowAndThen(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 20).begin(t).seconds(t, 50)
	h := headOf(t, run.Live)
	run.mu.Lock()
	run.cache.took = time.Hour // that long it took
	run.mu.Unlock()
	run.seconds(t, 1)
	if again := headOf(t, run.Live); again.Seq != h.Seq {
		t.Errorf("a page that takes an hour was made again")
	}
	if err := run.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	if again := headOf(t, run.Live); again.Seq == h.Seq {
		t.Error("a page of before the run's begin is still there")
	}
}

// Browsers that hear of the end ask for the page at once, and then never again.
func TestTheEndIsInThePageAtOnce(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 2).begin(t).seconds(t, 3)
	headOf(t, run.Live)
	run.mu.Lock()
	run.cache.took = time.Hour // that long it took
	run.mu.Unlock()
	run.end(t)
	if h := headOf(t, run.Live); h.Status.State != "finished" || h.Seq != run.log.last() {
		t.Errorf("after the end the page is %q up to %d, want finished up to %d", h.Status.State, h.Seq, run.log.last())
	}
}

func TestTheAxisBecomesCoarserWithAReset(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 1).begin(t)
	run.next = 3589
	run.seconds(t, 1)
	run.mu.Lock()
	position := run.log.last()
	run.mu.Unlock()
	run.seconds(t, 20)
	told := run.log.after(position, 1<<24).text()
	if got := strings.Count(told, "event: reset\n"); got != 1 {
		t.Errorf("%d resets, want 1", got)
	}
	if h := headOf(t, run.Live); h.Buckets.Width != 2 || h.Buckets.Count != 1805 {
		t.Errorf("buckets are %+v", h.Buckets)
	}
}

func TestARunThatIsTakenUpAgainHasItsPast(t *testing.T) {
	dir, writer := results(t)
	if err := writer.Annotate(time.Second, "deploy"); err != nil {
		t.Fatal(err)
	}
	run := tell(NewLive(LiveConfig{Earlier: func() (*store.Reader, error) { return store.OpenRun(dir, "live") }}), 2).begin(t)
	run.next = 2
	run.seconds(t, 1)
	if h := headOf(t, run.Live); h.Buckets.Count != 3 || len(h.Names) != 2 || len(h.Events) != 1 {
		t.Errorf("the page is %+v", h)
	}
	run = tell(NewLive(LiveConfig{Earlier: func() (*store.Reader, error) { return nil, fs.ErrNotExist }}), 2).begin(t)
	if h := headOf(t, run.seconds(t, 1).Live); h.Buckets.Count != 1 {
		t.Errorf("without its past the page is %+v", h)
	}
}

// The names of many requests are told now and then only.
func TestLongStatusesAreBrief(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun(), Room: 64 << 20}), 120).begin(t)
	long := 0
	for range 9 {
		from := run.log.last()
		run.seconds(t, 1)
		if told := run.log.after(from, 1<<24).text(); !strings.Contains(told, `"names":null`) {
			long++
		}
	}
	if long != 3 {
		t.Errorf("%d of 9 statuses have 120 names, want every third", long)
	}
}

func TestAnInfiniteNumberIsLeftOut(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 1).begin(t)
	run.tell(markEvent, map[string]any{"at_s": func() {}})
	run.seconds(t, 1)
	if got := headOf(t, run.Live).Buckets.Count; got != 1 {
		t.Errorf("%d buckets, want 1", got)
	}
}

func TestTheAppIsServedWithAPolicy(t *testing.T) {
	live := NewLive(LiveConfig{Run: metrics.Run{Test: `<script>alert("x")</script>`}})
	w := ask(live, "GET", "http://localhost/", "")
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "script-src '"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %s lacks %s", policy, want)
		}
	}
	if html := w.Body.String(); w.Code != 200 || strings.Contains(html, "alert(\"x\")</script>") || !strings.Contains(html, `content="live"`) {
		t.Errorf("the app is %d %.200s", w.Code, html)
	}
	for _, path := range []string{"x", "api/v1", "api/v1/page/x", "../etc/passwd"} {
		if got := ask(live, "GET", "http://localhost/"+path, "").Code; got != 404 && got != 307 && got != 301 {
			t.Errorf("/%s is %d, want nothing", path, got)
		}
	}
}
