package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
)

// A sample is one run of a generator.
type sample struct {
	usage
	counted  int64   // requests, by the server
	reported int64   // by the generator, -1 when it was not asked
	beside   float64 // share of the server's core that others took
	steady   window
	allocs   spread // for each request, empty when it was not asked
}

// A window is a part of a run: without the start of the program, its connecting,
// and its end.
type window struct {
	cpu      time.Duration
	count    int64
	asked    int64 // requests that asking for the count made
	from, to time.Time
}

// perRequest is the CPU time of a request in microseconds, in the window.
func (s *sample) perRequest() float64 {
	return float64(s.steady.cpu) / float64(time.Microsecond) / float64(s.steady.count)
}

// perRequestOfAll is that of the whole process, over all its requests.
func (s *sample) perRequestOfAll() float64 {
	return float64(s.cpu) / float64(time.Microsecond) / float64(s.counted)
}

func (s *sample) perSecond() float64 { return float64(s.counted) / s.wall.Seconds() }

// clean says that the machine was ours while it ran.
func (s *sample) clean() bool {
	const most = 0.08
	return s.others <= most && s.beside <= most
}

// measure runs a generator against a server, each on its core.
func (b *bench) measure(ctx context.Context, g *generator, s *server, j job) (sample, error) {
	b.quiet(ctx)
	before, err := s.settled()
	if err != nil {
		return sample{}, err
	}
	beside := besides(s.pid)
	r := sample{reported: -1}
	l := b.launch(g, j)
	l.during = func(pid int) { r.steady = s.window(ctx, pid, before, j.duration) }
	if r.usage, err = l.run(ctx); err != nil {
		return sample{}, err
	}
	r.beside = beside(r.wall)
	if r.counted, err = s.since(before); err != nil {
		return r, err
	}
	r.counted -= r.steady.asked
	if r.counted == 0 {
		return r, fmt.Errorf("%s: the server counted no request", g.name)
	}
	if r.steady.count <= 0 { // it was gone before the window's end
		r.steady.cpu, r.steady.count = r.cpu, r.counted
	}
	if g.inner && j.allocations != "" {
		r.allocs = allocationsOf(j.allocations, r.steady)
	}
	return r, b.compare(g, &r)
}

// launch is how a generator is started for a job, on the generator's core.
func (b *bench) launch(g *generator, j job) launch {
	l := launch{cores: generatorCore, argv: append([]string{b.path(g)}, g.args(b, j)...)}
	if g.env != nil {
		l.env = g.env(j)
	}
	return l
}

// window watches a generator from a quarter of its time to shortly before its
// end, and for long runs from the end of the second second. Its time begins with
// its first request: some take seconds to start.
func (s *server) window(ctx context.Context, pid int, before int64, length time.Duration) (w window) {
	from := min(length/4, 2*time.Second)
	to := length - length/10
	if !s.begun(ctx, pid, before, &w) {
		return w
	}
	w.from = time.Now().Add(from)
	cpu, count, err := s.stand(ctx, pid, from)
	if err != nil {
		return w
	}
	w.asked += s.own
	cpuAfter, countAfter, err := s.stand(ctx, pid, to-from)
	if err != nil {
		return w
	}
	w.asked += s.own
	w.to = time.Now()
	w.cpu, w.count = cpuAfter-cpu, countAfter-count-s.own
	return w
}

// begun waits for a generator's first request. It reports false when the
// generator is gone before.
func (s *server) begun(ctx context.Context, pid int, before int64, w *window) bool {
	const pause = 5 * time.Millisecond
	for {
		_, count, err := s.stand(ctx, pid, pause)
		if err != nil {
			return false
		}
		w.asked += s.own
		if count-before-w.asked > 0 {
			return true
		}
	}
}

// stand waits and then tells where a generator stands.
func (s *server) stand(ctx context.Context, pid int, wait time.Duration) (cpu time.Duration, count int64, err error) {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	before, err := proc.Spent(pid)
	if err != nil {
		return 0, 0, err
	}
	if count, err = s.count(); err != nil {
		return 0, 0, err
	}
	after, err := proc.Spent(pid)
	return (before + after) / 2, count, err
}

// compare holds what a generator reports against what the server counted.
func (b *bench) compare(g *generator, r *sample) (err error) {
	if g.reported == nil {
		return nil
	}
	if r.reported, err = g.reported(r.out); err != nil {
		return fmt.Errorf("%s: %w", g.name, err)
	}
	if g.exact && r.reported != r.counted {
		b.wrong = append(b.wrong, fmt.Sprintf("%s reported %d, the server counted %d", g.name, r.reported, r.counted))
	}
	return nil
}

// besides starts to watch the server's core; what it returns tells the share of
// a time that others than the server took.
func besides(pid int) func(wall time.Duration) float64 {
	core, _ := proc.Busy(serverCore)
	server, _ := proc.Spent(pid)
	return func(wall time.Duration) float64 {
		coreAfter, err := proc.Busy(serverCore)
		serverAfter, errServer := proc.Spent(pid)
		if err != nil || errServer != nil {
			return 1
		}
		return max(0, (coreAfter-core-serverAfter+server).Seconds()/wall.Seconds())
	}
}

// file writes a file for a generator to read, and returns its path.
func (b *bench) file(name, text string) string {
	path := filepath.Join(b.work, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.say("write %s: %v", path, err)
	}
	return path
}
