package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	each := flag.Duration("each", 30*time.Second, "how long it is healthy, and then faulty")
	flag.Parse()
	if err := serve(*each); err != nil {
		fmt.Fprintln(os.Stderr, "faulty:", err)
		os.Exit(1)
	}
}

func serve(each time.Duration) error {
	if each < time.Second {
		return fmt.Errorf("-each %v: must be a second at least", each)
	}
	d, err := openDoor()
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := newServer()
	fmt.Println(d.address, admin.Addr())
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(admin, s.report()) }()
	go func() { failed <- s.live(context.Background(), d, each) }()
	return <-failed
}

// live is healthy, faulty and closed in turn, until ctx ends.
func (s *server) live(ctx context.Context, d *door, each time.Duration) error {
	for ctx.Err() == nil {
		s.turn(healthy)
		if err := d.open(s.accept); err != nil {
			return err
		}
		pause(ctx, each)
		s.turn(faulty)
		pause(ctx, each*2/3)
		if err := d.close(); err != nil {
			return err
		}
		s.turn(closed)
		pause(ctx, each/3)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// report serves what the server knows.
func (s *server) report() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, s.read.Load())
	})
	mux.HandleFunc("GET /made", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s.outcomes())
	})
	return mux
}
