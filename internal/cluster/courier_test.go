package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/virtual"
)

func fail() error { return errFake }

func TestFailingSinkIsReportedOnceAndStopsNothing(t *testing.T) {
	for _, test := range []struct {
		says   string
		sink   *listener
		told   []string
		reason string
	}{
		{
			"in Begin", &listener{onBegin: fail},
			[]string{"begin"},
			"5 seconds are missing in one of the outputs: listener: begin: out of order",
		},
		{
			"in a second", &listener{onSecond: func(s int) error {
				if s == 2 {
					return errFake
				}
				return nil
			}},
			[]string{"begin", "second", "end"},
			"3 seconds are missing in one of the outputs: listener: second 2: out of order",
		},
		{
			"in End", &listener{onEnd: fail},
			[]string{"begin", "second", "end"},
			"one of the outputs may be incomplete: listener: end: out of order",
		},
	} {
		t.Run(test.says, func(t *testing.T) {
			r := runLocal(t, testPlan(), Options{Sinks: []Sink{test.sink}}, nil)
			if r.err != nil || !r.Passed {
				t.Errorf("passed %v, %v, want a run that the sink does not disturb", r.Passed, r.err)
			}
			if got := test.sink.told(); !slices.Equal(got, test.told) {
				t.Errorf("failing sink was told %v, want %v", got, test.told)
			}
			if got, want := r.indices(), []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
				t.Errorf("the other sink got seconds %v, want %v", got, want)
			}
			if r.Verdict.State != metrics.Degraded || !slices.Equal(r.Verdict.Reasons, []string{test.reason}) {
				t.Errorf("verdict = %+v, want degraded because %s", r.Verdict, test.reason)
			}
		})
	}
}

func TestFailingSinkShowsInTheProgress(t *testing.T) {
	r := runLocal(t, testPlan(), Options{Sinks: []Sink{&listener{onBegin: fail}}}, nil)
	if got, want := r.progress[3].Message, "listener: begin: out of order"; got != want {
		t.Errorf("message = %q, want %q", got, want)
	}
}

func TestSlowSinkGetsEverythingLate(t *testing.T) {
	slow := &listener{onSecond: func(int) error { <-time.After(4 * time.Second); return nil }}
	r := runLocal(t, testPlan(), Options{Sinks: []Sink{slow}}, nil)
	if got, want := slow.indices(), []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("slow sink got seconds %v, want %v", got, want)
	}
	if r.Verdict.State != metrics.Valid {
		t.Errorf("verdict = %+v, want valid", r.Verdict)
	}
	for i, p := range r.progress {
		if want := time.Duration(i+1) * time.Second; p.Elapsed > want {
			t.Errorf("second %d came at %v to the quick sink", i, p.Elapsed)
		}
	}
}

func TestSinkThatStallsTooLongLosesSeconds(t *testing.T) {
	stalls := &listener{onSecond: func(s int) error {
		if s == 5 {
			<-time.After(45 * time.Second)
		}
		return nil
	}}
	r := runLocal(t, longPlan(100*time.Millisecond), Options{Sinks: []Sink{stalls}}, after(80*time.Second, stopOnce))
	lost := len(r.seconds) - len(stalls.seconds)
	if lost < 45-sinkRoom-2 || lost > 45-sinkRoom+2 {
		t.Errorf("sink lost %d of %d seconds, want what %d seconds of waiting leave of a stall of 45", lost, len(r.seconds), sinkRoom)
	}
	want := fmt.Sprintf("%d seconds are missing in one of the outputs: listener: too slow: 30 seconds were waiting", lost)
	if !slices.Equal(r.Verdict.Reasons, []string{want}) {
		t.Errorf("reasons = %v, want %s", r.Verdict.Reasons, want)
	}
	if got, want := stalls.told(), []string{"begin", "second", "end"}; !slices.Equal(got, want) {
		t.Errorf("sink was told %v, want %v", got, want)
	}
}

func TestHangingSinkDoesNotHoldTheRun(t *testing.T) {
	for _, test := range []struct {
		says string
		hang func(*listener, <-chan struct{})
	}{
		{"in a second", func(l *listener, c <-chan struct{}) { l.onSecond = func(int) error { <-c; return nil } }},
		{"in End", func(l *listener, c <-chan struct{}) { l.onEnd = func() error { <-c; return nil } }},
	} {
		t.Run(test.says, func(t *testing.T) {
			virtual.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				sink := &listener{}
				test.hang(sink, release)
				r := local(t, testPlan(), Options{Sinks: []Sink{sink}}, nil)
				close(release)
				if r.err != nil || r.took > 6*time.Second+2*sinkPatience {
					t.Errorf("the run took %v, %v, want it to give the sink up", r.took, r.err)
				}
				want := "one of the outputs may be incomplete: listener: still busy after 30s"
				if !slices.Contains(r.Verdict.Reasons, want) {
					t.Errorf("reasons = %v, want %q", r.Verdict.Reasons, want)
				}
			})
		})
	}
}

func TestSinkName(t *testing.T) {
	if got := sinkName(&listener{}); got != "listener" {
		t.Errorf("name = %q, want what the sink calls itself", got)
	}
	if got := sinkName(nameless{}); got != "cluster.nameless" {
		t.Errorf("name = %q, want the type", got)
	}
}

type nameless struct{ Sink }
