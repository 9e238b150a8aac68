package httpclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A misdeed is what a server does wrong with a request, and what the client has
// to make of it.
type misdeed struct {
	name  string
	do    func(*peer)
	class metrics.Class
	waits bool   // until the client gives up
	leads string // to there, instead of doing anything: the connection is kept
}

// misdeeds are asked for by their number, as /7.
var misdeeds = []misdeed{
	{name: "reset after the request", do: (*peer).reset, class: metrics.Reset},
	{name: "closed after the request", do: (*peer).hangUp, class: metrics.Reset},
	{name: "half closed after the request", do: func(p *peer) { p.halfClose(); p.hang() }, class: metrics.Reset},
	{name: "silence", do: (*peer).hang, class: metrics.Timeout, waits: true},
	{name: "a header byte by byte", do: says("HTTP/1.1 200 OK\r\nX: ", drip), class: metrics.Timeout, waits: true},
	{name: "a body byte by byte", do: says("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", drip), class: metrics.Timeout, waits: true},
	{name: "garbage", do: says("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n"), class: metrics.Protocol},
	{name: "a bad status line", do: says("HTTP/1.1 OK 200\r\n\r\n"), class: metrics.Protocol},
	{name: "two lengths", do: says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), class: metrics.Protocol},
	{name: "a negative length", do: says("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), class: metrics.Protocol},
	{name: "an endless header", do: says("HTTP/1.1 200 OK\r\n", pour("X-More: of the same\r\n")), class: metrics.Protocol},
	{name: "an endless field", do: says("HTTP/1.1 200 OK\r\nX: ", pour("and so on ")), class: metrics.Protocol},
	{name: "endless interim answers", do: says("", pour("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")), class: metrics.Protocol},
	{name: "endless chunks", do: says(chunkedHello, pour("5\r\nhello\r\n")), class: metrics.Body},
	{name: "an endless chunk", do: says(chunkedHello+"7fffffffffffffff\r\n", pour("hello")), class: metrics.Body},
	{name: "an endless body", do: says("HTTP/1.1 200 OK\r\n\r\n", pour("hello")), class: metrics.Body},
	{name: "endless trailers", do: says(chunkedHello+"0\r\n", pour("X-More: of the same\r\n")), class: metrics.Protocol},
	{name: "a gzip bomb", do: saysGzip(zeros), class: metrics.Body},
	{name: "no gzip", do: says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), class: metrics.Body},
	{name: "half a gzip", do: saysGzip(zeros[:len(zeros)/2]), class: metrics.Body},
	{name: "a short body", do: says("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), class: metrics.Body},
	{name: "a bad chunk", do: says(chunkedHello + "5\r\nhello\r\nx\r\n"), class: metrics.Protocol},
	{name: "a redirect to itself", class: metrics.Redirect, leads: "?"}, // whatever was asked for
	{name: "a redirect to nowhere", class: metrics.Redirect, leads: "http://[::1"},
}

// zeros are 64 MiB of them, packed.
var zeros = func() []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	for range 64 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	_ = w.Close()
	return b.Bytes()
}()

// says returns what says a text and then does more.
func says(text string, more ...func(*peer)) func(*peer) {
	said := []byte(text)
	return func(p *peer) {
		_, _ = p.Write(said)
		for _, do := range more {
			do(p)
		}
		_ = p.Close()
	}
}

func saysGzip(body []byte) func(*peer) {
	return says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

// drip says a byte now and then until nobody listens.
func drip(p *peer) {
	for _, err := p.Write([]byte{'x'}); err == nil; _, err = p.Write([]byte{'x'}) {
		<-time.After(5 * time.Millisecond)
	}
}

// pour returns what says the same until nobody listens.
func pour(text string) func(*peer) {
	much := bytes.Repeat([]byte(text), 1+16<<10/len(text))
	return func(p *peer) {
		if tcp, ok := p.Conn.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(len(much)) // what is under way is for nothing
		}
		for _, err := p.Write(much); err == nil; {
			_, err = p.Write(much)
		}
	}
}

func (p *peer) hangUp() { _ = p.Close() }

// misbehave answers each request with the misdeed it asks for, and /ok well.
func misbehave(p *peer) {
	for {
		head, _ := p.request()
		if head == "" {
			return
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(head, "GET /"), " ")
		n, err := strconv.Atoi(strings.TrimSuffix(path, "?"))
		switch {
		case err != nil:
			p.say(hello)
		case misdeeds[n].leads != "":
			p.say("HTTP/1.1 302 Found\r\nLocation: " + misdeeds[n].leads + "\r\nContent-Length: 0\r\n\r\n")
		default:
			misdeeds[n].do(p)
			return
		}
	}
}

// Ten thousand faulty answers of all kinds come to what they should, disturb no
// answer that is good, and leave nothing behind: no connection, no descriptor,
// no goroutine, no memory.
func TestTenThousandFaultyAnswersLeaveNothing(t *testing.T) {
	faults, users := 10_000, 32
	if raceAllocations > 0 || testing.Short() {
		faults = 1000
	}
	config, _ := loopback(t)
	before := held()
	t.Run("onslaught", func(t *testing.T) {
		o := onslaught{
			plain:   "http://" + serve(t, misbehave).address(),
			refuses: "http://" + refusing(t),
			resets:  "http://" + serve(t, (*peer).reset).address(),
			closes:  "https://" + serve(t, (*peer).hangUp).address(),
			mute:    "https://" + serve(t, (*peer).hang).address(),
			expired: "https://" + serveTLS(t, config, answering(hello)).address(),
			client:  newClient(t, Config{MaxHeader: 16 << 10, MaxBody: 256 << 10, TLS: &tls.Config{}}),
		}
		var group sync.WaitGroup
		for n := range users {
			group.Go(func() { o.suffer(t, n, faults/users) })
		}
		group.Wait()
	})
	eventually(t, "everything given back", func() bool { return held().within(before) })
}

// refusing is an address nobody listens on.
func refusing(t *testing.T) string {
	l := listen(t)
	defer l.Close()
	return l.Addr().String()
}

// An onslaught is a client and all that attacks it.
type onslaught struct {
	client                                        *Client
	plain, refuses, resets, closes, mute, expired string
}

// suffer is a user that asks for one fault after the other, and after each for
// something good.
func (o *onslaught) suffer(t *testing.T, user, faults int) {
	session := o.client.NewSession(nil)
	defer session.Close()
	var resp Response
	for n := range faults {
		url, class, waits := o.fault(user + n)
		target, path, err := ParseTarget(url)
		if err != nil {
			t.Error(err)
			return
		}
		r := Request{Target: target, Path: []byte(path)}
		if waits {
			r.Timeout = 20 * time.Millisecond
		}
		if session.Do(context.Background(), &r, &resp); resp.Class != class {
			t.Errorf("%s: got class %v, %v; want %v", url, resp.Class, resp.Err, class)
		}
		good, _, _ := ParseTarget(o.plain)
		session.Do(context.Background(), &Request{Target: good, Path: []byte("/ok")}, &resp)
		if resp.Err != nil || string(resp.Body) != "hello" {
			t.Errorf("after %s: got %q, %v; want hello", url, resp.Body, resp.Err)
		}
	}
}

// fault is the nth fault: where it is, and what it is to be.
func (o *onslaught) fault(n int) (url string, class metrics.Class, waits bool) {
	switch n %= len(misdeeds) + 5; n - len(misdeeds) {
	case 0:
		return o.refuses, metrics.Connect, false
	case 1:
		return o.resets, metrics.Reset, false
	case 2:
		return o.closes, metrics.Reset, false
	case 3:
		return o.mute, metrics.Timeout, true
	case 4:
		return o.expired, metrics.TLS, false // its authority is not known
	}
	return fmt.Sprintf("%s/%d", o.plain, n), misdeeds[n].class, misdeeds[n].waits
}

// A holding is what a process has.
type holding struct{ goroutines, descriptors, heap int }

func held() holding {
	runtime.GC()
	runtime.GC() // pools keep what they have for one collection
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holding{goroutines: runtime.NumGoroutine(), heap: int(m.HeapAlloc)}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		h.descriptors = len(entries)
	}
	return h
}

// within reports whether there is no more than before. A megabyte is what the
// runtime and the log of the test may keep.
func (h holding) within(before holding) bool {
	return h.goroutines <= before.goroutines && h.descriptors <= before.descriptors && h.heap <= before.heap+1<<20
}

// Whatever a server sends, and however much of it, it takes the memory that the
// limits allow and no more.
func TestMemoryIsBoundedWhateverComes(t *testing.T) {
	const mega = 1 << 20
	field := pour("X-More: of the same\r\n")
	tests := []struct {
		name   string
		script func(*peer)
		config Config
		limit  int
	}{
		{"a header of 64 MB", says("HTTP/1.1 200 OK\r\n", field), Config{}, 2 * mega},
		{"interim answers of 64 MB", says("", pour("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")), Config{}, 2 * mega},
		{"trailers of 64 MB", says(chunkedHello+"0\r\n", field), Config{}, 2 * mega},
		{"a body without end", says("HTTP/1.1 200 OK\r\n\r\n", pour("hello")), Config{MaxBody: mega}, 8 * mega},
		{"chunks without end", says(chunkedHello, pour("5\r\nhello\r\n")), Config{MaxBody: mega}, 8 * mega},
		{"a length of 4 EB", says("HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\n", pour("hello")), Config{MaxBody: mega}, mega},
		{"a gzip bomb", saysGzip(zeros), Config{MaxBody: mega}, 8 * mega},
	}
	for _, test := range tests {
		for _, discard := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, " ", discard), func(t *testing.T) {
				server := serve(t, func(p *peer) { p.request(); test.script(p) })
				u := newUser(t, test.config)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				r := Request{DiscardBody: discard}
				if discard {
					r.Timeout = 200 * time.Millisecond // a body that nobody keeps has no limit but that
				}
				resp := u.send("http://"+server.address(), r)
				runtime.ReadMemStats(&after)
				if resp.Err == nil && !discard {
					t.Errorf("got status %d and %d bytes", resp.Status, len(resp.Body))
				}
				if took := int(after.TotalAlloc - before.TotalAlloc); took > test.limit {
					t.Errorf("it took %d bytes, want %d at most", took, test.limit)
				}
			})
		}
	}
}
