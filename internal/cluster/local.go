package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Local runs a plan on workers in this process: one, unless the options say
// more. It is [Run] over a [Memory] transport, and returns what that does, when
// all workers have gone.
func Local(ctx context.Context, plan Plan, options Options) (metrics.Outcome, error) {
	if plan.Close != nil {
		defer plan.Close() // when the workers have gone, not only the coordinator
		plan.Close = nil
	}
	if options.Transport != nil {
		return metrics.Outcome{}, errors.New("run locally: Transport must be nil, Local brings its own")
	}
	memory := NewMemory()
	options.Transport = memory
	options.Workers = max(1, options.Workers)
	options.Lead = orElse(options.Lead, localLead)
	options.Lease = orElse(options.Lease, -1)

	// Stops reach the workers through the coordinator, in their order. Only
	// when that has returned, nothing is left for a worker to do.
	working, dismiss := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	for i := range options.Workers {
		w := Worker{
			Plan: plan.Plan, Link: memory.Join(fmt.Sprintf("local-%d", i)), Logger: options.Logger,
			Binary: plan.Run.Version, Virtual: options.Virtual,
		}
		workers.Go(func() { _ = w.Run(working) }) // its error is in its Done
	}
	defer workers.Wait()
	defer dismiss()
	return Run(ctx, plan, options)
}
