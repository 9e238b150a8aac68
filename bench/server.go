package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A protocol is what is spoken to a server.
type protocol string

const (
	overHTTP  protocol = "HTTP"
	overHTTPS protocol = "HTTPS"
	overH2    protocol = "HTTP/2 over TLS"
	overH2C   protocol = "HTTP/2 without TLS"
)

// A server is what generators are measured against.
type server struct {
	name      string
	addresses map[protocol]string
	pid       int    // of the process that serves
	admin     string // URL that tells the count
	read      func(answer string) (int64, error)
	own       int64 // by how many the asking itself raises the count
	stop      func()
}

// settled waits until the server has done what an earlier generator left behind,
// and returns the count from which to go on.
func (s *server) settled() (before int64, err error) {
	const pause, most = 50 * time.Millisecond, 5 * time.Second
	for range most / pause {
		now, err := s.count()
		if err != nil {
			return 0, err
		}
		if now-before == s.own {
			return now, nil
		}
		before = now
		time.Sleep(pause)
	}
	return 0, fmt.Errorf("%s does not come to rest", s.name)
}

// since returns how many requests came since before.
func (s *server) since(before int64) (int64, error) {
	now, err := s.count()
	return now - before - s.own, err
}

func (s *server) count() (int64, error) {
	text, err := get(s.admin)
	if err != nil {
		return 0, fmt.Errorf("ask %s for its count: %w", s.name, err)
	}
	return s.read(text)
}

func get(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// url returns where to send requests.
func (s *server) url(p protocol) string {
	if p == overHTTPS || p == overH2 {
		return "https://" + s.addresses[p]
	}
	return "http://" + s.addresses[p]
}

// minimal starts the server of package minimal on the server's core.
func (b *bench) minimal(ctx context.Context, flags ...string) (*server, error) {
	return b.minimalOn(ctx, serverCore, flags...)
}

func (b *bench) minimalOn(ctx context.Context, cores string, flags ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, "taskset", append([]string{"-c", cores, filepath.Join(b.bin, "minimal")}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start minimal: %w", err)
	}
	s := &server{name: "minimal", pid: cmd.Process.Pid, read: func(text string) (int64, error) {
		return strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	}}
	s.stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addresses := strings.Fields(line)
	if err != nil || len(addresses) != 2 {
		s.stop()
		return nil, fmt.Errorf("minimal did not start: it said %q", line)
	}
	s.addresses = map[protocol]string{overHTTP: addresses[0]}
	s.admin = "http://" + addresses[1] + "/count"
	return s, nil
}

var errNotUp = errors.New("it did not come up within 5 s")

// await waits until a server answers.
func (s *server) await() error {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := s.count(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("start %s: %w", s.name, errNotUp)
}
