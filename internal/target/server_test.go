package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"
)

// start runs a Target for the time of a test.
func start(t *testing.T, c Config) (target *Target, url string) {
	t.Helper()
	target = New(c)
	url, stop, err := target.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return target, url
}

// client returns a client that leaves nothing behind.
func client(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar}
}

func fetch(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestARealClientGetsWhatItAskedFor(t *testing.T) {
	_, url := start(t, Config{})
	c := client(t)
	for _, tt := range []struct{ path, want string }{
		{"/gzip", zippedText()}, // the client unpacks it
		{"/chunked/3?ms=1", "chunk 1\nchunk 2\nchunk 3\n"},
		{"/redirect/5", "{\"redirected\":true}\n"},
		{"/cookies/set?a=1&b=2", "{\"cookies\":{\"a\":\"1\",\"b\":\"2\"}}\n"},
		{"/bytes/5", "01234"},
	} {
		if resp, body := fetch(t, c, url+tt.path); resp.StatusCode != 200 || body != tt.want {
			t.Errorf("%s: got %d %q, want %q", tt.path, resp.StatusCode, body, tt.want)
		}
	}
	if resp, body := fetch(t, c, url+"/bytes/200000"); resp.ContentLength != 200_000 || len(body) != 200_000 {
		t.Errorf("got %d bytes of %d, want 200,000", len(body), resp.ContentLength)
	}
	if resp, _ := fetch(t, c, url+"/chunked/2"); len(resp.TransferEncoding) != 1 || resp.TransferEncoding[0] != "chunked" {
		t.Errorf("got transfer encoding %v, want chunked", resp.TransferEncoding)
	}
}

func TestWhatWasSentIsWhatWasCounted(t *testing.T) {
	target, url := start(t, Config{ErrorRate: 0.2})
	const users, each = 8, 200
	var group sync.WaitGroup
	var mu sync.Mutex
	got := map[int]uint64{}
	for range users {
		c := client(t)
		group.Go(func() {
			for i := range each {
				resp, err := c.Get(fmt.Sprintf("%s/products?page=%d", url, i%20))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				mu.Lock()
				got[resp.StatusCode]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	s := target.Stats()
	if s.Total != users*each || s.Status[200] != got[200] || s.Status[500] != got[500] || got[500] == 0 {
		t.Errorf("the server counted %d as %v, the clients %v", s.Total, s.Status, got)
	}
	if s.ConnectionsOpened != users || s.ConnectionsOpen != users {
		t.Errorf("%d connections opened, %d open, want %d", s.ConnectionsOpened, s.ConnectionsOpen, users)
	}
	if n := sum(s.PerSecond); n != users*each {
		t.Errorf("the seconds sum to %d, want %d", n, users*each)
	}
}

// waitFor waits until a condition about the target holds.
func waitFor(t *testing.T, target *Target, what string, holds func(Stats) bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(target.Stats()); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: did not happen, %+v", what, target.Stats())
		}
		<-time.After(time.Millisecond)
	}
}

func inFlight(s Stats) bool { return s.InFlight == 1 }

func TestStoppingFinishesWhatIsInFlight(t *testing.T) {
	target := New(Config{Latency: 200 * time.Millisecond})
	url, stop, err := target.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	c := client(t)
	go func() {
		resp, err := c.Get(url + "/")
		if err != nil {
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	waitFor(t, target, "a request in flight", inFlight)
	stop()
	stop() // again does nothing
	if got := <-status; got != 200 {
		t.Errorf("the request in flight got %d, want 200", got)
	}
	if s := target.Stats(); s.Status[200] != 1 || s.InFlight != 0 || s.ConnectionsOpen != 0 {
		t.Errorf("after the stop got %+v", s)
	}
	if resp, err := c.Get(url + "/"); err == nil {
		resp.Body.Close()
		t.Error("it still answers")
	}
}

func TestStoppingIsBounded(t *testing.T) {
	target := New(Config{Grace: 20 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served, failed := make(chan error, 1), make(chan error, 1)
	go func() { served <- target.Serve(ctx, l) }()
	c := client(t)
	go func() {
		resp, err := c.Get("http://" + l.Addr().String() + "/delay/600000")
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	waitFor(t, target, "a request in flight", inFlight)
	cancel()
	if err := <-served; err != nil {
		t.Errorf("Serve() = %v, want nil", err)
	}
	if err := <-failed; err == nil {
		t.Error("a request that was cut off looks answered")
	}
	if s := target.Stats(); s.Abandoned != 1 || s.InFlight != 0 || s.ConnectionsOpen != 0 {
		t.Errorf("after the stop got %+v", s)
	}
}

func TestAClientThatHangsUpIsAbandoned(t *testing.T) {
	target, url := start(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", url+"/delay/600000", nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	c := client(t)
	go func() {
		resp, err := c.Do(request)
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	waitFor(t, target, "a request in flight", inFlight)
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the client got %v, want that it was cancelled", err)
	}
	waitFor(t, target, "abandoned", func(s Stats) bool { return s.Abandoned == 1 && s.InFlight == 0 })
}

func TestChunksStopWhenTheClientHangsUp(t *testing.T) {
	target, url := start(t, Config{})
	c := client(t)
	resp, err := c.Get(url + "/chunked/100000?ms=5")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	waitFor(t, target, "the end of the request", func(s Stats) bool { return s.InFlight == 0 })
}

func TestListenAndServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Config{}).ListenAndServe(ctx, "127.0.0.1:0"); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestServersThatCannotStartSaySo(t *testing.T) {
	if _, _, err := New(Config{ErrorRate: 7}).Start("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "error rate 7") {
		t.Errorf("with a bad configuration got %v", err)
	}
	if err := New(Config{}).ListenAndServe(t.Context(), "127.0.0.1:-1"); err == nil || !strings.Contains(err.Error(), "starting the target") {
		t.Errorf("with a bad address got %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := New(Config{}).Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "serving the target") {
		t.Errorf("with a closed listener got %v", err)
	}
}
