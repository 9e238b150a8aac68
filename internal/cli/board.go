package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/dashboard"
	"github.com/loadforge/loadforge/internal/store"
)

// A board is what flags say of the dashboard of a run.
type board struct {
	on     bool
	addr   string
	hosts  []string
	token  bool
	open   bool
	linger time.Duration
}

func (b *board) define(fs *pflag.FlagSet) {
	grouped(fs, groupBoard, func(fs *pflag.FlagSet) {
		fs.BoolVar(&b.on, "dashboard", false, "show the run in the browser while it goes")
		fs.StringVar(&b.addr, "dashboard-addr", dashboard.DefaultAddr, "HOST:PORT of the dashboard; a busy port falls forward to a free one")
		fs.StringArrayVar(&b.hosts, "dashboard-host", nil, "another name the dashboard is reached by (repeatable)")
		fs.BoolVar(&b.token, "dashboard-token", false, "let nobody in without the token of the link; always so where other machines reach it")
		fs.BoolVar(&b.open, "open", false, "open the dashboard in the browser")
		fs.Var(durationValue{&b.linger}, "linger", "keep the dashboard for so long when the run is over, or until Ctrl-C")
	})
}

// wanted says that there is to be a dashboard: to open one is to want one.
func (b *board) wanted() bool { return b.on || b.open }

// openBoard serves the dashboard of a run that is about to begin, if there is to
// be one.
func (s *session) openBoard(p *cluster.Plan, control *cluster.Control) (stop func(), err error) {
	b := &s.options.dashboard
	if !b.wanted() {
		return func() {}, nil
	}
	config := dashboard.LiveConfig{
		Run:      cluster.Describe(p, p.Run.Start, max(1, int(s.options.workers), int(s.options.expect))),
		Controls: &helm{session: s, control: control, plan: p, held: map[int]float64{}},
		Shelf:    shelf{app: s.app, results: []string{s.options.output}},
		Baseline: s.baseline(),
	}
	if p.Setup != nil {
		config.State = "setup"
	}
	var drop func()
	config.Earlier, drop = s.earlier()
	live := dashboard.NewLive(config)
	server, err := dashboard.Listen(live, dashboard.ServerConfig{Addr: b.addr, Hosts: b.hosts, Token: b.token})
	if err != nil {
		drop()
		return nil, fmt.Errorf("%w; --dashboard-addr names another", err)
	}
	s.live, s.link = live, server.URL()
	fmt.Fprintf(s.err, "dashboard: %s\n", s.link)
	forget := s.openBrowser(b.open, s.link)
	return func() {
		server.Close()
		forget()
		drop()
	}, nil
}

// earlier opens what there is of a run that is taken up again. That is done
// before the run goes on: a reader sees what was there when it was opened, and
// the dashboard is told of all that comes after. Take returns the reader to its
// owner; drop closes one that nobody took.
func (s *session) earlier() (take func() (*store.Reader, error), drop func()) {
	if s.state == nil {
		return nil, func() {}
	}
	reader, err := store.Open(s.writer.Dir())
	var left atomic.Pointer[store.Reader]
	left.Store(reader)
	take = func() (*store.Reader, error) {
		if r := left.Swap(nil); r != nil {
			return r, nil
		}
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	drop = func() {
		if r := left.Swap(nil); r != nil {
			r.Close()
		}
	}
	return take, drop
}

// baseline opens the run of --baseline, nil without one.
func (s *session) baseline() func() (*store.Reader, error) {
	dir := s.options.baseline
	if dir == "" {
		return nil
	}
	return func() (*store.Reader, error) { return store.Open(dir) }
}

// linger keeps the dashboard after the run, until it is told to stop.
func (s *session) linger(ctx context.Context) {
	d := s.options.dashboard.linger
	if s.live == nil || d <= 0 {
		return
	}
	received, unsubscribe := s.signals()
	defer unsubscribe()
	fmt.Fprintf(s.err, "\ndashboard: %s\nit stays for %s; Ctrl-C ends it\n", s.link, words(d))
	select {
	case <-received:
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// A helm is what a dashboard may do to a run.
type helm struct {
	*session
	control *cluster.Control
	plan    *cluster.Plan

	mu   sync.Mutex
	held map[int]float64 // the levels of loads that don't follow their patterns
}

// Stop ends the run as a signal does, but a second click is no second signal.
func (h *helm) Stop(now bool) {
	if now {
		h.control.StopNow("stopped from the dashboard: stopping now")
		return
	}
	h.control.StopGracefully("stopped from the dashboard: users finish their task")
}

// Hold refuses what would not have been allowed before the run either.
func (h *helm) Hold(load int, level float64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := maps.Clone(h.held)
	held[load] = level
	if err := h.options.mayHold(h.plan, held); err != nil {
		return err
	}
	if err := h.control.Hold(load, level); err != nil {
		return err
	}
	h.held = held
	return nil
}

func (h *helm) Release(load int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, load)
	h.control.Release(load)
}

func (h *helm) Mark(e store.Event) error { return h.writer.Mark(e) }
