package metrics

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMergingIsFreeOfOrderAndGrouping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(snapshotOf(), 2, 5).Draw(t, "parts")
		before := encodings(t, parts)

		oneByOne := new(Snapshot)
		for _, s := range parts {
			oneByOne.Merge(s)
		}
		shuffled := rapid.Permutation(parts).Draw(t, "order")
		cut := rapid.IntRange(0, len(parts)).Draw(t, "cut")
		var left, right, grouped Snapshot
		for i, s := range shuffled {
			if i < cut {
				left.Merge(s)
			} else {
				right.Merge(s)
			}
		}
		for _, half := range []*Snapshot{&right, &left} {
			if half.Workers > 0 {
				grouped.Merge(half)
			}
		}
		if a, b := encoded(t, oneByOne), encoded(t, &grouped); !bytes.Equal(a, b) {
			t.Fatalf("one by one:\n%+v\nshuffled and grouped:\n%+v", oneByOne, grouped)
		}
		if after := encodings(t, parts); !reflect.DeepEqual(before, after) {
			t.Fatal("merging changed what was merged")
		}
	})
}

func encoded(t interface {
	Helper()
	Fatal(...any)
}, s *Snapshot,
) []byte {
	t.Helper()
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encodings(t *rapid.T, parts []*Snapshot) (all [][]byte) {
	for _, s := range parts {
		all = append(all, encoded(t, s))
	}
	return all
}

// The same samples on one recorder or on three workers: the same snapshot.
func TestMergedWorkersEqualOneRecorder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := RecorderConfig{Shards: 2, Loads: []string{"a"}}
		one := NewRecorder(config)
		workers := []*Recorder{NewRecorder(config), NewRecorder(config), NewRecorder(config)}
		for i, drawn := range rapid.SliceOfN(sampleOf(), 0, 200).Draw(t, "samples") {
			for _, r := range []*Recorder{one, workers[i%3]} {
				s := drawn
				s.Name = r.Name(fmt.Sprint("name ", drawn.Name), drawn.Kind)
				s.End %= int64(time.Second)
				r.Shard(i).Record(&s)
				r.Shard(i).Start(0, s.End, s.DNS, false)
				r.Shard(i).Finish(0, s.End, s.Class.IsError())
				r.Shard(i).Check(r.Check(fmt.Sprint("check ", s.Kind)), s.Class == OK, s.End)
				r.Shard(i).Error(s.Class, "x", fmt.Sprint(s.Code), "", s.End)
			}
		}
		var merged, want Snapshot
		for _, w := range workers {
			merged.Merge(w.Collect(0))
		}
		want.Merge(one.Collect(0))
		want.Workers = 3
		if a, b := encoded(t, &merged), encoded(t, &want); !bytes.Equal(a, b) {
			t.Fatalf("merged:\n%+v\none recorder:\n%+v", merged, want)
		}
	})
}

func TestMergedLevelsAddUpAndHealthIsTheWorst(t *testing.T) {
	a := Snapshot{
		Worker: 1, Epoch: 2, Seq: 3, Second: 4, Length: time.Second, Workers: 1, Covered: 0.25,
		Loads:  []LoadStats{{Scenario: "a", Target: 1.5, Active: 3, Busy: 1, Started: 10}},
		Health: Health{CPU: 0.2, FDs: 50, FDLimit: 100, Heap: 7, Stall: time.Second, NamesOverflow: 1},
	}
	b := Snapshot{
		Worker: 2, Second: 4, Length: time.Second / 2, Workers: 1, Covered: 0.5,
		Loads:  []LoadStats{{Scenario: "a", Target: 1, Active: 2, Busy: 2, Started: 5}, {Scenario: "b", Dropped: 9}},
		Health: Health{CPU: 0.9, FDs: 60, FDLimit: 1000, Heap: 5, NamesOverflow: 2},
	}
	a.Merge(&b)
	want := Snapshot{
		Worker: -1, Second: 4, Length: time.Second, Workers: 2, Covered: 0.75,
		Loads:  []LoadStats{{Scenario: "a", Target: 2.5, Active: 5, Busy: 3, Started: 15}, {Scenario: "b", Dropped: 9}},
		Health: Health{CPU: 0.9, FDs: 50, FDLimit: 100, Heap: 7, Stall: time.Second, NamesOverflow: 3},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v\nwant %+v", a, want)
	}
}

func TestSharesThatAddUpToAllCoverAll(t *testing.T) {
	for _, n := range []int{1, 3, 7, 10, 49} {
		var merged Snapshot
		for range n {
			merged.Merge(&Snapshot{Workers: 1, Covered: 1 / float64(n)})
		}
		if !complete(merged.Covered) {
			t.Errorf("%d workers cover %v", n, merged.Covered)
		}
	}
}

func TestFollowingSecondsKeepTheLevelsOfTheEnd(t *testing.T) {
	var s Snapshot
	for second := range 3 {
		s.Follow(&Snapshot{
			Worker: 5, Epoch: 2, Seq: uint64(second), Second: 10 + second, Length: time.Second, Workers: 1, Covered: 1,
			Loads: []LoadStats{{Scenario: "a", Target: float64(second), Active: second, Started: 1}},
		})
	}
	want := Snapshot{
		Worker: 5, Epoch: 2, Seq: 2, Second: 10, Length: 3 * time.Second, Workers: 1, Covered: 1,
		Loads: []LoadStats{{Scenario: "a", Target: 2, Active: 2, Started: 3}},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v\nwant %+v", s, want)
	}
	if got, want := s.End(), 13*time.Second; got != want {
		t.Errorf("it ends at %s, want %s", got, want)
	}
}

// Whatever workers make up, a merged snapshot stays bounded and loses nothing.
func TestMergedNamesAndChecksAreBounded(t *testing.T) {
	const workers = 5
	parts := make([]*Snapshot, workers)
	for w := range parts {
		s := &Snapshot{Workers: 1}
		for i := range MaxNames {
			s.Names = append(s.Names, NameStats{Name: fmt.Sprintf("GET /%d/%04d", w, i), Count: 1})
			s.Names[i].Response.Record(int64(i))
		}
		for i := range MaxChecks {
			s.Checks = append(s.Checks, CheckStats{Name: fmt.Sprintf("check %d/%04d", w, i), Passed: 1})
		}
		parts[w] = s
	}
	merge := func(order ...int) *Snapshot {
		var merged Snapshot
		for _, w := range order {
			merged.Merge(parts[w])
		}
		return &merged
	}
	a, b := merge(0, 1, 2, 3, 4), merge(4, 2, 0, 3, 1)
	if !bytes.Equal(encoded(t, a), encoded(t, b)) {
		t.Error("the order matters")
	}
	var requests, times, checks uint64
	for i := range a.Names {
		requests += a.Names[i].Count
		times += a.Names[i].Response.Count()
	}
	for _, c := range a.Checks {
		checks += c.Passed
	}
	if requests != workers*MaxNames || times != requests || checks != workers*MaxChecks {
		t.Errorf("got %d requests, %d times and %d checks", requests, times, checks)
	}
	if len(a.Names) != 3*MaxNames+1 || len(a.Checks) != MaxChecks+1 {
		t.Errorf("got %d names and %d checks", len(a.Names), len(a.Checks))
	}
	if _, err := DecodeSnapshot(encoded(t, a)); err != nil {
		t.Errorf("what a merge makes can't be decoded: %v", err)
	}
}

// Groups of errors that are kept have exact counts, however often and in which
// order sets are merged; the others add up by class.
func TestErrorSetsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type event struct {
			class   Class
			message string
			at      time.Duration
		}
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
			return event{
				Class(rapid.IntRange(1, 3).Draw(t, "class")),
				fmt.Sprint(rapid.IntRange(0, 150).Draw(t, "message")),
				time.Duration(rapid.IntRange(0, 9).Draw(t, "at")),
			}
		}), 1, 600).Draw(t, "events")

		var whole, merged errorSet
		parts := make([]errorSet, 4)
		exact := map[errorKey]uint64{}
		byClass := map[Class]uint64{}
		for i, e := range events {
			whole.add(e.class, "GET /", e.message, "", e.at)
			parts[i%len(parts)].add(e.class, "GET /", e.message, "", e.at)
			exact[errorKey{e.class, "GET /", e.message}]++
			byClass[e.class]++
		}
		for i := range parts {
			for _, e := range parts[i].sorted() {
				merged.merge(&e)
			}
		}
		got := merged.sorted()
		if want := whole.sorted(); !slices.Equal(got, want) {
			t.Fatalf("merged:\n%+v\nwhole:\n%+v", got, want)
		}
		if len(got) > MaxErrors {
			t.Fatalf("%d groups", len(got))
		}
		for _, e := range got {
			byClass[e.Class] -= e.Count
			if want := exact[errorKey{e.Class, e.Name, e.Message}]; e.Name != OtherName && e.Count != want {
				t.Fatalf("%+v, want %d", e, want)
			}
		}
		for class, missing := range byClass {
			if missing != 0 {
				t.Fatalf("%d errors of class %s are missing", missing, class)
			}
		}
	})
}
