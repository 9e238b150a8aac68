package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// nginx starts an nginx of its own on free ports.
func (b *bench) nginx(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp(b.work, "nginx-")
	if err != nil {
		return nil, err
	}
	if err := writeCertificate(dir); err != nil {
		return nil, err
	}
	ports, err := freePorts(5)
	if err != nil {
		return nil, err
	}
	config, err := b.nginxConfig(dir, ports)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "taskset", "-c", serverCore, "nginx", "-c", config, "-e", filepath.Join(dir, "error.log"), "-g", "daemon off;")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // killed, it would leave its worker behind
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	s := &server{
		name: "nginx", admin: "http://127.0.0.1:" + ports[4] + "/", read: requestsOf, own: 1,
		addresses: map[protocol]string{
			overHTTP: "127.0.0.1:" + ports[0], overHTTPS: "127.0.0.1:" + ports[1],
			overH2: "127.0.0.1:" + ports[2], overH2C: "127.0.0.1:" + ports[3],
		},
	}
	s.stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	if err := s.await(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
		s.stop()
		return nil, fmt.Errorf("%w: %s", err, log)
	}
	s.pid, err = childOf(cmd.Process.Pid)
	return s, err
}

func (b *bench) nginxConfig(dir string, ports []string) (string, error) {
	template, err := os.ReadFile(filepath.Join(b.files, "nginx.conf"))
	if err != nil {
		return "", err
	}
	text := strings.NewReplacer(
		"@DIR@", dir, "@HTTP@", ports[0], "@HTTPS@", ports[1], "@H2@", ports[2], "@H2C@", ports[3], "@STATUS@", ports[4],
		"@FILES@", strconv.Itoa(maxConnections+1000), "@CONNECTIONS@", strconv.Itoa(maxConnections),
	).Replace(string(template))
	path := filepath.Join(dir, "nginx.conf")
	return path, os.WriteFile(path, []byte(text), 0o644)
}

// maxConnections is what nginx is prepared for.
const maxConnections = 12000

// requestsOf reads the third number of the third line of stub_status: requests.
func requestsOf(status string) (int64, error) {
	lines := strings.Split(status, "\n")
	if len(lines) > 2 {
		if f := strings.Fields(lines[2]); len(f) == 3 {
			return strconv.ParseInt(f[2], 10, 64)
		}
	}
	return 0, fmt.Errorf("no count in the status %q", status)
}

// childOf returns the process that nginx serves with.
func childOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, err
	}
	children := strings.Fields(string(text))
	if len(children) == 0 {
		return 0, errors.New("nginx has no worker process")
	}
	return strconv.Atoi(children[0])
}

// freePorts finds ports that nobody uses now.
func freePorts(n int) (ports []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}
