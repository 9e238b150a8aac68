package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A sample is one run of a generator.
type sample struct {
	usage
	counted  int64   // requests, by the server
	reported int64   // by the generator, -1 when it was not asked
	beside   float64 // share of the server's core that others took
}

// perRequest is the CPU time of a request in microseconds.
func (s *sample) perRequest() float64 {
	return float64(s.cpu) / float64(time.Microsecond) / float64(s.counted)
}

func (s *sample) perSecond() float64 { return float64(s.counted) / s.wall.Seconds() }

// clean says that the machine was ours while it ran.
func (s *sample) clean() bool {
	const most = 0.08
	return s.others <= most && s.beside <= most
}

// measure runs a generator against a server.
func (b *bench) measure(ctx context.Context, g *generator, s *server, j job) (sample, error) {
	b.quiet(ctx)
	var env []string
	if g.env != nil {
		env = g.env(j)
	}
	before, err := s.count()
	if err != nil {
		return sample{}, err
	}
	beside := besides(s.pid)
	u, err := pinned(ctx, env, append([]string{b.path(g)}, g.args(b, j)...)...)
	if err != nil {
		return sample{}, err
	}
	r := sample{usage: u, reported: -1, beside: beside(u.wall)}
	if r.counted, err = s.since(before); err != nil {
		return r, err
	}
	if r.counted == 0 {
		return r, fmt.Errorf("%s: the server counted no request", g.name)
	}
	return r, b.compare(g, &r)
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
	core, _ := busy(serverCore)
	server, _ := spent(pid)
	return func(wall time.Duration) float64 {
		coreAfter, err := busy(serverCore)
		serverAfter, errServer := spent(pid)
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
