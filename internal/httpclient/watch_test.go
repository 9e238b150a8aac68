package httpclient

import (
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestWatchIsACacheLine(t *testing.T) {
	if size := unsafe.Sizeof(watch{}); unsafe.Sizeof(uintptr(0)) == 8 && size != 64 {
		t.Errorf("a watch has %d bytes, want 64", size)
	}
}

func TestNow(t *testing.T) {
	a := Now()
	wall := Epoch().Add(time.Duration(a))
	if b := Now(); b < a || a < 0 {
		t.Errorf("the clock went from %d to %d", a, b)
	}
	if off := time.Since(wall); off < 0 || off > time.Minute {
		t.Errorf("the clock is off by %v", off)
	}
}

// Pokes at any time, as many as there are, end nothing.
func TestPokesDoNoHarm(t *testing.T) {
	config, _ := loopback(t)
	servers := map[string]string{
		"plain": "http://" + serveFixed(t),
		"tls":   "https://" + serveTLS(t, config, echoFixed).address(),
	}
	for name, url := range servers {
		for _, plain := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				client := newClient(t, Config{Insecure: true})
				client.plain = plain
				u := userOf(t, client)
				stop := make(chan struct{})
				var group sync.WaitGroup
				group.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							u.watch.poke()
						}
					}
				})
				for range 300 {
					wantBody(t, u.send(url, Request{Timeout: time.Minute}), 200, "Hello World\n")
					wantBody(t, u.send(url, Request{Timeout: precise / 2}), 200, "Hello World\n")
				}
				close(stop)
				group.Wait()
			})
		}
	}
}

func TestSweeper(t *testing.T) {
	s := newSweeper()
	defer s.close()
	watches := map[*watch]bool{}
	for range 200 {
		watches[s.add()] = true
	}
	if len(watches) != 200 || len(s.blocks) != 4 {
		t.Fatalf("%d watches in %d blocks, want 200 in 4", len(watches), len(s.blocks))
	}
	s.interrupt()
	for w := range watches {
		if !w.cut() {
			t.Fatal("a watch was not interrupted")
		}
		s.remove(w)
	}
	for range 256 {
		if w := s.add(); w.cut() {
			t.Fatal("an interrupt outlived its session")
		}
	}
	if len(s.blocks) != 4 {
		t.Errorf("%d blocks, want 4: they are used again", len(s.blocks))
	}
}

func BenchmarkSweep(b *testing.B) {
	s := newSweeper()
	defer s.close()
	for range 10000 {
		s.add().due.Store(never)
	}
	for b.Loop() {
		s.sweep(0)
	}
}

func BenchmarkParse(b *testing.B) {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 17:04:49 GMT\r\n" +
		"Content-Type: application/json\r\nContent-Length: 101\r\nConnection: keep-alive\r\n\r\n")
	var h head
	for b.Loop() {
		h.begin(0)
		if done, err := h.parse(answer); !done || err != nil {
			b.Fatal(done, err)
		}
	}
}
