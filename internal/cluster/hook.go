package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

const (
	// hurry is what a teardown gets after a run that was stopped at once.
	hurry = 2 * time.Second
	// hookPatience is how long a hook may take to notice that its context has
	// ended. After that it is left alone.
	hookPatience = 2 * time.Second
)

var errStopped = errors.New("the run was stopped")

// hook runs code of the test while the coordinator goes on to answer its
// workers. It is cut when it takes longer than limit, or when the run is
// stopped as urgently as cutAt says.
func (c *coordinator) hook(f func(context.Context) error, limit time.Duration, cutAt stopLevel) error {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(c.ctx))
	defer cancel(nil)
	result := make(chan error, 1)
	go func() {
		result <- guarded(ctx, f)
		c.nudge()
	}()

	overdue := time.Now().Add(limit)
	var cut time.Time
	err := fmt.Errorf("still running %v after it was told to end", hookPatience)
	c.wait(func() bool {
		select {
		case err = <-result:
			return true
		default:
		}
		now := time.Now()
		if cut.IsZero() && (c.level >= cutAt || !now.Before(overdue)) {
			cancel(c.cutCause(cutAt, limit))
			cut = now
		}
		return !cut.IsZero() && now.Sub(cut) >= hookPatience
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

func (c *coordinator) cutCause(cutAt stopLevel, limit time.Duration) error {
	if c.level >= cutAt {
		return errStopped
	}
	return fmt.Errorf("took longer than %v", limit)
}

// guarded calls code of the test and turns its panic into an error.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx)
}
