package httpclient

import (
	"context"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A user is a session with what tests need around it.
type user struct {
	*Session
	t    testing.TB
	mu   sync.Mutex
	log  []Exchange
	resp Response
	open map[string]int // connections by host and address
}

func (u *user) Exchanged(x *Exchange) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.log = append(u.log, *x)
}

func (u *user) Opened(host string, addr netip.Addr) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open == nil {
		u.open = map[string]int{}
	}
	u.open[host+" "+addr.String()]++
}

// newUser returns a user with a client of its own.
func newUser(t testing.TB, config Config) *user {
	t.Helper()
	return userOf(t, newClient(t, config))
}

func newClient(t testing.TB, config Config) *Client {
	t.Helper()
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func userOf(t testing.TB, client *Client) *user {
	t.Helper()
	u := &user{t: t}
	u.Session = client.NewSession(u)
	t.Cleanup(u.Session.Close)
	return u
}

// get requests a URL.
func (u *user) get(url string) *Response {
	u.t.Helper()
	return u.send(url, Request{})
}

// send requests a URL with all else as r has it.
func (u *user) send(url string, r Request) *Response {
	u.t.Helper()
	return u.sendIn(context.Background(), url, r)
}

func (u *user) sendIn(ctx context.Context, url string, r Request) *Response {
	u.t.Helper()
	target, path, err := ParseTarget(url)
	if err != nil {
		u.t.Fatal(err)
	}
	r.Target, r.Path = target, []byte(path)
	u.Do(ctx, &r, &u.resp)
	u.checkTiming()
	return &u.resp
}

// checkTiming holds what is true of every exchange.
func (u *user) checkTiming() {
	u.t.Helper()
	x := &u.resp.Exchange
	for _, part := range []int64{x.DNS, x.Connect, x.TLS, x.TTFB, x.Service, x.BytesIn, x.BytesOut} {
		if part < 0 || x.End < x.Start {
			u.t.Errorf("exchange %+v: a part is negative", x)
		}
	}
	if x.TTFB > x.Service || x.DNS+x.Connect+x.TLS+x.Service > x.End-x.Start {
		u.t.Errorf("timing %+v: the parts are more than the whole", x.Timing)
	}
	if (x.Err == nil) != (x.Class == metrics.OK) {
		u.t.Errorf("class %v with error %v", x.Class, x.Err)
	}
	if u.watch.due.Load() != 0 {
		u.t.Error("the watch is still armed")
	}
}

// wantClass fails unless the response failed like that.
func wantClass(t testing.TB, r *Response, class metrics.Class, message string) {
	t.Helper()
	if r.Class != class || r.Err == nil || !strings.Contains(r.Err.Error(), message) {
		t.Errorf("got class %v, error %v (status %d); want %v, %q", r.Class, r.Err, r.Status, class, message)
	}
}

// wantBody fails unless the response is that.
func wantBody(t testing.TB, r *Response, status int, body string) {
	t.Helper()
	if r.Err != nil || r.Status != status || string(r.Body) != body {
		t.Errorf("got status %d, error %v, body %.80q; want %d, %.80q", r.Status, r.Err, r.Body, status, body)
	}
}

// eventually waits for something another goroutine does.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("timed out: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// pause lets a connection stop being hot.
func pause() { <-time.After(2 * time.Duration(hot)) }

// noContext never ends.
var noContext = context.Background()

func readAll(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	return string(b), err
}
