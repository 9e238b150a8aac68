package metrics

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Random samples over names, stages, shards and seconds, collected at random
// moments: what comes out is what sorting the samples says.
func TestSnapshotsAreWhatSortingTheSamplesSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := NewRecorder(RecorderConfig{Shards: rapid.IntRange(1, 5).Draw(t, "shards")})
		samples := rapid.SliceOfN(sampleOf(), 1, 400).Draw(t, "samples")
		oracle := map[nameKey][]Sample{}
		var total Total
		next := 0
		collect := func() {
			s := r.Collect(next)
			if s.Second != next {
				t.Fatalf("second %d, want %d", s.Second, next)
			}
			total.Add(s)
			next++
		}
		for _, drawn := range samples {
			key := nameKey{fmt.Sprint("name ", drawn.Name), drawn.Kind, drawn.Stage}
			oracle[key] = append(oracle[key], drawn)
			drawn.Name = r.Name(key.name, key.kind)
			r.Shard(int(drawn.BytesIn)).Record(&drawn)
			if rapid.IntRange(0, 60).Draw(t, "collect") == 0 {
				collect()
			}
		}
		if rest := r.Finish(time.Duration(max(next, 5)) * time.Second); rest != nil {
			total.Add(rest)
		}
		if len(total.Names()) != len(oracle) {
			t.Fatalf("%d names, want %d", len(total.Names()), len(oracle))
		}
		for i := range total.Names() {
			n := &total.Names()[i]
			compareWithSamples(t, n, oracle[nameKey{n.Name, n.Kind, n.Stage}])
		}
	})
}

// nameKey is the key of NameStats.
type nameKey struct {
	name  string
	kind  Kind
	stage Stage
}

func sampleOf() *rapid.Generator[Sample] {
	times := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, int64(time.Minute)))
	return rapid.Custom(func(t *rapid.T) Sample {
		return Sample{
			Name:     NameID(rapid.IntRange(0, 4).Draw(t, "name")),
			Kind:     Kind(rapid.IntRange(0, 1).Draw(t, "kind")),
			Stage:    Stage(rapid.IntRange(0, 2).Draw(t, "stage")),
			Class:    Class(rapid.IntRange(0, NumClasses-1).Draw(t, "class")),
			Code:     uint16(rapid.SampledFrom([]int{0, 200, 200, 200, 204, 404, 503}).Draw(t, "code")),
			End:      rapid.Int64Range(0, 5*int64(time.Second)-1).Draw(t, "end"),
			Service:  times.Draw(t, "service"),
			Response: times.Draw(t, "response"),
			DNS:      times.Draw(t, "dns"),
			Connect:  times.Draw(t, "connect"),
			TLS:      times.Draw(t, "tls"),
			TTFB:     times.Draw(t, "ttfb"),
			BytesOut: rapid.Int64Range(0, 100).Draw(t, "out"),
			BytesIn:  rapid.Int64Range(0, 100).Draw(t, "in"),
		}
	})
}

func compareWithSamples(t *rapid.T, n *NameStats, samples []Sample) {
	want := NameStats{Name: n.Name, Kind: n.Kind, Stage: n.Stage}
	var response, service, dns []int64
	for _, s := range samples {
		want.ByClass[s.Class]++
		want.BytesIn += uint64(s.BytesIn)
		want.BytesOut += uint64(s.BytesOut)
		if s.Class != Cancelled {
			want.Count++
		}
		if s.Class == Cancelled || s.Class == Generator {
			continue
		}
		if s.Service > 0 || s.Code > 0 || s.Class == OK {
			response, service = append(response, s.Response), append(service, s.Service)
		}
		if s.DNS > 0 {
			dns = append(dns, s.DNS)
		}
	}
	if n.Count != want.Count || n.ByClass != want.ByClass || n.BytesIn != want.BytesIn || n.BytesOut != want.BytesOut {
		t.Fatalf("%s: got %d %v %d %d, want %d %v %d %d", n.Name, n.Count, n.ByClass, n.BytesIn, n.BytesOut,
			want.Count, want.ByClass, want.BytesIn, want.BytesOut)
	}
	compareWithValues(t, "response", &n.Response, response)
	compareWithValues(t, "service", &n.Service, service)
	compareWithValues(t, "dns", &n.DNS, dns)
}

func compareWithValues(t *rapid.T, what string, h *hdr.Histogram, values []int64) {
	if h.Count() != uint64(len(values)) {
		t.Fatalf("%s: %d values, want %d", what, h.Count(), len(values))
	}
	slices.Sort(values)
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
		if len(values) == 0 {
			return
		}
		want := values[max(0, int(math.Ceil(q*float64(len(values))))-1)]
		if got := h.Quantile(q); math.Abs(float64(got-want)) > float64(want)/256+2 {
			t.Fatalf("%s: quantile %v is %d, want %d", what, q, got, want)
		}
	}
}

// Users record, and somebody collects meanwhile: in the end all is there.
func TestNothingIsLostWhileCollecting(t *testing.T) {
	const users, each = 8, 5000
	r := NewRecorder(RecorderConfig{Shards: 3, Loads: []string{"a"}})
	var wait sync.WaitGroup
	for user := range users {
		wait.Go(func() {
			shard := r.Shard(user)
			check := r.Check("holds")
			for i := range int64(each) {
				at := i * 10 * int64(time.Second) / each
				name := r.Name(fmt.Sprint("GET /", i%7), Request)
				shard.Start(0, at, i, false)
				shard.Record(&Sample{Name: name, End: at, Service: i, Response: i + 1, Code: 200})
				shard.Check(check, i%5 != 0, at)
				shard.Error(Reset, "GET /", "connection reset", "", at)
				shard.Finish(0, at, i%10 == 0)
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	var total Total
	second := 0
	for running := true; running; second++ {
		select {
		case <-done:
			running = false
		default:
		}
		total.Add(r.Collect(second))
	}
	if rest := r.Finish(time.Duration(second) * time.Second); rest != nil {
		total.Add(rest)
	}
	s := total.Summary(0)
	const all = users * each
	if s.Requests != all || s.Response.Count != all || s.Started != all || s.Iterations != all || s.Lag.Count != all {
		t.Errorf("got %d requests, %d times, %d started, %d finished, %d lags; want %d of each",
			s.Requests, s.Response.Count, s.Started, s.Iterations, s.Lag.Count, all)
	}
	if s.Checked != all || s.CheckFailed != all/5 || s.Failed != all/10 || s.Errs[0].Count != all {
		t.Errorf("got %d checks, %d failed, %d failed iterations, %d errors", s.Checked, s.CheckFailed, s.Failed, s.Errs[0].Count)
	}
}

func TestRecordingDoesNotAllocate(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1, Loads: []string{"a"}})
	shard, check := r.Shard(0), r.Check("holds")
	samples := benchSamples(r, 50)
	i := 0
	second := func() {
		for range 2000 {
			s := samples[i&1023]
			s.End = int64(i/2000) * int64(time.Second)
			shard.Record(&s)
			shard.Check(check, true, s.End)
			shard.Start(0, s.End, 1000, false)
			shard.Finish(0, s.End, false)
			shard.Error(Timeout, "GET /", "timeout", "", s.End)
			i++
		}
	}
	for warm := range 4 {
		second()
		r.Collect(warm)
	}
	second() // its pages are open now
	if got := testing.AllocsPerRun(100, func() {
		s := samples[i&1023]
		s.End = 4 * int64(time.Second)
		shard.Record(&s)
		shard.Check(check, true, s.End)
		shard.Start(0, s.End, 1000, false)
		shard.Finish(0, s.End, false)
		shard.Error(Timeout, "GET /", "timeout", "", s.End+1)
		_ = r.Name("GET /7", Request)
		i++
	}); got != 0 {
		t.Errorf("%v allocations for each iteration, want none", got)
	}
}
