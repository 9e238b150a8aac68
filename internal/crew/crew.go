// Package crew starts worker processes on this machine, and is one.
//
// The coordinator starts its own program again, or a scenario's, with the
// command "work" and no argument besides, and tells it on its standard input
// what to do; so nothing that may be secret is in a list of processes. From then
// on the two exchange frames through the pipes:
//
//	coordinator: process, err := crew.Start(command, brief)   process.Stream()
//	worker:      brief, stream, err := crew.Enlist()
//
// A process whose coordinator has gone finds its standard input at its end and
// stops: no orphan goes on loading a target.
package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/wire"
)

// Subcommand is the argument that makes a program a worker process.
const Subcommand = "work"

// A Brief is all that a worker process is told before it begins.
type Brief struct {
	// Args is the command line that makes the plan, without the program.
	Args []string `json:"args"`
	// Env has variables besides those of its own environment, and over them.
	Env map[string]string `json:"env,omitempty"`
	// Name is the worker's, for people.
	Name string `json:"name"`
	// Weight is the worker's part of the load against the others'. Zero means 1.
	Weight float64 `json:"weight,omitempty"`
	// Digest is that of the program and its data, empty where nobody checks.
	Digest string `json:"digest,omitempty"`
	// Rejoin is how long the worker tries to come back when it has lost the
	// coordinator.
	Rejoin time.Duration `json:"rejoin_ns,omitempty"`
	// Processes is how many of the run's workers share the machine.
	Processes int `json:"processes,omitempty"`
}

// A Command says which program a process runs.
type Command struct {
	Path   string
	Dir    string    // empty means this process's
	Env    []string  // nil means this process's environment
	Stderr io.Writer // what the process says; nil discards it
}

// Self is the command of the program that runs.
func Self(stderr io.Writer) (Command, error) {
	// The name it was called by comes first: a program may be several.
	path, err := exec.LookPath(os.Args[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		path, err = os.Executable()
	}
	if err != nil {
		return Command{}, fmt.Errorf("find the program that runs: %w", err)
	}
	return Command{Path: path, Stderr: stderr}, nil
}

// A Process is a worker process, seen from where it was started.
type Process struct {
	command *exec.Cmd
	stream  *wire.Stream
	ended   chan struct{}
	err     error
	once    sync.Once
}

// Start starts a process and briefs it.
func Start(c Command, b Brief) (*Process, error) {
	p := &Process{command: exec.Command(c.Path, Subcommand), ended: make(chan struct{})}
	p.command.Dir, p.command.Env, p.command.Stderr = c.Dir, c.Env, c.Stderr
	p.command.WaitDelay = time.Second
	apart(p.command)
	conn, err := p.start()
	if err != nil {
		return nil, fmt.Errorf("start a worker process: %w", err)
	}
	p.stream = wire.NewStream(conn)
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	text, err := json.Marshal(b)
	if err == nil {
		err = p.stream.Post(context.Background(), wire.Frame{Body: text})
	}
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("brief a worker process: %w", err)
	}
	return p, nil
}

// start starts the process with pipes of our own: those of exec are closed as
// soon as the process has ended, before all was read.
func (p *Process) start() (io.ReadWriteCloser, error) {
	theirs, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	out, mine, err := os.Pipe()
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	defer mine.Close()
	p.command.Stdin, p.command.Stdout = theirs, mine
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return pipes{out, in}, nil
}

// pipes are a connection made of two files.
type pipes struct{ in, out *os.File }

func (p pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }
func (p pipes) Close() error                { return errors.Join(p.out.Close(), p.in.Close()) }

// Stream carries the frames to and from the process.
func (p *Process) Stream() *wire.Stream { return p.stream }

// Pid is the number of the process.
func (p *Process) Pid() int { return p.command.Process.Pid }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Leave asks the process to finish what it does and end.
func (p *Process) Leave() { _ = p.command.Process.Signal(leaveSignal) }

// Kill ends the process at once.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	_ = p.Wait(0)
}

// Wait ends the connection, which tells the process to end, and waits for that.
// After the patience it is killed. The error is that of the process.
func (p *Process) Wait(patience time.Duration) error {
	p.once.Do(func() { _ = p.stream.Close() })
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.command.Process.Kill()
		<-p.ended
	}
	return p.err
}

// Fate says in words how the process ended, once it did.
func (p *Process) Fate() string {
	select {
	case <-p.ended:
	case <-time.After(time.Second): // its pipe is closed: it can't last long
		return "it closed its connection"
	}
	if p.err == nil {
		return "its process ended"
	}
	return "its process ended: " + p.err.Error()
}
