package httpclient

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// The steady path allocates nothing, with an observer, a context, cookies and
// fields, and with a body; TLS allocates once, inside crypto/tls.
func TestAllocations(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	fields := new(Fields)
	_ = fields.Add("Authorization", "Bearer x")
	plain := "http://" + serveFixed(t)
	tests := []struct {
		name    string
		url     string
		request Request
		cookie  bool
		want    float64
	}{
		{"GET", plain + "/x", Request{}, false, 0},
		{"GET with a deadline of its own", plain + "/x", Request{Timeout: precise / 2}, false, 0},
		{"GET with fields and cookies", plain + "/x", Request{Header: fields}, true, 0},
		{"POST", plain + "/x", Request{Method: "POST", Body: []byte("{}"), ContentType: "application/json"}, false, 0},
		{"POST of a larger body", plain + "/x", Request{Method: "POST", Body: make([]byte, 3000), ContentType: "application/json"}, false, 0},
		{"GET over TLS", "https://" + helper(t, "tls server") + "/x", Request{}, false, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := newClient(t, Config{Insecure: true})
			observer := &tally{}
			session := client.NewSession(observer)
			defer session.Close()
			target, path, err := ParseTarget(test.url)
			if err != nil {
				t.Fatal(err)
			}
			if test.cookie {
				if err := session.SetCookie(target, path, &http.Cookie{Name: "a", Value: "b"}); err != nil {
					t.Fatal(err)
				}
			}
			request, response := test.request, new(Response)
			request.Target, request.Path = target, []byte(path)
			got := testing.AllocsPerRun(200, func() {
				if session.Do(ctx, &request, response); response.Err != nil {
					t.Fatal(response.Err)
				}
			})
			if got > test.want+raceAllocations {
				t.Errorf("%v allocations a request, want %v", got, test.want)
			}
			if observer.n != 201 || observer.bytes == 0 {
				t.Errorf("observed %d exchanges, %d bytes", observer.n, observer.bytes)
			}
		})
	}
}

type tally struct {
	n     int
	bytes int64
}

func (o *tally) Exchanged(x *Exchange) {
	o.n++
	o.bytes += x.BytesIn
}

// A thinking user costs little: no buffers.
func TestIdleUsersAreSmall(t *testing.T) {
	const users = 200
	server := serve(t, answering(hello))
	client := newClient(t, Config{})
	target, _, _ := ParseTarget("http://" + server.address())
	sessions := make([]*Session, users)
	visit := func() {
		for i := range sessions {
			var response Response
			if sessions[i] == nil {
				sessions[i] = client.NewSession(nil)
			}
			sessions[i].Do(noContext, &Request{Target: target}, &response)
			wantBody(t, &response, 200, "hello")
			sessions[i].Idle()
		}
	}
	before := heap()
	visit()
	each := (heap() - before) / users
	for _, session := range sessions {
		session.Close()
	}
	// The server in this process has two buffers of 4 KiB a connection.
	if each > 13<<10 {
		t.Errorf("an idle user and its server take %d bytes", each)
	}
	for _, session := range sessions {
		if session.in != nil || session.out != nil || session.plain != nil {
			t.Fatal("an idle user keeps a buffer")
		}
	}
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// After Idle everything works as before, with a large body as well.
func TestIdle(t *testing.T) {
	large := strings.Repeat("x", 100<<10)
	config, _ := loopback(t)
	server := serveTLS(t, config, answering("HTTP/1.1 200 OK\r\nContent-Length: 102400\r\n\r\n"+large))
	u := newUser(t, Config{Insecure: true})
	for range 3 {
		wantBody(t, u.get("https://"+server.address()), 200, large)
		u.Idle()
	}
	if server.accepted.Load() != 1 {
		t.Errorf("%d connections, want 1", server.accepted.Load())
	}
}

func TestBuffers(t *testing.T) {
	var pool buffers
	for size, want := range map[int]int{0: 4 << 10, 4 << 10: 4 << 10, 5000: 16 << 10, 1 << 20: 1 << 20, 64<<20 + 1: 64<<20 + 1} {
		b := pool.get(size)
		if len(b.bytes) != want {
			t.Errorf("asked for %d, got %d; want %d", size, len(b.bytes), want)
		}
		pool.put(b)
	}
	for have, least := range map[int]int{4 << 10: 16 << 10, 32 << 20: 64 << 20, 64 << 20: 80 << 20, 80 << 20: 100 << 20} {
		if got := len(pool.extend(&buffer{bytes: make([]byte, have), class: -1}, have).bytes); got < least {
			t.Errorf("%d bytes extended to %d, want %d", have, got, least)
		}
	}
	pool.put(nil)
	b := pool.get(10)
	copy(b.bytes, "hello")
	if grown := pool.grow(b, 5, 100<<10); string(grown.bytes[:5]) != "hello" || len(grown.bytes) < 100<<10 {
		t.Errorf("grown to %d bytes, %q", len(grown.bytes), grown.bytes[:5])
	}
}
