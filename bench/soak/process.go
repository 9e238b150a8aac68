package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A server is bench/minimal.
type server struct {
	cmd   *exec.Cmd
	url   string
	admin string
}

func startServer(ctx context.Context, path string) (*server, error) {
	cmd := exec.CommandContext(ctx, "taskset", "-c", "1", path)
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
func (s *server) count() (int64, error) {
	resp, err := http.Get(s.admin + "/count")
	if err != nil {
		return 0, fmt.Errorf("ask the server: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, fmt.Errorf("ask the server: %w", err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// A generator is a scenario that runs.
type generator struct {
	cmd           *exec.Cmd
	runs          string // directory of its results
	out, problems bytes.Buffer
	done          chan struct{} // closed when it has ended
	err           error
}

func startGenerator(ctx context.Context, path, url string, rate int, length time.Duration) (*generator, error) {
	g := &generator{runs: filepath.Join(filepath.Dir(path), "runs"), done: make(chan struct{})}
	g.cmd = exec.CommandContext(ctx, "taskset", "-c", "0", path, "-r", strconv.Itoa(rate), "-d", length.String(),
		"--base-url", url, "-o", g.runs, "-q", "--no-report", "--json")
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

// reported is how many requests it says it sent.
func (g *generator) reported() (int64, error) {
	var result struct {
		Totals struct {
			Requests  int64 `json:"requests"`
			Cancelled int64 `json:"requests_cancelled"`
			Errors    int64 `json:"errors"`
		} `json:"totals"`
	}
	if err := json.Unmarshal(g.out.Bytes(), &result); err != nil {
		return 0, fmt.Errorf("read the result: %w", err)
	}
	t := result.Totals
	if t.Errors > 0 {
		return t.Requests, errors.New(strconv.FormatInt(t.Errors, 10) + " requests failed")
	}
	return t.Requests + t.Cancelled, nil
}
