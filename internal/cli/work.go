package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/crew"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/wire"
)

// processLead is the time between the readiness of worker processes and the
// start. Between processes news travels fast.
const processLead = 200 * time.Millisecond

// conduct runs a plan where the options say: in this process, or in worker
// processes of this machine.
func (s *session) conduct(ctx context.Context, p cluster.Plan, o cluster.Options) (metrics.Outcome, error) {
	policy, err := s.options.policy()
	if err != nil {
		return metrics.Outcome{}, err
	}
	o.OnLoss = policy
	if s.trunk != nil {
		return s.lead(ctx, p, o)
	}
	n := int(s.options.workers)
	if n <= 1 {
		return cluster.Local(ctx, p, o)
	}
	self, err := crew.Self(nil)
	if err != nil {
		return metrics.Outcome{}, err
	}
	brief := crew.Brief{Args: s.args, Processes: n}
	team, err := crew.Muster(n, brief, func(name string) crew.Command {
		self.Stderr = &lines{to: s.screen, before: name + ": "}
		return self
	})
	if err != nil {
		return metrics.Outcome{}, err
	}
	defer team.Close()
	o.Transport, o.Workers, o.Lead = team, n, processLead
	return cluster.Run(ctx, p, o)
}

// lines passes on what somebody writes in whole lines, with a word before each
// that says who it was.
type lines struct {
	to     io.Writer
	before string
	mu     sync.Mutex
	rest   []byte
}

// maxLine bounds what is kept of a line without an end.
const maxLine = 64 << 10

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 && len(l.rest) < maxLine {
			return len(b), nil
		}
		if end < 0 {
			end = len(l.rest) - 1
		}
		if _, err := io.WriteString(l.to, l.before+string(l.rest[:end+1])); err != nil {
			return len(b), err
		}
		l.rest = l.rest[end+1:]
	}
}

// A post is what a worker process was told, and its connection.
type post struct {
	brief crew.Brief
	link  *wire.Link
}

// workCommand makes this process a worker process. It is for loadforge itself.
func (a *app) workCommand() *cobra.Command {
	return &cobra.Command{
		Use: crew.Subcommand, Short: "Be a worker process", Hidden: true, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.work(cmd.Context()) },
	}
}

// work does what the brief says.
func (a *app) work(ctx context.Context) error {
	brief, stream, err := crew.Enlist()
	if err != nil {
		return err
	}
	link := wire.NewLink(stream)
	defer func() {
		_ = stream.Close()
		link.Close()
	}()
	b := *a
	b.post = &post{brief: brief, link: link}
	b.out = a.err
	b.getenv = layered(lookup(brief.Env), a.getenv)
	for name, value := range brief.Env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if code := b.main(ctx, brief.Args); code != exitPassed {
		return &exitError{code: code}
	}
	return nil
}

// orphanPatience is how long a worker process may take to end once its
// coordinator has gone.
const orphanPatience = 5 * time.Second

// serve runs a worker's share of the plan.
func (a *app) serve(ctx context.Context, p cluster.Plan) error {
	leave, unsubscribe := a.signals()
	defer unsubscribe()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-a.post.link.Ended():
			cancel()
			time.AfterFunc(orphanPatience, func() { os.Exit(exitInternal) })
		case <-over:
		}
	}()
	err := cluster.Worker{
		Plan: p.Plan, Link: a.post.link, Name: a.post.brief.Name, Binary: buildVersion(), Weight: a.post.brief.Weight,
		Processes: a.post.brief.Processes, Digest: a.post.brief.Digest, Rejoin: a.post.brief.Rejoin, Logger: slog.Default(), Leave: leave,
	}.Run(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil // the coordinator is no more: there is nobody to tell
	}
	if err != nil {
		return &exitError{exitWorkers, err}
	}
	return nil
}
