package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

// A server is bench/minimal or bench/faulty.
type server struct {
	cmd   *exec.Cmd
	url   string
	admin string
}

func startServer(ctx context.Context, path string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", "1", path}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s := &server{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	addresses := strings.Fields(line)
	if err != nil || len(addresses) != 2 {
		s.stop()
		return nil, fmt.Errorf("start the server: it said %q", line)
	}
	s.url, s.admin = "http://"+addresses[0], "http://"+addresses[1]
	return s, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// count is how many requests have come.
func (s *server) count() (n int64, err error) {
	return n, s.ask("/count", &n)
}

// made is what bench/faulty made of them, by class.
func (s *server) made() (made map[string]int64, err error) {
	return made, s.ask("/made", &made)
}

func (s *server) ask(path string, answer any) error {
	resp, err := http.Get(s.admin + path)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("ask the server for %s: %w", path, err)
	}
	return nil
}

// A generator is a scenario that runs.
type generator struct {
	cmd           *exec.Cmd
	runs          string // directory of its results
	out, problems bytes.Buffer
	done          chan struct{} // closed when it has ended
	err           error
}

func startGenerator(ctx context.Context, path, url string, args ...string) (*generator, error) {
	g := &generator{runs: filepath.Join(filepath.Dir(path), "runs"), done: make(chan struct{})}
	args = append([]string{"-c", "0", path, "--base-url", url, "-o", g.runs, "-q", "--no-report", "--json"}, args...)
	g.cmd = exec.CommandContext(ctx, "taskset", args...)
	g.cmd.Cancel = func() error { return g.cmd.Process.Signal(os.Interrupt) } // it tells what it has
	g.cmd.Stdout, g.cmd.Stderr = &g.out, &g.problems
	if err := g.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the scenario: %w", err)
	}
	go func() {
		defer close(g.done)
		g.err = g.cmd.Wait()
	}()
	return g, nil
}

func (g *generator) pid() int { return g.cmd.Process.Pid }

// wait waits for the end. An interrupted run has a result, too.
func (g *generator) wait() error {
	<-g.done
	if g.err != nil && g.out.Len() == 0 {
		return fmt.Errorf("the scenario: %w: %s", g.err, g.problems.String())
	}
	return nil
}

// A result is what the generator says of its requests.
type result struct {
	Totals struct {
		Requests  int64 `json:"requests"`
		Cancelled int64 `json:"requests_cancelled"`
		Errors    int64 `json:"errors"`
	} `json:"totals"`
	Requests []struct {
		ByClass map[string]int64 `json:"errors_by_class"`
	} `json:"requests"`
	Verdict struct {
		State   string   `json:"state"`
		Reasons []string `json:"reasons"`
	} `json:"verdict"`
}

func (g *generator) result() (r result, err error) {
	if err := json.Unmarshal(g.out.Bytes(), &r); err != nil {
		return r, fmt.Errorf("read the result: %w", err)
	}
	return r, nil
}

// progress is how many requests have ended so far, and how many of them failed,
// as far as they are on disk. A run that has just begun has none.
func (g *generator) progress() (requests, failed int64) {
	r, err := store.Open(g.runs)
	if err != nil {
		return 0, 0
	}
	defer r.Close()
	for s, err := range r.Written() {
		if err != nil {
			continue
		}
		for i := range s.Names {
			if n := &s.Names[i]; n.Stage == metrics.Main {
				requests += int64(n.Count)
				failed += int64(n.Errors())
			}
		}
	}
	return requests, failed
}
