package metrics

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

const ms = int64(time.Millisecond)

func TestSecondIsThatOfTheSamplesEnd(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2})
	get := r.Name("GET /", Request)
	for user, end := range []int64{0, 999_999_999, 1_000_000_000, 1_999_999_999, 2_000_000_000} {
		r.Shard(user).Record(&Sample{Name: get, End: end, Service: ms, Response: 2 * ms, Code: 200})
	}
	for second, want := range []uint64{2, 2, 1, 0} {
		s := r.Collect(second)
		if got := countOf(s, "GET /"); got != want {
			t.Errorf("second %d: got %d requests, want %d", second, got, want)
		}
		if s.Second != second || s.Length != time.Second || s.Seq != uint64(second) || s.Workers != 1 || s.Covered != 1 {
			t.Errorf("second %d: got %d of length %s, seq %d, %d workers covering %v",
				second, s.Second, s.Length, s.Seq, s.Workers, s.Covered)
		}
	}
}

func TestLateSamplesCountInTheNextSecond(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1})
	get := r.Name("GET /", Request)
	r.Collect(0)
	r.Collect(1)
	r.Shard(0).Record(&Sample{Name: get, End: 500 * ms, Service: ms, Response: ms})
	r.Shard(0).Record(&Sample{Name: get, End: 2500 * ms, Service: ms, Response: ms})
	if got := countOf(r.Collect(2), "GET /"); got != 2 {
		t.Errorf("got %d requests in second 2, want the late and the punctual one", got)
	}
}

func TestSecondsThatWereNotCollectedComeWithTheNext(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1})
	get := r.Name("GET /", Request)
	for second := range int64(5) {
		r.Shard(0).Record(&Sample{Name: get, End: second * 1000 * ms, Response: ms})
	}
	if got := countOf(r.Collect(3), "GET /"); got != 4 {
		t.Errorf("got %d requests, want those of seconds 0 to 3", got)
	}
	if got := countOf(r.Collect(4), "GET /"); got != 1 {
		t.Errorf("got %d requests in second 4, want 1", got)
	}
}

func TestNothingIsLostIfNobodyCollectsForLong(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1, Loads: []string{"a"}})
	get := r.Name("GET /", Request)
	for second := range int64(100) {
		r.Shard(0).Record(&Sample{Name: get, End: second * 1000 * ms, Response: ms})
		r.Shard(0).Count(0, Scheduled, second*1000*ms)
	}
	if got := len(r.Shard(0).open); got > maxOpen {
		t.Errorf("%d pages are open, want at most %d", got, maxOpen)
	}
	s := r.Finish(100 * time.Second)
	if got := countOf(s, "GET /"); got != 100 || s.Loads[0].Scheduled != 100 {
		t.Errorf("got %d requests, %d scheduled, want 100", got, s.Loads[0].Scheduled)
	}
}

func TestFinishTakesWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		name       string
		collected  int // seconds
		ends       []int64
		elapsed    time.Duration
		wantSecond int
		wantLength time.Duration
		wantCount  uint64
		wantNil    bool
	}{
		{"the last second is shorter", 1, []int64{1100}, 1250 * time.Millisecond, 1, 250 * time.Millisecond, 1, false},
		{"a full last second", 1, []int64{1100}, 2 * time.Second, 1, time.Second, 1, false},
		{"all were collected", 2, nil, 2 * time.Second, 0, 0, 0, true},
		{"late ones after all were collected", 2, []int64{1100}, 2 * time.Second, 2, minLength, 1, false},
		{"clocks in the future", 1, []int64{1100, 99_000}, 1500 * time.Millisecond, 1, 500 * time.Millisecond, 2, false},
		{"an empty rest of a second", 1, nil, 1500 * time.Millisecond, 1, 500 * time.Millisecond, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewRecorder(RecorderConfig{Shards: 2})
			get := r.Name("GET /", Request)
			for second := range c.collected {
				r.Collect(second)
			}
			for user, end := range c.ends {
				r.Shard(user).Record(&Sample{Name: get, End: end * ms, Response: ms})
			}
			s := r.Finish(c.elapsed)
			if c.wantNil || s == nil {
				if !c.wantNil || s != nil {
					t.Fatalf("got %v, want nil: %v", s, c.wantNil)
				}
				return
			}
			if s.Second != c.wantSecond || s.Length != c.wantLength || countOf(s, "GET /") != c.wantCount {
				t.Errorf("got second %d of %s with %d requests, want %d of %s with %d", s.Second, s.Length,
					countOf(s, "GET /"), c.wantSecond, c.wantLength, c.wantCount)
			}
		})
	}
}

func TestWhatASampleCounts(t *testing.T) {
	for _, c := range []struct {
		name                     string
		sample                   Sample
		count, response, connect uint64
		codes                    []CodeCount
	}{
		{"an answer", Sample{Code: 200, Service: ms, Response: ms}, 1, 1, 0, []CodeCount{{200, 1}}},
		{"an answer in no time", Sample{Class: OK}, 1, 1, 0, nil},
		{"an answer on a new connection", Sample{Code: 204, Service: ms, Response: ms, Connect: ms}, 1, 1, 1, []CodeCount{{204, 1}}},
		{"a server's error", Sample{Class: Status5xx, Code: 503, Service: ms, Response: ms}, 1, 1, 0, []CodeCount{{503, 1}}},
		{"a timeout after sending", Sample{Class: Timeout, Service: ms, Response: ms}, 1, 1, 0, nil},
		{"a refused connection has no response time", Sample{Class: Connect, Response: ms, Connect: ms}, 1, 0, 1, nil},
		{"a fault of this machine has no times", Sample{Class: Generator, Response: ms, Connect: ms}, 1, 0, 0, nil},
		{"a cancelled request is not finished", Sample{Class: Cancelled, Code: 200, Service: ms, Response: ms}, 0, 0, 0, nil},
		{"a class nobody knows counts as cancelled", Sample{Class: 200, Service: ms}, 0, 0, 0, nil},
		{"a status past three digits", Sample{Code: 60000, Service: ms, Response: ms}, 1, 1, 0, []CodeCount{{999, 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewRecorder(RecorderConfig{Shards: 1})
			c.sample.Name = r.Name("x", Request)
			c.sample.BytesIn, c.sample.BytesOut = 7, -1
			r.Shard(0).Record(&c.sample)
			n := r.Collect(0).Names[0]
			if n.Count != c.count || n.Response.Count() != c.response || n.Service.Count() != c.response || n.Connect.Count() != c.connect {
				t.Errorf("got count %d, %d response and %d service times, %d connect; want %d, %d, %d, %d", n.Count,
					n.Response.Count(), n.Service.Count(), n.Connect.Count(), c.count, c.response, c.response, c.connect)
			}
			if !slices.Equal(n.Codes, c.codes) {
				t.Errorf("got codes %v, want %v", n.Codes, c.codes)
			}
			if n.ByClass[min(c.sample.Class, Cancelled)] != 1 || n.BytesIn != 7 || n.BytesOut != 0 {
				t.Errorf("got %v, %d in, %d out", n.ByClass, n.BytesIn, n.BytesOut)
			}
		})
	}
}

func TestStagesAndKindsStandApart(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 3})
	login, step := r.Name("login", Request), r.Name("login", Group)
	for user, s := range []Sample{
		{Name: login, Stage: Setup},
		{Name: login},
		{Name: login},
		{Name: step},
		{Name: login, Stage: Teardown},
		{Name: login, Stage: 9},
	} {
		r.Shard(user).Record(&s)
	}
	var got []string
	for _, n := range r.Collect(0).Names {
		got = append(got, fmt.Sprintf("%d %d %s %d", n.Stage, n.Kind, n.Name, n.Count))
	}
	want := []string{"0 0 login 2", "0 1 login 1", "1 0 login 1", "2 0 login 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesAreBounded(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1})
	for i := range MaxNames + 10 {
		r.Shard(0).Record(&Sample{Name: r.Name(fmt.Sprintf("GET /%d", i), Request), Response: ms})
	}
	r.Shard(0).Record(&Sample{Name: r.Name("one more step", Group)})
	s := r.Collect(0)
	if got, want := len(s.Names), MaxNames+2; got != want {
		t.Errorf("got %d names, want %d", got, want)
	}
	if got := countOf(s, OtherName); got != 10 || s.Health.NamesOverflow != 11 {
		t.Errorf("got %d requests under %s and an overflow of %d, want 10 and 11", got, OtherName, s.Health.NamesOverflow)
	}
	if got, want := fmt.Sprint(r.Refused()), "[GET /2000 GET /2001 GET /2002]"; got != want {
		t.Errorf("refused %s, want %s", got, want)
	}
	if again := r.Name("GET /0", Request); r.names.all()[again].text != "GET /0" {
		t.Error("a known name was refused")
	}
}

func TestNamesAreMadeFitToBeShown(t *testing.T) {
	r := NewRecorder(RecorderConfig{})
	if a, b := r.Name("a\x1bb", Request), r.Name("a b", Request); a != b {
		t.Errorf("got %d and %d for the same name", a, b)
	}
	if id := r.Name("", Request); r.names.all()[id].text != Unnamed {
		t.Errorf("empty name is %q", r.names.all()[id].text)
	}
	if got, want := r.Name(OtherName, Group), NameID(Group); got != want {
		t.Errorf("got %d for %s, want %d", got, OtherName, want)
	}
}

func TestNumbersThatAreNoNamesCountUnderOther(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1})
	r.Shard(0).Record(&Sample{Name: 1 << 30})
	r.Shard(0).Record(&Sample{})
	r.Shard(0).Check(77, true, 0)
	s := r.Collect(0)
	if got := countOf(s, OtherName); got != 2 || s.Checks[0] != (CheckStats{OtherName, 1, 0}) {
		t.Errorf("got %d requests and checks %v", got, s.Checks)
	}
}

func TestChecks(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2})
	b, a := r.Check("b"), r.Check("a")
	r.Check("never used")
	for user := range 10 {
		r.Shard(user).Check(a, user < 7, 0)
		r.Shard(user).Check(b, true, 1_500*ms)
	}
	if got := fmt.Sprint(r.Collect(0).Checks); got != "[{a 7 3}]" {
		t.Errorf("got %s in second 0", got)
	}
	if got := fmt.Sprint(r.Collect(1).Checks); got != "[{b 10 0}]" {
		t.Errorf("got %s in second 1", got)
	}
	for i := range MaxChecks + 5 {
		r.Shard(0).Check(r.Check(fmt.Sprint("check ", i)), false, 2_000*ms)
	}
	s := r.Collect(2)
	if last := s.Checks[0]; len(s.Checks) > MaxChecks || last.Name != OtherName || last.Failed != 8 {
		t.Errorf("got %d checks, the first %v", len(s.Checks), last)
	}
}

func TestLoadsAreCountedBySecond(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2, Loads: []string{"shop", "hooks\n"}, Target: func(load int, at time.Duration) float64 {
		return float64(load+1) * at.Seconds()
	}})
	a, b := r.Shard(0), r.Shard(1)
	a.Count(0, UserStarted, 0)
	b.Count(0, UserStarted, 0)
	a.CountN(1, Scheduled, 5, 0)
	a.Count(1, Dropped, 0)
	a.Start(1, 10*ms, 0, true) // it waited for a user, this machine is not to blame
	b.Start(1, 20*ms, int64(LateAfter)+1, true)
	a.Start(1, 20*ms, int64(LateAfter), false)
	a.Finish(1, 900*ms, true)
	a.Count(1, Panicked, 900*ms)
	b.Count(0, SetupFailed, 0)
	b.Count(0, UserStopped, 1_000*ms)
	b.Finish(1, 1_200*ms, false)
	a.Count(1, Interrupted, 1_300*ms)
	a.Lag(1_000*ms, ms)

	first, second := r.Collect(0), r.Collect(1)
	for _, c := range []struct {
		name      string
		got, want LoadStats
	}{
		{"users in second 0", first.Loads[0], LoadStats{Scenario: "shop", Target: 1, Active: 2, Peak: 2, SetupFailed: 1}},
		{"iterations in second 0", first.Loads[1], LoadStats{
			Scenario: "hooks ", Target: 2, Busy: 2, Scheduled: 5, Started: 3, Late: 2, Dropped: 1, Finished: 1, Failed: 1, Panics: 1,
		}},
		{"users in second 1", second.Loads[0], LoadStats{Scenario: "shop", Target: 2, Active: 1, Peak: 2}},
		{"iterations in second 1", second.Loads[1], LoadStats{Scenario: "hooks ", Target: 4, Finished: 1, Interrupted: 1}},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, c.got, c.want)
		}
	}
	if first.Lag.Count() != 3 || first.Lag.Max() != int64(LateAfter)+1 || second.Lag.Count() != 1 {
		t.Errorf("got %d and %d start lags, the longest %d", first.Lag.Count(), second.Lag.Count(), first.Lag.Max())
	}
}

func TestPeaksOfUsersAreThoseWithinTheSecond(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 3, Loads: []string{"shop", "hooks"}})
	come := func(load, n int, at int64) {
		for user := range n {
			r.Shard(user).Count(load, UserStarted, at)
		}
	}
	leave := func(load, n int, at int64) {
		for user := range n {
			r.Shard(user+1).Count(load, UserStopped, at)
		}
	}
	come(0, 5, 100*ms) // all of them gone by the end of the second
	leave(0, 5, 400*ms)
	come(1, 4, 500*ms) // one load after the other: no more at once
	come(1, 3, 1_100*ms)
	come(0, 2, 1_200*ms)
	leave(1, 6, 1_300*ms)
	leave(0, 2, 2_000*ms)
	leave(1, 1, 2_000*ms)
	type peaks struct{ all, shop, hooks int }
	for second, want := range []peaks{{5, 5, 4}, {9, 2, 7}, {3, 2, 1}, {0, 0, 0}} {
		s := r.Collect(second)
		if got := (peaks{s.Peak, s.Loads[0].Peak, s.Loads[1].Peak}); got != want {
			t.Errorf("second %d: got peaks %+v, want %+v", second, got, want)
		}
	}
}

func TestHealthIsAskedOncePerSnapshot(t *testing.T) {
	asked := 0
	r := NewRecorder(RecorderConfig{Worker: 3, Epoch: 7, Health: func() Health {
		asked++
		return Health{CPU: 0.5, NamesOverflow: 99}
	}})
	s := r.Collect(0)
	if asked != 1 || s.Health != (Health{CPU: 0.5}) || s.Worker != 3 || s.Epoch != 7 {
		t.Errorf("asked %d times, got %+v of worker %d, epoch %d", asked, s.Health, s.Worker, s.Epoch)
	}
}

func TestEqualErrorsAreGrouped(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2})
	for user := range 4 {
		r.Shard(user).Error(Connect, "GET /", "connection refused", "", int64(4-user)*ms)
	}
	r.Shard(0).Error(Panic, "buy", "boom\x1b[2J", "stack\n\tmain.go\x00", 5*ms)
	got := r.Collect(0).Errors
	want := []ErrorStats{
		{Class: Connect, Name: "GET /", Message: "connection refused", Count: 4, First: time.Millisecond, Last: 4 * time.Millisecond},
		{Class: Panic, Name: "buy", Message: "boom [2J", Count: 1, First: 5 * time.Millisecond, Last: 5 * time.Millisecond, Detail: "stack\n\tmain.go "},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if left := r.Collect(1).Errors; left != nil {
		t.Errorf("the next second has %+v", left)
	}
}

func TestCellsGoBackToTheListWhenQuietAndAreDroppedWhenCold(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1})
	busy, quiet := r.Name("busy", Request), r.Name("quiet", Request)
	shard := r.Shard(0)
	record := func(id NameID, n, second int) {
		for range n {
			shard.Record(&Sample{Name: id, End: int64(second) * 1000 * ms, Service: ms, Response: ms, TTFB: ms})
		}
	}
	cells := func() (found []*cell) {
		for _, p := range shard.spare {
			for _, id := range []NameID{busy, quiet} {
				if slot := slotOf(id, Main); slot < uint(len(p.cells)) && p.cells[slot] != nil {
					found = append(found, p.cells[slot])
				}
			}
		}
		return found
	}
	second := 0
	for ; second < 4; second++ {
		record(busy, 100, second)
		record(quiet, 2, second)
		if got := r.Collect(second); countOf(got, "busy") != 100 || countOf(got, "quiet") != 2 {
			t.Fatalf("second %d: got %d and %d", second, countOf(got, "busy"), countOf(got, "quiet"))
		}
	}
	many := 0
	for _, c := range cells() {
		if c.many != nil {
			many++
		}
	}
	if many == 0 || many == len(cells()) {
		t.Errorf("%d of %d cells have histograms, want those of the busy name", many, len(cells()))
	}
	for end := second + 2*quietSeconds; second < end; second++ {
		record(busy, 2, second)
		r.Collect(second)
	}
	for _, c := range cells() {
		if c.many != nil {
			t.Error("a cell still has histograms after it was quiet")
		}
	}
	for end := second + 5*coldTurns; second < end; second++ {
		shard.Lag(int64(second)*1000*ms, 0)
		r.Collect(second)
	}
	if got := len(cells()); got != 0 {
		t.Errorf("%d cold cells are left", got)
	}
}

// countOf is the number of requests of a name in the main stage.
func countOf(s *Snapshot, name string) uint64 {
	for i := range s.Names {
		if n := &s.Names[i]; n.Name == name && n.counts() {
			return n.Count
		}
	}
	return 0
}

// 2,000 names on eight shards, all in use in every second, with three times
// each: what a test with too many names does to memory.
func TestMemoryIsBoundedByTheTrafficNotByNamesTimesShards(t *testing.T) {
	const shards, limit = 8, 40 << 20
	before := heap()
	r := NewRecorder(RecorderConfig{Shards: shards})
	for second := range 4 {
		for i := range MaxNames {
			id := r.Name(fmt.Sprintf("GET /%d", i), Request)
			for user := range shards {
				spread := int64(user+1) * ms << (i % 8) // over eleven octaves
				r.Shard(user).Record(&Sample{
					Name: id, Code: 200, End: int64(second) * 1000 * ms,
					Service: spread, Response: 2 * spread, TTFB: spread / 2,
				})
			}
		}
		r.Collect(second)
	}
	if got := heap() - before; got > limit {
		t.Errorf("recorder takes %d MiB, want at most %d", got>>20, limit>>20)
	} else {
		t.Logf("recorder takes %d KiB", got>>10)
	}
	runtime.KeepAlive(r)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
