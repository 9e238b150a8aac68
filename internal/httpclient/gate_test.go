package httpclient

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A gateFunc is a gate by itself.
type gateFunc func(ctx context.Context) error

func (f gateFunc) Admit(ctx context.Context) error { return f(ctx) }

// admitFirst lets n hops through and then says what then does.
func admitFirst(n int, then gateFunc) gateFunc {
	return func(ctx context.Context) error {
		if n--; n >= 0 {
			return nil
		}
		return then(ctx)
	}
}

var errShut = errors.New("shut")

func TestGateIsAskedBeforeEachHop(t *testing.T) {
	server := redirector(t)
	url := server.URL + "/redirect?status=302&to=/x"
	ctx, cancel := context.WithCancel(context.Background())
	cancelled := func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name     string
		ctx      context.Context
		gate     gateFunc
		class    metrics.Class
		observed int
	}{
		{"open", noContext, admitFirst(2, func(context.Context) error { return errShut }), metrics.OK, 2},
		{"shut", noContext, func(context.Context) error { return errShut }, metrics.Check, 0},
		{"shut after one", noContext, admitFirst(1, func(context.Context) error { return errShut }), metrics.Check, 1},
		{"waits until the context ends", ctx, admitFirst(1, cancelled), metrics.Cancelled, 1},
		{"never asked, as the context has ended", ctx, admitFirst(0, cancelled), metrics.Cancelled, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := newUser(t, Config{})
			u.SetGate(test.gate)
			resp := u.sendIn(test.ctx, url, Request{})
			if resp.Class != test.class || len(u.log) != test.observed {
				t.Errorf("class %v, error %v, %d observed; want %v, %d", resp.Class, resp.Err, len(u.log), test.class, test.observed)
			}
			if test.class == metrics.Check && !errors.Is(resp.Err, errShut) {
				t.Errorf("error %v does not lead to the gate's", resp.Err)
			}
			if resp.Err != nil && (resp.Status != 0 || resp.Sent || resp.Body != nil || resp.Hop != test.observed) {
				t.Errorf("refused with status %d, sent %v, hop %d", resp.Status, resp.Sent, resp.Hop)
			}
			u.SetGate(nil)
			wantBody(t, u.get(server.URL+"/x"), 200, `GET /x "" `)
		})
	}
}

// What a user interrupts while the gate holds it back is not sent.
func TestInterruptedAtTheGate(t *testing.T) {
	u := newUser(t, Config{})
	u.SetGate(gateFunc(func(context.Context) error { u.Interrupt(); return nil }))
	wantClass(t, u.get("http://"+serveFixed(t)), metrics.Cancelled, "cancelled")
	if len(u.log) != 0 {
		t.Errorf("observed %d exchanges, want none", len(u.log))
	}
}

// The gate's wait is neither timed nor counted against the limit in time.
func TestWaitingAtTheGateIsFree(t *testing.T) {
	t.Parallel()
	const wait = 500 * time.Millisecond
	server := redirector(t)
	u := newUser(t, Config{Timeout: wait})
	var left []int64
	u.SetGate(gateFunc(func(context.Context) error {
		<-time.After(wait)
		left = append(left, Now())
		return nil
	}))
	wantBody(t, u.get(server.URL+"/redirect?status=302&to=/x"), 200, `GET /x "" `)
	for i, x := range u.log {
		if x.Start < left[i] {
			t.Errorf("hop %d starts before the gate let it through", i)
		}
	}
}
