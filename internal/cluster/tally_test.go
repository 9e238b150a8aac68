package cluster

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestProgressAndOutcomeHaveEveryWorker(t *testing.T) {
	// The tables of the schedule know weights 1, 1 and 2.
	r, _ := runNetwork(t, 3, testPlan(), func(_ *network, address string, m Message) []time.Duration {
		if m.Hello != nil && address == "c" {
			m.Hello.Weight = 2
		}
		return atOnce
	})
	first := r.progress[0].Workers
	if len(first) != 3 || first[2].Share != 0.5 || first[0].Active == 0 || first[1].Name != "b" {
		t.Errorf("workers in the first second = %+v, want three with their names, users and shares", first)
	}
	var sum uint64
	for i, w := range r.Workers {
		sum += w.Requests
		if w.ID != i || w.Lost || w.Active != 0 {
			t.Errorf("worker %d in the end = %+v, want it there and idle", i, w)
		}
	}
	if sum != r.Summary.Requests {
		t.Errorf("workers sent %d requests, the run has %d", sum, r.Summary.Requests)
	}
}

func TestLostWorkerIsShown(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].Pattern = usersLoad(testPlan().Loads[0].Pattern).Pattern
	r, _ := runNetwork(t, 2, plan, func(n *network, address string, _ Message) []time.Duration {
		if address == "b" && time.Since(n.start()) > 500*time.Millisecond {
			return nil
		}
		return atOnce
	})
	if !slices.ContainsFunc(r.Workers, func(w metrics.WorkerStatus) bool { return w.Name == "b" && w.Lost }) {
		t.Errorf("workers = %+v, want b lost", r.Workers)
	}
}

func TestTallyOfAnEarlierSecondKeepsTheLatest(t *testing.T) {
	got := tally{requests: 5, second: 4, active: 9, cpu: 0.5}
	got.follow(tally{requests: 2, second: 3, active: 1})
	if want := (tally{requests: 7, second: 4, active: 9, cpu: 0.5}); !reflect.DeepEqual(got, want) {
		t.Errorf("tally = %+v, want %+v", got, want)
	}
}
