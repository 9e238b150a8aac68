package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
	"github.com/loadforge/loadforge/pattern"
)

// atOnce is the fate of messages on a good network.
var atOnce = []time.Duration{0}

// A network is a run over workers whose messages meet a fate.
type network struct {
	*Memory
	workers int
	plan    Plan
	options Options
	begun   time.Time
	ended   []error // of the workers
}

// run runs the plan in virtual time and returns when all workers have gone.
func (n *network) run(t *testing.T) result {
	t.Helper()
	n.begun = time.Now()
	n.options.Workers, n.options.Transport = n.workers, n.Memory
	n.ended = make([]error, n.workers)
	var working sync.WaitGroup
	for i := range n.workers {
		name := string(rune('a' + i))
		w := Worker{Plan: n.plan.Plan, Link: n.Join(name), Name: name, Virtual: true}
		working.Go(func() {
			// Workers join one after the other, so that a is worker 0.
			<-time.After(time.Duration(i) * time.Millisecond)
			n.ended[i] = w.Run(t.Context())
		})
	}
	r := result{listener: &listener{}}
	n.options.Sinks = append(n.options.Sinks, r.listener)
	r.Outcome, r.err = Run(t.Context(), n.plan, n.options)
	r.took = time.Since(n.begun)
	working.Wait()
	return r
}

// start is when the load of a run over a network that needs no time begins.
func (n *network) start() time.Time {
	return n.begun.Add(time.Duration(n.workers-1)*time.Millisecond + DefaultLead)
}

func runNetwork(t *testing.T, workers int, plan Plan, fate func(n *network, address string, m Message) []time.Duration) (result, *network) {
	t.Helper()
	var r result
	n := &network{workers: workers, plan: plan, options: Options{Lease: 3 * time.Second, OnLoss: Continue}}
	virtual.Test(t, func(t *testing.T) {
		n.Memory = NewMemory()
		if fate != nil {
			n.Fate = func(address string, m Message) []time.Duration { return fate(n, address, m) }
		}
		r = n.run(t)
	})
	return r, n
}

func TestSnapshotsCountOnceWhateverTheNetworkDoes(t *testing.T) {
	const workers = 3
	clean, _ := runNetwork(t, workers, testPlan(), nil)
	for _, test := range []struct {
		says string
		fate func(*network, string, Message) []time.Duration
	}{
		{"everything twice", func(*network, string, Message) []time.Duration { return []time.Duration{0, 0} }},
		{"again later", func(_ *network, _ string, m Message) []time.Duration {
			if m.Snapshot == nil {
				return atOnce
			}
			return []time.Duration{0, 700 * time.Millisecond, 2 * time.Second}
		}},
		{"out of order", func(_ *network, _ string, m Message) []time.Duration {
			if m.Snapshot == nil {
				return atOnce
			}
			return []time.Duration{time.Duration(m.Snapshot.Seq*7919%5) * 600 * time.Millisecond}
		}},
		{"one worker much too late", func(_ *network, address string, m Message) []time.Duration {
			if m.Snapshot == nil || address != "b" || m.Snapshot.Second == 0 {
				return atOnce
			}
			return []time.Duration{4500*time.Millisecond - time.Duration(m.Snapshot.Second)*time.Second/2}
		}},
	} {
		t.Run(test.says, func(t *testing.T) {
			r, _ := runNetwork(t, workers, testPlan(), test.fate)
			if r.err != nil || r.Verdict.State != metrics.Valid {
				t.Errorf("verdict = %+v, %v, want valid", r.Verdict, r.err)
			}
			same(t, "summary", *r.Summary, *clean.Summary)
			same(t, "what the sink got", *r.total(), *r.Summary)
		})
	}
}

func TestLateSnapshotsReachTheSinksAsParts(t *testing.T) {
	plan := testPlan()
	plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 12 * time.Second}
	r, _ := runNetwork(t, 2, plan, func(_ *network, address string, m Message) []time.Duration {
		if m.Snapshot != nil && address == "b" && m.Snapshot.Second == 1 {
			return []time.Duration{5 * time.Second}
		}
		return atOnce
	})
	var parts []float64
	for _, s := range r.seconds {
		if s.Second == 1 {
			parts = append(parts, s.Covered)
		}
	}
	if want := []float64{0.5, 0.5}; !slices.Equal(parts, want) {
		t.Errorf("second 1 came in parts that cover %v, want %v", parts, want)
	}
	for _, p := range r.progress {
		if p.Now.Second > 3 && p.Now.Second < int(p.Elapsed/time.Second)-1 {
			t.Errorf("progress at %v shows second %d, want the latest", p.Elapsed, p.Now.Second)
		}
	}
}

func TestLostSnapshotsAreNamed(t *testing.T) {
	r, _ := runNetwork(t, 2, testPlan(), func(_ *network, address string, m Message) []time.Duration {
		if m.Snapshot != nil && address == "b" && (m.Snapshot.Second == 1 || m.Snapshot.Second == 2) {
			return nil
		}
		return atOnce
	})
	if r.err != nil || r.Verdict.State != metrics.Degraded {
		t.Errorf("verdict = %v, %v, want degraded", r.Verdict.State, r.err)
	}
	want := []string{"in 2 of 5 seconds not all workers reported", "worker 1 (b): no data for second 1-2"}
	if !slices.Equal(r.Verdict.Reasons, want) {
		t.Errorf("reasons = %q, want %q", r.Verdict.Reasons, want)
	}
}

func TestLostWorkerDoesNotEndTheRun(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 20 * time.Second}
	cut := 4 * time.Second
	r, n := runNetwork(t, 4, plan, func(n *network, address string, m Message) []time.Duration {
		if address == "c" && time.Since(n.start()) >= cut {
			return nil
		}
		return atOnce
	})
	if r.err != nil {
		t.Fatalf("error = %v, want a run that goes on", r.err)
	}
	if r.Verdict.State != metrics.Degraded || len(r.Verdict.Reasons) != 3 {
		t.Errorf("verdict = %+v, want degraded", r.Verdict)
	}
	const want = "worker 2 (c), 25 % of the load, was lost 7.0 s into the run: no sign of life for 3.5 s"
	if !slices.Contains(r.Verdict.Reasons, want) {
		t.Errorf("reasons = %q, want %q", r.Verdict.Reasons, want)
	}
	if got := r.indices(); len(got) < 20 || !slices.IsSorted(got) {
		t.Errorf("seconds = %v, want all", got)
	}
	for _, s := range r.seconds[:19] {
		want, users := 1.0, 20
		if s.Second >= int(cut/time.Second)-1 {
			want, users = 0.75, 15
		}
		if s.Covered != want || s.Loads[0].Active != users {
			t.Errorf("second %d covers %v with %d users, want %v and %d", s.Second, s.Covered, s.Loads[0].Active, want, users)
		}
	}
	if err := n.ended[2]; err == nil || err.Error() != "lost the coordinator: no answer for 3s" {
		t.Errorf("lost worker ended with %v, want it to stop itself", err)
	}
}

func TestShortSilenceIsForgiven(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 10 * time.Second}
	r, n := runNetwork(t, 2, plan, func(n *network, address string, m Message) []time.Duration {
		if since := time.Since(n.start()); address == "b" && m.Snapshot == nil && since > 2*time.Second && since < 4*time.Second {
			return nil
		}
		return atOnce
	})
	if r.err != nil || r.Verdict.State != metrics.Valid || n.ended[1] != nil {
		t.Errorf("verdict = %+v, %v, %v, want valid", r.Verdict, r.err, n.ended[1])
	}
}

func TestWorkerStopsItselfWhenItsLeaseRunsOut(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 15 * time.Second}
	r, n := runNetwork(t, 2, plan, func(n *network, address string, m Message) []time.Duration {
		if address == "b" && m.Lease != nil && time.Since(n.start()) > 2*time.Second {
			return nil // the coordinator hears the worker, but not the other way
		}
		return atOnce
	})
	if r.err != nil || n.ended[1] == nil {
		t.Errorf("errors = %v, %v, want that of the worker alone", r.err, n.ended[1])
	}
	const lost = "worker 1 (b), 50 % of the load, was lost 5." // an iteration after the lease, counted from the last answered heartbeat
	if reasons := strings.Join(r.Verdict.Reasons, "\n"); !strings.Contains(reasons, lost) || !strings.Contains(reasons, "its lease ran out") {
		t.Errorf("reasons = %s, want the lost worker", reasons)
	}
	if s := r.seconds[5]; s.Covered != 1 || s.Loads[0].Active != 10 {
		t.Errorf("second 5 covers %v with %d users, want what the worker did in it, and half the users left", s.Covered, s.Loads[0].Active)
	}
}

// Of the shortest lease a heartbeat may be lost as well.
func TestWorkersKeepAShortLease(t *testing.T) {
	n := &network{workers: 2, plan: testPlan(), options: Options{Lease: MinLease, OnLoss: Continue}}
	virtual.Test(t, func(t *testing.T) {
		n.Memory = NewMemory()
		n.Fate = func(_ string, m Message) []time.Duration {
			if m.Lease != nil && m.Lease.Beat%2 == 0 {
				return nil
			}
			return atOnce
		}
		r := n.run(t)
		if err := errors.Join(append(n.ended, r.err)...); err != nil || r.Verdict.State != metrics.Valid {
			t.Errorf("verdict = %+v, %v, want valid", r.Verdict, err)
		}
	})
}

func TestSilentWorkerIsNotBlamedForTheCoordinatorsSleep(t *testing.T) {
	plan := testPlan()
	options := Options{Transport: NewMemory(), Lease: 3 * time.Second}.withDefaults()
	c := newCoordinator(t.Context(), &plan, options)
	defer c.ticker.Stop()
	c.members = []*member{{}}
	c.ticked = time.Now().Add(-time.Hour)
	c.tick()
	if lost := c.members[0].lost; lost != "" {
		t.Errorf("lost: %s, want the sleep of an hour to count as half a second", lost)
	}
	for range 6 {
		c.ticked = time.Now().Add(-time.Hour)
		c.tick()
	}
	if c.members[0].lost == "" {
		t.Error("still there after seven ticks without a sign of life")
	}
}

func TestAllWorkersLostEndsTheRun(t *testing.T) {
	toreDown := false
	plan := longPlan(100 * time.Millisecond)
	plan.Teardown = func(context.Context) error { toreDown = true; return nil }
	r, _ := runNetwork(t, 2, plan, func(n *network, _ string, _ Message) []time.Duration {
		if time.Since(n.start()) > 5*time.Second {
			return nil
		}
		return atOnce
	})
	var workers *WorkersError
	if !errors.As(r.err, &workers) || workers.Have != 0 || workers.Want != 2 || len(workers.Lost) != 2 {
		t.Errorf("error = %v, want no worker left", r.err)
	}
	if !toreDown || r.Summary.Requests == 0 || r.Passed || r.Verdict.State != metrics.Invalid {
		t.Errorf("torn down %v, %d requests, passed %v, %v", toreDown, r.Summary.Requests, r.Passed, r.Verdict.State)
	}
}

func TestWorkerThatDoesNotStopIsLeftBehind(t *testing.T) {
	plan := longPlan(100 * time.Millisecond)
	plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 2 * time.Minute}
	plan.Graceful = 2 * time.Second
	control := &Control{}
	var r result
	virtual.Test(t, func(t *testing.T) {
		n := &network{workers: 2, plan: plan, options: Options{Control: control, OnLoss: Continue}, Memory: NewMemory()}
		n.Fate = func(address string, m Message) []time.Duration {
			if m.Stop != nil && address == "b" {
				return nil
			}
			return atOnce
		}
		time.AfterFunc(10*time.Second, func() { control.Stop("enough") })
		r = n.run(t)
	})
	if r.err != nil || r.took > 25*time.Second {
		t.Errorf("the run took %v, %v, want it to end", r.took, r.err)
	}
	if reasons := strings.Join(r.Verdict.Reasons, "\n"); !strings.Contains(reasons, "it did not stop") {
		t.Errorf("reasons = %s, want the deaf worker", reasons)
	}
}

func TestCancelledWorkerSendsWhatItHas(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		plan := longPlan(100 * time.Millisecond)
		plan.Loads[0].Pattern = pattern.Constant{Level: 20, For: 6 * time.Second}
		memory := NewMemory()
		leaving, leave := context.WithCancel(t.Context())
		var working sync.WaitGroup
		for _, ctx := range []context.Context{t.Context(), leaving} {
			w := Worker{Plan: plan.Plan, Link: memory.Join(fmt.Sprint(ctx == leaving)), Virtual: true}
			working.Go(func() {
				if err := w.Run(ctx); (err != nil) != (ctx == leaving) {
					t.Errorf("worker ended with %v", err)
				}
			})
		}
		time.AfterFunc(4350*time.Millisecond, leave)
		sink := &listener{}
		outcome, err := Run(t.Context(), plan, Options{Workers: 2, Transport: memory, Sinks: []Sink{sink}})
		working.Wait()
		if err != nil || outcome.Verdict.State != metrics.Degraded {
			t.Errorf("verdict = %+v, %v, want degraded", outcome.Verdict, err)
		}
		if reasons := strings.Join(outcome.Verdict.Reasons, "\n"); !strings.Contains(reasons, "50 % of the load, was lost 2.9 s into the run: it was cancelled") {
			t.Errorf("reasons = %s, want the worker that left", reasons)
		}
		if s := sink.seconds[2]; s.Covered != 1 {
			t.Errorf("second 2 covers %v, want also what the worker did before it left", s.Covered)
		}
		if outcome.Summary.Cancelled == 0 {
			t.Error("no request was cut")
		}
	})
}

func TestRunWithoutItsWorkers(t *testing.T) {
	for _, test := range []struct {
		says string
		fate func(string, Message) []time.Duration
		plan func(*Plan) // of worker b
		want string
	}{
		{"one does not come", func(address string, m Message) []time.Duration {
			if address == "b" {
				return nil
			}
			return atOnce
		}, nil, "1 of 2 workers left: the others did not join within 30s"},
		{"one does not get ready", func(_ string, m Message) []time.Duration {
			if m.Assign != nil {
				return nil
			}
			return atOnce
		}, nil, "0 of 2 workers left: worker 0 (a) was lost before the start: it was not ready within 30s; worker 1 (b) was lost before the start: it was not ready within 30s"},
		{
			"one can't run the plan", func(string, Message) []time.Duration { return atOnce },
			func(p *Plan) { p.Loads = nil },
			"1 of 2 workers left: worker 1 (b) was lost before the start: check the plan: Load is empty: a test needs at least one scenario under a pattern",
		},
	} {
		t.Run(test.says, func(t *testing.T) {
			virtual.Test(t, func(t *testing.T) {
				memory := NewMemory()
				memory.Fate = test.fate
				ctx, cancel := context.WithCancel(t.Context())
				var working sync.WaitGroup
				for i, name := range []string{"a", "b"} {
					plan := testPlan()
					if i == 1 && test.plan != nil {
						test.plan(&plan)
					}
					w := Worker{Plan: plan.Plan, Link: memory.Join(name), Name: name, Virtual: true}
					working.Go(func() {
						<-time.After(time.Duration(i) * time.Millisecond)
						_ = w.Run(ctx)
					})
				}
				sink := &listener{}
				outcome, err := Run(ctx, testPlan(), Options{Workers: 2, Transport: memory, Join: 30 * time.Second, Lease: -1, Sinks: []Sink{sink}})
				cancel()
				working.Wait()
				var workers *WorkersError
				if !errors.As(err, &workers) || err.Error() != test.want {
					t.Errorf("error = %v, want %s", err, test.want)
				}
				if outcome.Passed || !slices.Equal(sink.told(), []string{"begin", "end"}) {
					t.Errorf("passed %v, sink was told %v", outcome.Passed, sink.told())
				}
			})
		})
	}
}

func TestWorkersThatDoNotFitAreRefused(t *testing.T) {
	good := Hello{Min: Protocol, Max: Protocol, Plan: "shop", Weight: 1}
	for _, test := range []struct {
		says   string
		change func(*Hello)
		full   bool
		want   string
	}{
		{"an old protocol", func(h *Hello) { h.Min, h.Max = 0, 0 }, false, "it speaks protocol 0 to 0, this run 1: use the same version of LoadForge on all machines"},
		{"a new protocol", func(h *Hello) { h.Min, h.Max = 2, 3 }, false, "it speaks protocol 2 to 3, this run 1: use the same version of LoadForge on all machines"},
		{"another test", func(h *Hello) { h.Plan = "other" }, false, `it has the test "other", this run is of "shop"`},
		{"no weight", func(h *Hello) { h.Weight = math.NaN() }, false, "its weight must be a positive number, is NaN"},
		{"one too many", func(*Hello) {}, true, "the run has its 1 workers"},
	} {
		t.Run(test.says, func(t *testing.T) {
			memory := NewMemory()
			plan := testPlan()
			c := newCoordinator(t.Context(), &plan, Options{Transport: memory}.withDefaults())
			defer c.ticker.Stop()
			if test.full {
				memory.Join("first")
				c.join("first", &good)
			}
			link := memory.Join("late")
			hello := good
			test.change(&hello)
			c.join("late", &hello)
			m := <-link.Messages()
			if m.Refuse == nil || m.Refuse.Reason != test.want {
				t.Errorf("answer = %+v, want refused because %s", m, test.want)
			}
		})
	}
}

func TestTheDigestSaysWhichTestAWorkerHas(t *testing.T) {
	plan := testPlan()
	c := newCoordinator(t.Context(), &plan, Options{Transport: NewMemory(), Digest: "d1"}.withDefaults())
	defer c.ticker.Stop()
	for _, test := range []struct{ says, digest, want string }{
		{"the same under another name", "d1", ""},
		{"another one", "d2", "it runs another build of the test (d2) than this run (d1): start it anew, so that it fetches this one"},
		{"one that does not know", "", `it has the test "3fa9", this run is of "shop"`},
	} {
		t.Run(test.says, func(t *testing.T) {
			hello := Hello{Min: Protocol, Max: Protocol, Plan: "3fa9", Weight: 1, Digest: test.digest}
			if got := c.objection(nil, &hello); got != test.want {
				t.Errorf("objection = %q, want %q", got, test.want)
			}
		})
	}
}

func TestRefusedWorkerSaysWhy(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		memory := NewMemory()
		w := Worker{Plan: testPlan().Plan, Link: memory.Join("w"), Virtual: true}
		time.AfterFunc(time.Second, func() { _ = memory.Send("w", Message{Refuse: &Refuse{Reason: "too many"}}) })
		err := w.Run(t.Context())
		var refused *RefusedError
		if !errors.As(err, &refused) || err.Error() != "join the run: refused: too many" {
			t.Errorf("error = %v, want refused", err)
		}
	})
}

func TestHelloThatComesAgainIsWelcomedAgain(t *testing.T) {
	memory := NewMemory()
	plan := testPlan()
	c := newCoordinator(t.Context(), &plan, Options{Transport: memory}.withDefaults())
	defer c.ticker.Stop()
	link := memory.Join("w")
	for range 2 {
		c.receive(Message{From: "w", Hello: &Hello{Min: 1, Max: 1, Plan: "shop", Weight: 1}})
		if m := <-link.Messages(); m.Welcome == nil || m.Welcome.Worker != 0 {
			t.Errorf("answer = %+v, want welcome as worker 0", m)
		}
	}
	if len(c.members) != 1 {
		t.Errorf("%d members, want one", len(c.members))
	}
}

func TestSnapshotsOutOfPlaceAreIgnored(t *testing.T) {
	plan := testPlan()
	c := newCoordinator(t.Context(), &plan, Options{Transport: NewMemory()}.withDefaults())
	defer c.ticker.Stop()
	c.byAddress["w"] = &member{epoch: 1}
	early := &metrics.Snapshot{Epoch: 1}
	c.receive(Message{From: "w", Snapshot: early})
	c.start, c.timeline = time.Now(), newTimeline(Table{})
	for says, m := range map[string]Message{
		"of a stranger":       {From: "x", Snapshot: &metrics.Snapshot{Epoch: 1}},
		"of another worker":   {From: "w", Snapshot: &metrics.Snapshot{Worker: 1, Epoch: 1}},
		"of another epoch":    {From: "w", Snapshot: &metrics.Snapshot{Epoch: 2}},
		"of the far future":   {From: "w", Snapshot: &metrics.Snapshot{Epoch: 1, Second: 1e9}},
		"of before the start": {From: "w", Snapshot: &metrics.Snapshot{Epoch: 1, Second: -1}},
	} {
		c.receive(m)
		if c.timeline.seen != 0 {
			t.Fatalf("snapshot %s was counted", says)
		}
	}
	c.receive(Message{From: "w", Snapshot: early})
	if c.timeline.seen != 1 {
		t.Error("snapshot in its place was not counted")
	}
}
