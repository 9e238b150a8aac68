package wire

import (
	"context"
	"sync"
)

// Pump passes frames between two carriers, both ways, until ctx ends or one of
// them does. What one of them does not take is lost: both sides say again what
// was not answered.
func Pump(ctx context.Context, a, b Carrier) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var both sync.WaitGroup
	for _, way := range [][2]Carrier{{a, b}, {b, a}} {
		both.Go(func() {
			defer cancel()
			pass(ctx, way[0], way[1])
		})
	}
	both.Wait()
}

func pass(ctx context.Context, from, to Carrier) {
	for {
		select {
		case f, ok := <-from.Frames():
			if !ok {
				return
			}
			forward(ctx, to, f)
		case <-ctx.Done():
			return
		}
	}
}

func forward(ctx context.Context, to Carrier, f Frame) {
	if !f.settles() {
		_ = to.Post(ctx, f)
		return
	}
	if s, ok := to.(Settler); ok {
		s.Settle(f.Position)
	}
}
