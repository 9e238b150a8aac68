package httpclient

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// Whatever a server does with the requests it reads, both sides count the same.
func TestCountsAreEqual(t *testing.T) {
	const users, requests = 8, 60
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	var leaving atomic.Int64 // connections that close without a word, after an answer
	server := serve(t, func(p *peer) {
		for {
			if head, _ := p.request(); head == "" {
				return
			}
			how := draw(9)
			if how == 8 {
				leaving.Add(1)
				p.say(hello)
				p.Close()
				leaving.Add(-1)
				return
			}
			if !p.mistreat(how) {
				return
			}
		}
	})
	client := newClient(t, Config{Timeout: 100 * time.Millisecond, MaxRedirects: 5})
	var group sync.WaitGroup
	everybody := make([]*user, users)
	for i := range everybody {
		u := userOf(t, client)
		everybody[i] = u
		group.Go(func() {
			for k := range requests {
				u.send(fmt.Sprintf("http://%s/%d", server.address(), k), Request{Method: []string{"GET", "POST"}[k%2], Body: make([]byte, k%2*100)})
				// What a server does a moment after its answer can not be known when
				// the next request leaves: let it be seen.
				for wait := true; wait; wait = leaving.Load() > 0 {
					pause()
				}
				for _, c := range u.conns {
					c.last = 0
				}
			}
		})
	}
	group.Wait()
	var sent, failed int64
	classes := map[metrics.Class]int{}
	for _, u := range everybody {
		for _, x := range u.log {
			classes[x.Class]++
			if x.Sent {
				sent++
			}
			if x.Class.IsError() {
				failed++
			}
		}
	}
	if got := server.requests.Load(); got != sent || sent < users*requests {
		t.Errorf("server counted %d, observer %d", got, sent)
	}
	for _, class := range []metrics.Class{metrics.OK, metrics.Timeout, metrics.Reset, metrics.Protocol, metrics.Body} {
		if classes[class] == 0 {
			t.Errorf("class %v did not happen: %v", class, classes)
		}
	}
}

// mistreat does one of eight things to a client and reports whether the
// connection lives.
func (p *peer) mistreat(how int) bool {
	switch how {
	case 0:
		p.say(hello)
	case 1:
		p.say(chunkedHello + "5\r\nhello\r\n0\r\n\r\n")
	case 2:
		p.say("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
	case 3:
		p.say("HTTP/1.0 200 OK\r\n\r\nto the end")
		return false
	case 4:
		p.reset()
		return false
	case 5:
		p.say(strings.Replace(hello, "5", "50", 1))
		return false
	case 6:
		p.say("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
	case 7:
		p.hang()
		return false
	}
	return true
}
