package loadforge

import (
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/pattern"
)

// BenchmarkIteration is all that a request costs in this process, from the
// template to the recorded sample: an iteration of one user. The answer comes
// from the same process over a socket in the file system. What is sent there has
// arrived at once, so the two goroutines take turns in the same order each time,
// and their instructions can be counted: .ci/guard does.
func BenchmarkIteration(b *testing.B) {
	for name, run := range iterations() {
		b.Run(name, func(b *testing.B) {
			iterate := soleUser(b, run)
			b.ReportAllocs()
			for b.Loop() {
				iterate()
			}
		})
	}
}

// iterations are what users do: the tasks of the scenarios in bench.
func iterations() map[string]func(*VU) error {
	return map[string]func(*VU) error{
		"plain": func(vu *VU) error { return vu.Get("/items/1").Err() },
		"rich": func(vu *VU) error {
			resp := vu.Get("/items/{id}", vu.Rand.IntN(1000))
			vu.Check("status is 200", resp.Status == http.StatusOK)
			vu.Check("item has a price", resp.JSON("price").Int() > 0)
			return resp.Err()
		},
	}
}

func TestIterationDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools drop what is put into them")
	}
	const n = 1000
	for name, most := range map[string]float64{
		"plain": n / 20,   // pages of the recorder, now and then
		"rich":  n + n/20, // and a value of a path that is boxed for the call
	} {
		iterate := soleUser(t, iterations()[name])
		many := func() {
			for range n {
				iterate()
			}
		}
		if allocs := testing.AllocsPerRun(1, many); allocs > most {
			t.Errorf("%s: got %v allocations in %d iterations, want at most %v", name, allocs, n, most)
		}
	}
}

// soleUser makes the one user of a test and connects it. What it returns is an
// iteration of that user, as the engine has it done.
func soleUser(tb testing.TB, run func(*VU) error) (iterate func()) {
	tb.Helper()
	plan, err := Test{
		BaseURL: "http://bench.test", HTTP: HTTP{UnixSocket: socketServer(tb)},
		Load: []Load{Func("bench", run).Users(pattern.Constant{Level: 1, For: time.Hour})},
	}.plan(cli.Target{}, cli.Target{}, env(nil))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(plan.Close)
	recorder := metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"bench"}})
	user := plan.Loads[0].New(tb.Context(), engine.Identity{}, engine.Env{Start: time.Now(), Recorder: recorder, Users: 1})
	if err := user.Setup(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = user.Teardown() })
	n := int64(0)
	iterate = func() {
		if err := user.Run(engine.Iteration{Number: n, Key: uint64(n)}); err != nil {
			tb.Fatal(err)
		}
		n++
	}
	iterate()
	return iterate
}

// socketServer answers every request with the item of bench/minimal, and
// returns the path of its socket.
func socketServer(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "socket")
	listener, err := net.Listen("unix", path)
	if err != nil {
		tb.Fatal(err)
	}
	var server sync.WaitGroup
	server.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server.Go(func() { answerItems(conn.(*net.UnixConn)) })
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		server.Wait()
	})
	return path
}

// answerItems takes whatever comes at once for a request. It makes its system
// calls past the scheduler, as the client does: one that the scheduler knows of
// may make it start a thread.
func answerItems(conn *net.UnixConn) {
	defer conn.Close()
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	answer := []byte("HTTP/1.1 200 OK\r\nServer: minimal\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\n" +
		"Content-Type: application/json\r\nContent-Length: 101\r\nConnection: keep-alive\r\n\r\n" +
		`{"id":1,"name":"anvil","price":1999,"stock":7,"tags":["heavy","iron"],"description":"hardly breaks "}`)
	buffer := make([]byte, 4096)
	_ = raw.Read(func(fd uintptr) (end bool) {
		for {
			n, errno := direct(syscall.SYS_READ, fd, buffer)
			if errno == syscall.EAGAIN {
				return false
			}
			if n == 0 || errno != 0 {
				return true
			}
			if n, _ = direct(syscall.SYS_WRITE, fd, answer); n < len(answer) {
				return true
			}
		}
	})
}

func direct(call, fd uintptr, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
