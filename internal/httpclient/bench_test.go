//go:build unix

package httpclient

import (
	"context"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLoad drives the server at HTTPCLIENT_URL from as many sessions as
// HTTPCLIENT_USERS says (50) and reports CPU per request, to be compared with
// other tools against the same server:
//
//	HTTPCLIENT_URL=http://127.0.0.1:8080/ taskset -c 0 go test -run - -bench Load ./internal/httpclient
//
// Without a URL it drives a server in the same process, whose CPU is then
// counted too.
func BenchmarkLoad(b *testing.B) {
	rawURL := os.Getenv("HTTPCLIENT_URL")
	if rawURL == "" {
		rawURL = "http://" + serveFixed(b) + "/"
	}
	users, err := strconv.Atoi(os.Getenv("HTTPCLIENT_USERS"))
	if err != nil {
		users = 50
	}
	client, err := New(Config{Insecure: true, Protocol: benchProtocol()})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	target, path, err := ParseTarget(rawURL)
	if err != nil {
		b.Fatal(err)
	}
	request := Request{Target: target, Path: []byte(path)}
	sessions := make([]*Session, users)
	for i := range sessions {
		sessions[i] = client.NewSession(nil)
		defer sessions[i].Close()
		var response Response
		if sessions[i].Do(context.Background(), &request, &response); response.Err != nil {
			b.Fatal(response.Err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	before, start := cpuTime(), time.Now()
	share(sessions, b.N, func(s *Session, response *Response) {
		if s.Do(context.Background(), &request, response); response.Err != nil {
			b.Error(response.Err)
		}
	})
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "req/s")
}

func benchProtocol() Protocol {
	if os.Getenv("HTTPCLIENT_HTTP2") != "" {
		return HTTP2
	}
	return HTTP1
}

// share has the sessions do n requests in all.
func share(sessions []*Session, n int, do func(*Session, *Response)) {
	var group sync.WaitGroup
	for i, session := range sessions {
		count := n / len(sessions)
		if i < n%len(sessions) {
			count++
		}
		group.Go(func() {
			var response Response
			for range count {
				do(session, &response)
			}
		})
	}
	group.Wait()
}

// cpuTime returns what this process has used, user and system.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
