package loadforge

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/httpclient"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A house is what the users of one worker share.
type house struct {
	client      *httpclient.Client
	base        *base
	header      Header
	secrets     *secrets
	connections Connections
}

// newVU makes a user that records into the run of env.
func (h *house) newVU(ctx context.Context, id engine.Identity, env engine.Env, b *book, l *Load) *VU {
	vu := h.visitor(ctx, b)
	vu.ID = id.User + 1
	vu.open, vu.width = l.model == engine.Rate, max(env.Users, 1)
	vu.pauses = !vu.open && l.scenario.describe().think.pauses()
	vu.origin = httpclient.Now() - int64(time.Since(env.Start))
	vu.recorder, vu.deals = env.Recorder, env.Deals
	if env.Limiter != nil {
		vu.session.SetGate(gate{env.Limiter})
	}
	vu.shard = env.Recorder.Shard(id.User)
	vu.source.Reset(engine.Key(env.Seed, uint64(id.Load), uint64(id.User), uint64(id.Life)))
	return vu
}

// visitor makes a user whose requests are not recorded.
func (h *house) visitor(ctx context.Context, b *book) *VU {
	vu := &VU{ID: 1, width: 1, ctx: ctx, house: h, book: b, Header: h.header.share()}
	vu.Rand = rand.New(&vu.source)
	vu.session = h.client.NewSession(exchanges{vu})
	return vu
}

func (vu *VU) enterSetup() { vu.stage = metrics.Setup }

func (vu *VU) enterTeardown() {
	vu.stage = metrics.Teardown
	vu.due = 0
}

// enter prepares for an iteration.
func (vu *VU) enter(it engine.Iteration) {
	vu.stage = metrics.Main
	vu.Iteration = it.Number
	vu.source.Reset(it.Key)
	vu.due = 0
	if it.Scheduled {
		vu.due = vu.origin + int64(it.Intended)
	}
	if vu.open {
		vu.draws = vu.draws[:0]
	}
}

// leave ends an iteration. A user that pauses now lends its buffers to others.
func (vu *VU) leave() {
	vu.due = 0
	if vu.chosen {
		vu.next, vu.chosen = options{}, false
	}
	switch {
	case vu.house.connections == PerIteration:
		vu.session.Forget()
	case vu.pauses:
		vu.session.Idle()
	}
}

// close ends the user.
func (vu *VU) close() { vu.session.Close() }

// taskError counts an error that the scenario made itself.
func (vu *VU) taskError(task string, err error) {
	vu.message(metrics.Check, task, err.Error(), httpclient.Now()-vu.origin)
}
