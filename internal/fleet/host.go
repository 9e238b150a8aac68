package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/crew"
	"github.com/loadforge/loadforge/internal/natsbus"
	"github.com/loadforge/loadforge/internal/wire"
)

// joinValid is how long a join string lets new workers in.
const joinValid = 24 * time.Hour

// Host runs a coordinator to its end, with a bus. Its error is that of the
// coordinator's process, where that ended with an exit code.
func Host(ctx context.Context, r cli.HostRequest) error {
	key, err := keyOf(r)
	if err != nil {
		return err
	}
	b, err := pack(r.Path, r.Ship)
	if err != nil {
		return err
	}
	giveBack, err := take(r.State)
	if err != nil {
		return err
	}
	defer giveBack()
	r.Resume = r.Resume && (key == "" || begun(key, r.State))
	if !r.Resume {
		if err := forget(r.State); err != nil {
			return err
		}
	}
	return serve(ctx, key, r, b)
}

// keyOf is the key by which workers find the run, if there is one.
func keyOf(r cli.HostRequest) (natsbus.Key, error) {
	if r.Key == "" {
		return "", nil
	}
	return natsbus.ParseKey(r.Key)
}

// serve opens the bus of a run whose state this process has taken, and runs the
// coordinator.
func serve(ctx context.Context, key natsbus.Key, r cli.HostRequest, b bundle) error {
	bus, err := natsbus.Open(natsbus.HostConfig{Dir: r.State, Key: key, Listen: r.Listen, Advertise: r.Advertise, URL: r.Bus})
	if err != nil {
		return err
	}
	if err := invite(bus, r); err != nil {
		bus.Close()
		return err
	}
	err = conduct(ctx, bus, r, b)
	var exit interface{ ExitCode() int }
	if err == nil || errors.As(err, &exit) && exit.ExitCode() > 0 {
		return errors.Join(err, bus.Finish())
	}
	bus.Close() // the coordinator was killed: --resume goes on
	return err
}

// invite shows the join string, or writes it where only the user can read it.
func invite(bus *natsbus.Host, r cli.HostRequest) error {
	join, err := bus.Join(natsbus.Anybody, joinValid)
	if err != nil {
		return err
	}
	if r.Key != "" {
		address := strings.TrimPrefix(join.URL, "tls://")
		fmt.Fprintf(os.Stderr, "waiting for %d workers: loadforge worker --key-file FILE --coordinator %s, with the same key\n", r.Workers, address)
		if r.JoinFile == "" {
			return nil
		}
	}
	if r.JoinFile != "" {
		if err := os.WriteFile(r.JoinFile, []byte(join.String()+"\n"), 0o600); err != nil {
			return fmt.Errorf("write the join string: %w", err)
		}
		fmt.Fprintf(os.Stderr, "waiting for %d workers: loadforge worker --join %s\n", r.Workers, r.JoinFile)
		return nil
	}
	fmt.Fprintf(os.Stderr, "waiting for %d workers: loadforge worker --join FILE, with this in the file:\n%s\n", r.Workers, join)
	return nil
}

// conduct starts the coordinator and stands between it and the bus.
func conduct(ctx context.Context, bus *natsbus.Host, r cli.HostRequest, b bundle) error {
	path := filepath.Join(r.State, "trunk")
	_ = os.Remove(path) // of one that was killed
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("wait for the coordinator: %w", err)
	}
	defer listener.Close()
	command := exec.Command(r.Path, r.Args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(r.Env, crew.TrunkVariable+"="+path)
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the coordinator: %w", err)
	}
	defer passSignals(command.Process)()
	ctx, cancel := context.WithCancel(ctx)
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		attend(ctx, listener, bus, r, b)
	}()
	err = command.Wait()
	cancel()
	_ = listener.Close()
	<-pumped
	return err
}

// passSignals lets the coordinator decide what a signal means. Ctrl-C and the end
// of the terminal reach it by themselves.
func passSignals(p *os.Process) (stop func()) {
	received := make(chan os.Signal, 2)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(received, syscall.SIGHUP)
	}
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-received:
				if s == syscall.SIGTERM {
					_ = p.Signal(s)
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(received)
		close(done)
	}
}

func attend(ctx context.Context, listener net.Listener, bus *natsbus.Host, r cli.HostRequest, b bundle) {
	conn, err := listener.Accept()
	if err != nil {
		return // it ended before it began, and has said why
	}
	stream, brief, err := crew.Embark(conn, crew.Charge{Workers: r.Workers, Digest: b.digest(), State: r.State, Resume: r.Resume})
	if err != nil {
		return
	}
	defer func() { _ = stream.Close() }()
	if brief.Env == nil {
		brief.Env = map[string]string{}
	}
	for name, value := range r.Vars {
		brief.Env[name] = value
	}
	bus.Offer(natsbus.Cargo{Blobs: b.blobs, Brief: func(a natsbus.Applicant) ([]byte, error) {
		if err := check(a); err != nil {
			return nil, err
		}
		return json.Marshal(Order{Program: b.program, Files: b.files, Brief: brief})
	}})
	wire.Pump(ctx, stream, bus)
}

// check says why a worker can't run the program.
func check(a natsbus.Applicant) error {
	here := runtime.GOOS + "/" + runtime.GOARCH
	switch {
	case a.Min > cluster.Protocol || a.Max < cluster.Protocol:
		return fmt.Errorf("its loadforge %s speaks protocol %d to %d, this run %d: install the same version on all machines", a.Version, a.Min, a.Max, cluster.Protocol)
	case a.System != here:
		return fmt.Errorf("it is %s, and the program of this run is for %s: start the run on a machine like the workers", a.System, here)
	}
	return nil
}
