package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/crew"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/internal/wire"
)

// A HostRequest asks for a coordinator with a bus.
type HostRequest struct {
	Path      string   // the program of the coordinator, and of its workers
	Args      []string // its command line
	Env       []string
	Workers   int
	Listen    string
	Advertise string
	Bus       string
	State     string // directory
	JoinFile  string
	Key       string // by which workers find the run; empty: they need the join string
	Ship      []string
	Resume    bool
	// Vars are variables that workers need besides those the plan asks for.
	Vars map[string]string
}

// An EnrolRequest asks to be a worker of a run.
type EnrolRequest struct {
	Join        string // the join string; empty where there is a key
	Key         string
	Coordinator string // HOST:PORT, with a key
	Name        string
	Weight      float64
	Dir         string        // for what is kept: programs, and what was not acknowledged
	Wait        time.Duration // for a coordinator that is not there; zero: as long as it takes
	Version     string
}

// A RequestError says that an [EnrolRequest] is a mistake: no run was asked.
type RequestError struct{ Err error }

func (e *RequestError) Error() string { return e.Err.Error() }

func (e *RequestError) Unwrap() error { return e.Err }

// ErrInterrupted is the error of a worker that was interrupted before it had
// something to do.
var ErrInterrupted = errors.New("interrupted before this worker took part in a run")

// wantsBus says that workers of other machines are to come.
func (o *options) wantsBus() bool { return o.expect > 0 || o.listen != "" || o.bus != "" || o.resume }

// aboard says that this process is the coordinator of another that holds the bus.
func (a *app) aboard() bool {
	path, _ := a.getenv(crew.TrunkVariable)
	return path != "" || a.post != nil
}

func (o *options) policy() (cluster.Policy, error) {
	switch o.onLoss {
	case "", "rebalance":
		return cluster.Rebalance, nil
	case "continue":
		return cluster.Continue, nil
	case "abort":
		return cluster.Abort, nil
	}
	names := []string{"rebalance", "continue", "abort"}
	return 0, fmt.Errorf("--on-worker-loss must be rebalance, continue or abort, is %q%s", o.onLoss, didYouMean(o.onLoss, names))
}

// host starts this program, or the scenario's, as a coordinator.
func (a *app) host(cmd *cobra.Command, o *options, args []string) error {
	if a.tools.Host == nil {
		return errors.New("a scenario's own program has no bus: loadforge run <scenario> with the same flags has one; --workers needs none")
	}
	if o.workers > 0 {
		return errors.New("--workers and --expect exclude each other: start more workers with loadforge worker")
	}
	if o.lease != 0 && o.lease < cluster.MinLease {
		return fmt.Errorf("--lease %v: a worker whose answers take a moment would stop; give it %v or more (default %v)", o.lease, cluster.MinLease, cluster.DefaultLease)
	}
	key, err := a.busKey(o)
	if err != nil {
		return err
	}
	self, err := crew.Self(nil)
	path := self.Path
	line := append([]string{cmd.Name()}, retold(cmd.Flags())...)
	if isURL(args[0]) {
		line = append(line, args[0])
	} else {
		if err := a.runnable(args[0], o); err != nil {
			return err
		}
		if path, err = a.tools.Build(cmd.Context(), args[0]); err != nil {
			return &exitError{exitScenario, err}
		}
	}
	if err != nil {
		return err
	}
	env, err := withPairs(a.environ(), o.env)
	if err != nil {
		return err
	}
	vars, err := pairs(o.env)
	if err != nil {
		return err
	}
	state := o.state
	if state == "" {
		state = filepath.Join(o.output, ".bus")
	}
	err = a.tools.Host(cmd.Context(), HostRequest{
		Path: path, Args: line, Env: env, Workers: max(1, int(o.expect)), Listen: o.listen, Advertise: o.advertise, Bus: o.bus,
		State: state, JoinFile: o.joinFile, Key: key, Ship: append(o.ship, o.configFiles()...), Resume: o.resume, Vars: vars,
	})
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		return conductorEnded(exit.ExitCode(), state)
	}
	return err
}

// conductorEnded is childEnded for a coordinator: where it was killed there is
// something to go on with, unless it was before it had a run.
func conductorEnded(code int, state string) error {
	if _, err := os.Stat(filepath.Join(state, runNote)); code < 0 && err == nil {
		return &exitError{exitKilled, errors.New("the coordinator was killed; the same command with --resume goes on with the run")}
	}
	return childEnded(code)
}

// busKey reads the key by which workers find the run, if there is one.
func (a *app) busKey(o *options) (string, error) {
	if o.keyFile == "" {
		return "", nil
	}
	if o.bus != "" {
		return "", errors.New("--key-file is for a bus of the coordinator's own: with --bus workers need the join string")
	}
	return a.readSecret("the key", o.keyFile)
}

// configFiles is the config file, if there is one: workers read it as well.
func (o *options) configFiles() []string {
	if o.config != "" {
		return []string{o.config}
	}
	if _, err := os.Stat(configFile); err == nil && !o.noConfig {
		return []string{configFile}
	}
	return nil
}

// A trunk is the coordinator's connection with the bus.
type trunk struct {
	crew.Charge
	stream *wire.Stream
}

// board connects with the process that holds the bus, if there is one.
func (s *session) board() error {
	path, _ := s.getenv(crew.TrunkVariable)
	if path == "" {
		return nil
	}
	charge, stream, err := crew.Board(path)
	if err != nil {
		return &exitError{exitInternal, err}
	}
	s.trunk = &trunk{charge, stream}
	return nil
}

func (s *session) disembark() {
	if s.trunk != nil {
		_ = s.trunk.stream.Close()
	}
}

// runNote is the file of a state in which a coordinator says which run it
// conducts.
const runNote = "run"

func (t *trunk) note() string { return filepath.Join(t.State, runNote) }

// open opens where the run is kept.
func (s *session) open(p *cluster.Plan) (err error) {
	if s.trunk != nil && s.trunk.Resume {
		return s.reopen(p)
	}
	if s.writer, err = store.Create(s.options.output, p.Run); err != nil {
		return err
	}
	if s.trunk == nil {
		return nil
	}
	dir, err := filepath.Abs(s.writer.Dir())
	if err != nil {
		return err
	}
	return os.WriteFile(s.trunk.note(), []byte(dir), 0o600)
}

// reopen opens the run of a coordinator that was killed. Its seed is kept.
func (s *session) reopen(p *cluster.Plan) error {
	dir, err := os.ReadFile(s.trunk.note())
	if err != nil {
		return fmt.Errorf("no run to go on with: %w", err)
	}
	writer, state, err := store.Resume(string(dir))
	if err != nil {
		return err
	}
	s.writer, s.state = writer, state
	reader, err := store.Open(string(dir))
	if err != nil {
		return err
	}
	defer reader.Close()
	p.Seed = reader.Run().Seed
	p.Run.Seed = p.Seed
	return nil
}

// rejoin is how long workers of other machines try to come back.
const rejoin = 2 * time.Minute

// lead conducts a run over workers of other machines.
func (s *session) lead(ctx context.Context, p cluster.Plan, o cluster.Options) (metrics.Outcome, error) {
	env := s.asked.all()
	for _, pair := range s.environ() {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, variable("")) && name != crew.TrunkVariable {
			env[name] = value
		}
	}
	brief := crew.Brief{Args: s.args, Env: env, Digest: s.trunk.Digest, Rejoin: rejoin}
	if err := crew.Instruct(s.trunk.stream, brief); err != nil {
		return metrics.Outcome{}, err
	}
	transport := wire.NewTransport(s.trunk.stream)
	defer transport.Close()
	o.Transport, o.Workers, o.Open, o.Digest = transport, s.trunk.Workers, true, s.trunk.Digest
	o.Join, o.Lease = joinPatience, s.options.lease
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-transport.Ended():
			// Without the bus this is no coordinator any more. It ends as if it
			// had been killed, so that another one can go on with the run.
			s.complain(errors.New("the process that holds the bus has ended; --resume goes on with the run"))
			os.Exit(exitInternal)
		case <-over:
		}
	}()
	if s.state != nil {
		o.Resume = &cluster.Resume{State: s.state, Seconds: s.writer.Seconds()}
	}
	return cluster.Run(ctx, p, o)
}

// joinPatience is how long a run waits for its workers to be started.
const joinPatience = 24 * time.Hour

// A ledger notes which variables were asked for: workers need them as well.
type ledger struct {
	mu    sync.Mutex
	found map[string]string
}

// watch returns a lookup that notes what it finds.
func (l *ledger) watch(env Lookup) Lookup {
	return func(name string) (string, bool) {
		value, ok := env(name)
		if ok && !strings.HasPrefix(name, "LOADFORGE_") {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.found == nil {
				l.found = map[string]string{}
			}
			l.found[name] = value
		}
		return value, ok
	}
}

func (l *ledger) all() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]string{}
	maps.Copy(all, l.found)
	return all
}

// hiring is what the flags of the worker command say.
type hiring struct {
	EnrolRequest
	joinFile, keyFile string
}

// workerCommand offers this machine to a run.
func (a *app) workerCommand() *cobra.Command {
	var h hiring
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Offer this machine to a run",
		Long: "Offer this machine to a run that another one conducts: loadforge run ./shop --expect 3 --listen 0.0.0.0:4222 prints the join string. " +
			"It is a secret, and so is read from a file, from the variable LOADFORGE_JOIN or from standard input. " +
			"With a key that both have, --key-file, the worker finds the run by itself and may be started first.",
		Example: "  loadforge worker --join join.txt\n  ssh host loadforge worker --join - < join.txt\n  loadforge worker --key-file key.txt --coordinator host:4222",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.enrol(cmd, h) },
	}
	fs := cmd.Flags()
	fs.StringVar(&h.joinFile, "join", "", "file with the join string, - for standard input (default the variable LOADFORGE_JOIN)")
	fs.StringVar(&h.keyFile, "key-file", "", "file with the run's key, instead of a join string")
	fs.StringVar(&h.Coordinator, "coordinator", "", "HOST:PORT of the coordinator, with --key-file")
	fs.Var(durationValue{&h.Wait}, "wait", "how long to wait for a coordinator that is not there (default until Ctrl-C)")
	fs.StringVar(&h.Name, "name", "", "what the run calls this worker (default the host's name)")
	fs.Var(levelValue{&h.Weight, false}, "weight", "its part of the load against the others' (default its cores)")
	fs.StringVar(&h.Dir, "dir", "", "where programs are kept, and reports until they have arrived (default in the user's cache)")
	_ = fs.SetAnnotation("join", argumentKey, []string{"FILE"}) // it fails for unknown flags only
	fs.SortFlags = false
	return cmd
}

func (a *app) enrol(cmd *cobra.Command, h hiring) (err error) {
	if a.tools.Enrol == nil {
		return errors.New("this program can't be a worker of another machine; use the loadforge command")
	}
	r := h.EnrolRequest
	r.Version = buildVersion()
	switch {
	case h.keyFile == "" && r.Coordinator != "":
		return errors.New("--coordinator is for --key-file: a join string says itself where the coordinator is")
	case h.keyFile == "":
		r.Join, err = a.joinString(h.joinFile)
	case h.joinFile != "":
		return errors.New("--join and --key-file exclude each other")
	case r.Coordinator == "":
		return errors.New("where is the run? --coordinator HOST:PORT says it; a key does not")
	case !isHostPort(r.Coordinator):
		return fmt.Errorf("--coordinator %q: want HOST:PORT", r.Coordinator)
	default:
		r.Key, err = a.readSecret("the key", h.keyFile)
	}
	if err != nil {
		return err
	}
	return enrolled(a.tools.Enrol(cmd.Context(), r))
}

// enrolled gives the end of a worker its exit code.
func enrolled(err error) error {
	var mistake *RequestError
	switch {
	case err == nil, errors.As(err, &mistake):
		return err
	case errors.Is(err, ErrInterrupted):
		return &exitError{exitInterrupted, err}
	}
	return &exitError{exitWorkers, err}
}

// joinString reads the join string from where no list of processes shows it.
func (a *app) joinString(file string) (string, error) {
	if strings.HasPrefix(file, "lf1.") {
		return "", errors.New("--join names a file: a join string on the command line can be read by anybody on this machine")
	}
	if file == "" {
		if text, ok := a.getenv("LOADFORGE_JOIN"); ok && text != "" {
			return strings.TrimSpace(text), nil
		}
		return "", errors.New("which run? --join FILE, --join - or the variable LOADFORGE_JOIN have its join string")
	}
	return a.readSecret("the join string", file)
}

// readSecret reads a text from a file, or from standard input.
func (a *app) readSecret(what, file string) (string, error) {
	read := func() ([]byte, error) { return os.ReadFile(file) }
	if file == "-" {
		read = func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.in, 64<<10)) }
	}
	b, err := read()
	if err != nil {
		return "", fmt.Errorf("read %s: %w", what, err)
	}
	return strings.TrimSpace(string(b)), nil
}
