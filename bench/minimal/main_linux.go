package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

func main() {
	ip := flag.String("address", "127.0.0.1", "IPv4 address to serve")
	loops := flag.Int("loops", 1, "how many threads serve, each with connections of its own")
	arrivals := flag.Int("arrivals", 0, "note the times of so many requests of the first loop")
	flag.Parse()
	if err := serve(*ip, *loops, *arrivals); err != nil {
		fmt.Fprintln(os.Stderr, "minimal:", err)
		os.Exit(1)
	}
}

func serve(ip string, loops, arrivals int) error {
	debug.SetGCPercent(-1)        // nothing is allocated once it runs
	runtime.GOMAXPROCS(1 + loops) // the kernel, not the runtime, shares the cores out
	s, err := open(ip, loops, arrivals)
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(netip.AddrPortFrom(netip.AddrFrom4(s[0].address.Addr), uint16(s[0].address.Port)), admin.Addr())
	failed := make(chan error, 1+loops)
	go func() { failed <- http.Serve(admin, s.report()) }()
	for _, l := range s {
		go func() {
			runtime.LockOSThread()
			failed <- l.run()
		}()
	}
	return <-failed
}

// A server is loops at the same address.
type server []*loop

func open(ip string, loops, arrivals int) (s server, err error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil || !addr.Is4() {
		return nil, fmt.Errorf("-address %s: must be an IPv4 address", ip)
	}
	address := syscall.SockaddrInet4{Addr: addr.As4()}
	for range loops {
		l, err := newLoop(address, loops > 1, arrivals)
		if err != nil {
			return nil, err
		}
		address.Port, arrivals = l.address.Port, 0
		s = append(s, l)
	}
	return s, nil
}

func (s server) count() (n int64) {
	for _, l := range s {
		n += l.count.Load()
	}
	return n
}

// report serves what the loops have noted.
func (s server) report() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, s.count())
	})
	mux.HandleFunc("GET /arrivals", func(w http.ResponseWriter, _ *http.Request) {
		out, first := bufio.NewWriter(w), s[0]
		for i := range min(int(first.count.Load()), len(first.arrivals)) {
			fmt.Fprintln(out, first.arrivals[i])
		}
		_ = out.Flush()
	})
	return mux
}
