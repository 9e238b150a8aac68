//go:build unix

package httpclient

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
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

// An oracle is a connection that always has the answer: what remains is our own
// time.
type oracle struct {
	memory
	text []byte
}

func (o *oracle) Read(p []byte) (int, error) { return copy(p, o.text), nil }

// BenchmarkOverhead is an exchange without a network.
func BenchmarkOverhead(b *testing.B) {
	session, target := fuzzSession(b)
	o := &oracle{text: []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 17:04:49 GMT\r\n" +
		"Content-Type: application/json\r\nContent-Length: 101\r\nConnection: keep-alive\r\n\r\n" + strings.Repeat("x", 101))}
	session.conns = append(session.conns, &conn{target: target, wire: newWire(o, session.watch, &session.client.buffers), last: never})
	request, response := Request{Target: target, Path: []byte("/")}, new(Response)
	for b.Loop() {
		session.conns[0].last = never
		if session.Do(noContext, &request, response); response.Err != nil {
			b.Fatal(response.Err)
		}
	}
}

// BenchmarkThinking has HTTPCLIENT_USERS (1,000) users request HTTPCLIENT_URL
// and think, a second on average, and reports what memory a user takes, the whole
// process divided by users: run it with -benchtime 10x for ten such rounds.
func BenchmarkThinking(b *testing.B) {
	rawURL := os.Getenv("HTTPCLIENT_URL")
	if rawURL == "" {
		rawURL = "http://" + serveFixed(b) + "/"
	}
	users, err := strconv.Atoi(os.Getenv("HTTPCLIENT_USERS"))
	if err != nil {
		users = 1000
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
	start := cpuTime()
	var group, resting sync.WaitGroup
	release := make(chan struct{})
	for range users {
		resting.Add(1)
		group.Go(func() {
			session, response := client.NewSession(nil), new(Response)
			defer session.Close()
			for range b.N {
				time.Sleep(time.Duration(rand.Int64N(int64(2 * time.Second))))
				if session.Do(context.Background(), &request, response); response.Err != nil {
					b.Error(response.Err)
				}
				session.Idle()
			}
			resting.Done()
			<-release
		})
	}
	resting.Wait()
	b.ReportMetric(float64(cpuTime()-start)/float64(users*b.N), "cpu-ns/request")
	b.ReportMetric(float64(residentBytes(b))/1024/float64(users), "KiB/user")
	close(release)
	group.Wait()
}

// residentBytes returns the memory this process holds, or zero where it can not
// be told.
func residentBytes(b *testing.B) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
