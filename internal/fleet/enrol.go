package fleet

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/crew"
	"github.com/loadforge/loadforge/internal/natsbus"
	"github.com/loadforge/loadforge/internal/wire"
)

const (
	// lastPatience is how long a worker that is done tries to bring what it has
	// measured to the coordinator.
	lastPatience = 30 * time.Second
	// endPatience is how long its process may take to end.
	endPatience = 10 * time.Second
)

// Enrol makes this machine a worker of a run, and returns when that is over.
func Enrol(ctx context.Context, r cli.EnrolRequest) error {
	stop, unsubscribe := cli.Signals()
	defer unsubscribe()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := make(chan struct{})
	go func() { // until there is a process, a signal ends all
		select {
		case <-stop:
			cancel()
		case <-waiting:
		}
	}()
	e, station, order, err := apply(ctx, r)
	close(waiting)
	if ctx.Err() != nil {
		err = cli.ErrInterrupted // whatever that came out as
	}
	if err == nil {
		err = e.work(ctx, station, order, stop)
	}
	if station != nil {
		err = errors.Join(err, station.Close())
	}
	return err
}

// apply finds the run, and what to do in it.
func apply(ctx context.Context, r cli.EnrolRequest) (*enrolment, *natsbus.Station, Order, error) {
	meeting := ctx // with the coordinator
	if r.Wait > 0 {
		var cancel context.CancelFunc
		meeting, cancel = context.WithTimeout(ctx, r.Wait)
		defer cancel()
	}
	join, err := joinOf(meeting, r)
	if err != nil {
		return nil, nil, Order{}, err
	}
	e, err := newEnrolment(join, r)
	if err != nil {
		return nil, nil, Order{}, mistake(err)
	}
	station, err := natsbus.Dial(meeting, natsbus.StationConfig{Join: join, Worker: e.worker, Dir: e.spool})
	if err != nil {
		return nil, station, Order{}, err
	}
	order, err := e.ask(meeting, station)
	if err == nil {
		err = e.gather(ctx, station, order)
	}
	return e, station, order, err
}

// joinOf is the join string, given or made of a key.
func joinOf(ctx context.Context, r cli.EnrolRequest) (natsbus.Join, error) {
	if r.Key == "" {
		join, err := natsbus.ParseJoin(r.Join)
		return join, mistake(err)
	}
	key, err := natsbus.ParseKey(r.Key)
	if err != nil {
		return natsbus.Join{}, mistake(err)
	}
	return key.Find(ctx, r.Coordinator)
}

// mistake marks an error of what was asked for.
func mistake(err error) error {
	if err == nil {
		return nil
	}
	return &cli.RequestError{Err: err}
}

// An enrolment is who the worker is, and where it keeps things.
type enrolment struct {
	cli.EnrolRequest
	worker string // on the bus
	cache  string // programs and files by digest
	spool  string // what has not arrived
}

// newEnrolment finds who the worker is: the same as before, where a spool of it
// is left.
func newEnrolment(join natsbus.Join, r cli.EnrolRequest) (*enrolment, error) {
	if r.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("where shall programs be kept? --dir names a directory: %w", err)
		}
		r.Dir = filepath.Join(cache, "loadforge", "worker")
	}
	dir, err := filepath.Abs(r.Dir)
	if err != nil {
		return nil, err
	}
	r.Dir = dir
	if r.Name == "" {
		r.Name, _ = os.Hostname()
	}
	if r.Weight <= 0 {
		r.Weight = float64(runtime.GOMAXPROCS(0))
	}
	e := &enrolment{EnrolRequest: r, cache: filepath.Join(r.Dir, "blobs")}
	home := filepath.Join(r.Dir, "runs", join.Run)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	slug := strings.Trim(regexp.MustCompile(`[^A-Za-z0-9-]+`).ReplaceAllString(r.Name, "-"), "-")
	slug = slug[:min(len(slug), 40)]
	return e, e.takeSpool(home, slug)
}

// takeSpool takes the spool of a worker of this name whose process has ended, or
// makes a new one. The lock on it ends with the process.
func (e *enrolment) takeSpool(home, slug string) error {
	known, err := filepath.Glob(filepath.Join(home, slug+"_*"))
	if err != nil {
		return err
	}
	for _, dir := range append(known, filepath.Join(home, slug+"_"+strings.ToLower(rand.Text()[:6]))) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if _, err := lock(filepath.Join(dir, lockName)); err == nil {
			e.worker, e.spool = filepath.Base(dir), dir
			return nil
		}
	}
	return errors.New("no directory for what is kept could be locked")
}

// ask asks what to do.
func (e *enrolment) ask(ctx context.Context, s *natsbus.Station) (o Order, err error) {
	text, err := s.Brief(ctx, natsbus.Applicant{
		Min: cluster.Protocol, Max: cluster.Protocol, Version: e.Version,
		System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
	})
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return o, fmt.Errorf("read what to run: %w", err)
	}
	return o, nil
}

// gather fetches what an order needs.
func (e *enrolment) gather(ctx context.Context, s *natsbus.Station, o Order) error {
	if err := os.MkdirAll(e.cache, 0o700); err != nil {
		return err
	}
	if err := e.fetch(ctx, s, o.Program, e.program(o.Program, runtime.GOOS)); err != nil {
		return err
	}
	for _, f := range o.Files {
		if err := e.fetch(ctx, s, f.Digest, e.blob(f.Digest)); err != nil {
			return err
		}
	}
	return nil
}

func (e *enrolment) blob(digest string) string { return filepath.Join(e.cache, digest) }

// program is where the program of a digest is kept: Windows runs only what is
// called one.
func (e *enrolment) program(digest, system string) string {
	if system == "windows" {
		return e.blob(digest) + ".exe"
	}
	return e.blob(digest)
}

// fetch brings a file into the cache, unless it is there, as its digest says.
func (e *enrolment) fetch(ctx context.Context, s *natsbus.Station, digest, name string) error {
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(digest) {
		return errors.New("the run names a file by something that is no digest")
	}
	if have, err := digestOf(name); err == nil && have == digest {
		return nil
	}
	f, err := os.CreateTemp(e.cache, "new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	err = errors.Join(s.Fetch(ctx, digest, f), f.Chmod(0o700), f.Close())
	if err != nil {
		return err
	}
	got, err := digestOf(f.Name())
	if err != nil {
		return err
	}
	if got != digest {
		return fmt.Errorf("what came for %.12s is another file (%.12s): it is not run", digest, got)
	}
	return os.Rename(f.Name(), name)
}

// lay makes the directory that the program runs in.
func (e *enrolment) lay(o Order) (string, error) {
	dir := filepath.Join(e.spool, "work")
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for _, f := range o.Files {
		if !filepath.IsLocal(f.Path) {
			return "", fmt.Errorf("the run has a file %q, which would not be below its directory", f.Path)
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		b, err := os.ReadFile(e.blob(f.Digest))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(name), 0o700)
		}
		if err == nil {
			err = os.WriteFile(name, b, 0o600)
		}
		if err != nil {
			return "", err
		}
	}
	return dir, nil
}

// leave passes on what asks a worker to leave: once gracefully, again at once.
func leave(ctx context.Context, p *crew.Process, stop <-chan os.Signal) {
	for count := 0; ; {
		select {
		case sig := <-stop:
			if cli.Retold(sig, count) {
				continue
			}
			count++
			p.Leave()
		case <-ctx.Done():
			return
		}
	}
}

// work runs the program and stands between it and the bus.
func (e *enrolment) work(ctx context.Context, s *natsbus.Station, o Order, stop <-chan os.Signal) error {
	dir, err := e.lay(o)
	if err != nil {
		return err
	}
	brief := o.Brief
	brief.Name, brief.Weight = e.Name, e.Weight
	p, err := crew.Start(crew.Command{Path: e.program(o.Program, runtime.GOOS), Dir: dir, Stderr: os.Stderr}, brief)
	if err != nil {
		return err
	}
	ahead, bound := s.Clock()
	fmt.Fprintf(os.Stderr, "worker %s: process %d, clock %+.3f ms to the coordinator's (%.3f ms at most wrong)\n",
		e.worker, p.Pid(), float64(-ahead)/1e6, float64(bound)/1e6)
	pumping, end := context.WithCancel(ctx)
	go leave(pumping, p, stop)
	wire.Pump(pumping, p.Stream(), s)
	end()
	err = p.Wait(endPatience)
	flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPatience)
	defer cancel()
	if flushed := s.Flush(flushing); flushed != nil {
		return errors.Join(err, flushed)
	}
	return err
}
