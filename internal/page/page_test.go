package page_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/page/pagetest"
)

func encode(t testing.TB, b *page.Builder) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := b.Encode(&w, 0, new(page.Status)); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

func build(t testing.TB, b *page.Builder, parts []*metrics.Snapshot) *pagetest.Page {
	t.Helper()
	for _, s := range parts {
		b.Add(s)
	}
	return decode(t, encode(t, b))
}

func decode(t testing.TB, b []byte) *pagetest.Page {
	return must[*pagetest.Page](t)(pagetest.Decode(b))
}

func TestAPageHasAllThatWasCounted(t *testing.T) {
	parts := synthParts()
	for _, width := range []int{1, 4, 64, 1024} {
		d := build(t, page.NewWidth(synthRun(), width), parts)
		var total metrics.Total
		for _, s := range parts {
			total.Add(s)
		}
		sum := total.Summary(0)
		for id, want := range map[string]uint64{
			"t.requests": sum.Requests, "t.errors": sum.Errors, "t.in": sum.BytesIn, "t.out": sum.BytesOut,
			"t.iterations": sum.Iterations, "t.failed": sum.Failed, "t.seconds": uint64(sum.Health.Seconds),
			"l.1.scheduled": sum.Loads[1].Scheduled, "l.1.dropped": sum.Loads[1].Dropped, "l.0.started": sum.Loads[0].Started,
		} {
			if got := d.Sum(id); got != want {
				t.Errorf("width %d: %s sums up to %d, want %d", width, id, got, want)
			}
		}
		for i, n := range total.Names() {
			at := slices.Index(d.Names, page.Name{Name: clean(n.Name), Kind: []string{"request", "group"}[n.Kind], Stage: []string{"main", "setup"}[n.Stage]})
			if got := d.Sum("n." + strconv.Itoa(at) + ".requests"); got != n.Count {
				t.Errorf("width %d: name %d has %d requests, want %d", width, i, got, n.Count)
			}
			inCells := uint64(0)
			for _, pairs := range d.Heat[at] {
				inCells += pagetest.Count(pairs)
			}
			if inCells != n.Response.Count() {
				t.Errorf("width %d: cells of name %d have %d values, want %d", width, i, inCells, n.Response.Count())
			}
		}
	}
}

// clean is what a page makes of the names of the synthetic run.
func clean(name string) string {
	return string(bytes.ReplaceAll([]byte(name), []byte("\u200f"), []byte(" ")))
}

func TestDistributionsLeaveOutTheWarmUp(t *testing.T) {
	run := synthRun()
	d := build(t, page.New(run), synthParts())
	total := metrics.Total{Warmup: run.Warmup}
	for _, s := range synthParts() {
		total.Add(s)
	}
	var all uint64
	for i, n := range d.Names {
		if n.Kind == "request" && n.Stage == "main" {
			all += pagetest.Count(d.Dists[i])
		}
	}
	if want := total.Response().Count(); all != want {
		t.Errorf("the distributions have %d values, want %d", all, want)
	}
}

// A page whose buckets have doubled is the page in buckets of that width.
func TestDoublingIsMerging(t *testing.T) {
	run := synthRun()
	run.Warmup, run.Duration = 0, 3*time.Hour
	live, wide := page.New(run), page.NewWidth(run, 4)
	resets := 0
	for second := range 9000 {
		s := tiny(second)
		if _, wider := live.Add(s); wider {
			resets++
		}
		wide.Add(s)
	}
	if live.Width() != 4 || resets != 2 || live.Buckets() != 2250 {
		t.Errorf("%d buckets of %d s after %d resets, want 2250 of 4 s after 2", live.Buckets(), live.Width(), resets)
	}
	if !bytes.Equal(encode(t, live), encode(t, wide)) {
		t.Error("the page differs from that in buckets of 4 s")
	}
}

// tiny makes a second with a few requests.
func tiny(second int) *metrics.Snapshot {
	random := rand.New(rand.NewPCG(uint64(second), 3))
	n := metrics.NameStats{Name: "GET /", Count: 7}
	n.ByClass[metrics.OK] = 7
	for range n.Count {
		n.Response.Record(random.Int64N(1 << 30))
	}
	return &metrics.Snapshot{
		Second: second, Length: time.Second, Workers: 1, Covered: 1, Names: []metrics.NameStats{n},
		Loads: []metrics.LoadStats{{Active: second % 7, Target: 3.5}},
	}
}

// Parts of a second, in whatever order they come, make what they make as one.
func TestLatePartsCountInTheirBucket(t *testing.T) {
	run := synthRun()
	var whole, parts []*metrics.Snapshot
	for second := range 100 {
		a, b := synthSnapshot(second, 0), synthSnapshot(second, 1)
		merged := new(metrics.Snapshot)
		merged.Merge(a)
		merged.Merge(b)
		whole = append(whole, merged)
		parts = append(parts, a)
		if second >= 20 {
			parts = append(parts, synthSnapshot(second-20, 1))
		}
	}
	for second := 80; second < 100; second++ {
		parts = append(parts, synthSnapshot(second, 1))
	}
	for _, width := range []int{1, 8} {
		got, want := build(t, page.NewWidth(run, width), parts), build(t, page.NewWidth(run, width), whole)
		for id := range want.Values {
			if !reflect.DeepEqual(got.Values[id], want.Values[id]) {
				t.Errorf("width %d: column %s differs", width, id)
			}
		}
		if !reflect.DeepEqual(got.Heat, want.Heat) || !reflect.DeepEqual(got.Dists, want.Dists) {
			t.Errorf("width %d: cells or distributions differ", width)
		}
	}
}

func TestWhatComesMuchTooLateStillCounts(t *testing.T) {
	b := page.New(synthRun())
	parts := []*metrics.Snapshot{tiny(0), tiny(500), tiny(0)}
	d := build(t, b, parts)
	if got := d.Sum("n.0.requests"); got != 21 {
		t.Errorf("%d requests, want 21", got)
	}
	if got := *d.Values["t.length"][0]; got != 1000 {
		t.Errorf("second 0 has %d ms, want 1000", got)
	}
}

func TestASecondThatCannotBeIsPassedOver(t *testing.T) {
	b := page.New(metrics.Run{Duration: time.Minute})
	for _, second := range []int{-1, 1 << 31} {
		if bucket, wider := b.Add(tiny(second)); bucket != -1 || wider {
			t.Errorf("second %d is in bucket %d", second, bucket)
		}
	}
}

// Rows tell those who look on what the page has.
func TestRowsMakeThePage(t *testing.T) {
	b := page.New(synthRun())
	rows, known := map[int]page.Row{}, 0
	var names []page.Name
	for _, s := range synthParts() {
		bucket, _ := b.Add(s)
		row := b.Row(bucket, known)
		known = len(b.Names())
		names = append(names, row.Names...)
		rows[bucket] = row
	}
	d := decode(t, encode(t, b))
	if !slices.Equal(names, d.Names) {
		t.Errorf("rows name %v, the page %v", names, d.Names)
	}
	for _, c := range d.Columns {
		for i, v := range d.Values[c.ID] {
			got, known := rows[i].Values[c.ID]
			if v == nil && known || v != nil && got != *v {
				t.Fatalf("bucket %d, %s: the row says %d (%v)", i, c.ID, got, known)
			}
		}
	}
	var heat uint64
	for _, row := range rows {
		for _, pairs := range row.Heat {
			heat += pagetest.Count(pairs)
		}
	}
	var cells uint64
	for _, steps := range d.Heat {
		for _, pairs := range steps {
			cells += pagetest.Count(pairs)
		}
	}
	if heat != cells {
		t.Errorf("rows have %d values, cells %d", heat, cells)
	}
}

func TestDistIsOfRequestsOfTheMainStage(t *testing.T) {
	b := page.New(metrics.Run{})
	var want hdr.Histogram
	for _, s := range synthParts() {
		b.Add(s)
		for i := range s.Names {
			if n := &s.Names[i]; n.Kind == metrics.Request && n.Stage == metrics.Main {
				want.Merge(&n.Response)
			}
		}
	}
	if got := pagetest.Count(b.Dist()); got != want.Count() {
		t.Errorf("%d values, want %d", got, want.Count())
	}
}

func TestTheSameRunMakesTheSameBytes(t *testing.T) {
	var first []byte
	for range 2 {
		b, status := synthPage()
		var w bytes.Buffer
		if err := b.Encode(&w, 1, &status); err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, w.Bytes()) {
			t.Error("the page differs the second time")
		}
		first = w.Bytes()
	}
}

// JSON of an empty page has lists, not nulls: those who read it loop over them.
func TestAnEmptyPageHasEmptyLists(t *testing.T) {
	b := page.New(metrics.Run{})
	status := b.Live(&metrics.Progress{State: "waiting"})
	var w bytes.Buffer
	if err := b.Encode(&w, 0, &status); err != nil {
		t.Fatal(err)
	}
	d := decode(t, w.Bytes())
	var all map[string]any
	if err := json.Unmarshal(d.JSON, &all); err != nil {
		t.Fatal(err)
	}
	noNulls(t, "", all, "passed", "p50", "p75", "p90", "p95", "p99", "p999", "min", "mean", "max", "lag_p99_ms")
}

func noNulls(t *testing.T, path string, v any, allowed ...string) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil && slices.Contains(allowed, key) {
				continue
			}
			noNulls(t, path+"."+key, value, allowed...)
		}
	case []any:
		for _, value := range v {
			noNulls(t, path, value, allowed...)
		}
	case nil:
		t.Errorf("%s is null", path)
	}
}

func TestSeveralWorkersHaveColumns(t *testing.T) {
	b := page.New(synthRun())
	for second := range 3 {
		b.Add(tiny(second))
		n := uint64(second + 1)
		b.Workers(second, []page.Worker{{ID: 0, Requests: 5 * n, Active: 3}, {ID: 1, Requests: 2 * n, Active: second}})
	}
	b.Workers(2, []page.Worker{{ID: 0, Requests: 15, Active: 4}, {ID: 1, Requests: 1}}) // it began anew
	b.Workers(3, []page.Worker{{ID: 0, Requests: 99}, {ID: 1, Requests: 99}})           // of a second that is not there
	d := decode(t, encode(t, b))
	for id, want := range map[string][]int64{"w.0.requests": {5, 5, 5}, "w.0.active": {3, 3, 4}, "w.1.requests": {2, 2, 2}, "w.1.active": {0, 1, 0}} {
		for i, v := range d.Values[id] {
			if *v != want[i] {
				t.Errorf("%s in second %d is %d, want %d", id, i, *v, want[i])
			}
		}
	}
}

// What comes late of a second is of then, the users of a worker are those of now.
func TestALatePartLeavesTheUsersOfWorkersAlone(t *testing.T) {
	b := page.New(synthRun())
	for second := range 3 {
		b.Add(tiny(second))
		b.Workers(second, []page.Worker{{Requests: 5, Active: second}, {Requests: 5, Active: second}})
	}
	b.Add(tiny(1))
	b.Workers(1, []page.Worker{{Requests: 5, Active: 2}, {Requests: 8, Active: 2}})
	d := decode(t, encode(t, b))
	for id, want := range map[string][]int64{"w.1.active": {0, 1, 2}, "w.1.requests": {5, 3, 0}} {
		for i, v := range d.Values[id] {
			if *v != want[i] {
				t.Errorf("%s in second %d is %d, want %d", id, i, *v, want[i])
			}
		}
	}
}

// The requests of before a second worker came are of the seconds before.
func TestAWorkerThatWasAloneIsToldApartFromThenOn(t *testing.T) {
	b := page.New(synthRun())
	for second := range 2 {
		b.Add(tiny(second))
		b.Workers(second, []page.Worker{{Requests: 7 * uint64(second+1)}})
	}
	b.Add(tiny(2))
	b.Workers(2, []page.Worker{{Requests: 18}, {Requests: 3}})
	d := decode(t, encode(t, b))
	if a, b := d.Sum("w.0.requests"), d.Sum("w.1.requests"); a != 4 || b != 3 {
		t.Errorf("the workers have %d and %d requests in second 2, want 4 and 3", a, b)
	}
}

func TestALoneWorkerHasNoColumns(t *testing.T) {
	b := page.New(synthRun())
	b.Add(tiny(0))
	b.Workers(0, []page.Worker{{Requests: 7}})
	if _, there := decode(t, encode(t, b)).Values["w.0.requests"]; there {
		t.Error("there is w.0.requests")
	}
}
