package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	arrivals := flag.Int("arrivals", 0, "note the times of so many requests")
	flag.Parse()
	if err := serve(*arrivals); err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

func serve(arrivals int) error {
	debug.SetGCPercent(-1) // nothing is allocated once it runs
	l, err := newLoop(arrivals)
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.address, admin.Addr())
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(admin, l.report()) }()
	go func() {
		runtime.LockOSThread()
		failed <- l.run()
	}()
	return <-failed
}

// report serves what the loop has noted.
func (l *loop) report() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, l.count.Load())
	})
	mux.HandleFunc("GET /arrivals", func(w http.ResponseWriter, _ *http.Request) {
		out := bufio.NewWriter(w)
		for i := range min(int(l.count.Load()), len(l.arrivals)) {
			fmt.Fprintln(out, l.arrivals[i])
		}
		_ = out.Flush()
	})
	return mux
}
