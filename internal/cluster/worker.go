package cluster

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
)

// A Worker runs its share of a plan. It gets the share, the start time and
// little else, once, and is autonomous from then on: it keeps to the schedule
// by its own clock and sends a snapshot of each second.
type Worker struct {
	Plan   engine.Plan
	Link   Link
	Name   string       // for people
	Binary string       // version of this program
	Weight float64      // its part of the load against the others'; zero means 1
	Digest string       // of the program and data it runs; empty if it does not know
	Logger *slog.Logger // nil means silent
	// Rejoin is how long it tries to come back into a run whose coordinator it
	// has lost. Zero means that it does not.
	Rejoin time.Duration
	// Processes is how many of the run's workers share this machine: each
	// measures its use of processors against a fair part. Zero means 1.
	Processes int
	// Leave asks the worker to go before the run is over: it lets its users
	// finish, and the others take over its share. Nil means that nobody asks.
	Leave <-chan os.Signal
	// Virtual is for tests in virtual time (testing/synctest): the schedule
	// uses the runtime's timers alone, and the health of the machine, which
	// lives in real time, is not watched.
	Virtual bool
}

// Run joins the run, does the worker's share and returns when all is sent. A
// run that is called off before it began is no error. It is one to be refused
// ([*RefusedError]), to be unable to run the plan, to lose the coordinator, and
// to be cancelled, which cuts all work at once.
func (w Worker) Run(ctx context.Context) error {
	if w.Logger == nil {
		w.Logger = slog.New(slog.DiscardHandler)
	}
	if w.Weight == 0 {
		w.Weight = 1
	}
	for again := false; ; again = true {
		s := newShift(w)
		if again {
			s.patience = w.Rejoin
		}
		err := s.work(ctx)
		s.close()
		if !s.deserted || w.Rejoin <= 0 || ctx.Err() != nil {
			return err
		}
		w.Logger.Info("coming back", "reason", err)
	}
}

// hello offers the worker. Each shift of it is an instance of its own.
func (w Worker) hello() *Hello {
	return &Hello{
		Min: Protocol, Max: Protocol, Name: w.Name, Binary: w.Binary, Digest: w.Digest,
		System: runtime.GOOS + "/" + runtime.GOARCH, Plan: w.Plan.Name, Weight: w.Weight,
		Instance: rand.Text(),
	}
}
