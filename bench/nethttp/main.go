// Nethttp is a load generator on the client of the standard library, doing the
// least that can be done with it: what generators in Go cost that are built on
// it, before they add anything of their own.
//
//	nethttp -c 50 -d 4s http://127.0.0.1:8080/
//
// It prints how many requests were answered.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	users := flag.Int("c", 50, "users, each with a connection")
	duration := flag.Duration("d", 4*time.Second, "how long")
	think := flag.Duration("think", 0, "mean pause between requests, drawn evenly from half to one and a half of it")
	own := flag.Bool("own", false, "a transport of its own for each user, so that each keeps its connection")
	http2 := flag.Bool("http2", false, "speak HTTP/2, also without TLS")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *duration)
	defer cancel()
	g := generator{url: flag.Arg(0), think: *think}
	shared := transport(*users, *http2)
	var wait sync.WaitGroup
	for range *users {
		client := &http.Client{Transport: shared}
		if *own {
			client.Transport = transport(1, *http2)
		}
		wait.Go(func() { g.user(ctx, client) })
	}
	wait.Wait()
	fmt.Println(g.done.Load())
	if n := g.failed.Load(); n > 0 {
		fmt.Fprintln(os.Stderr, "nethttp:", n, "requests failed")
		os.Exit(1)
	}
}

func transport(connections int, http2 bool) *http.Transport {
	t := &http.Transport{
		MaxIdleConnsPerHost: connections, DisableCompression: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the certificate was made a moment ago
	}
	if http2 {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP2(true)
		t.Protocols.SetUnencryptedHTTP2(true)
	}
	return t
}

type generator struct {
	url          string
	think        time.Duration
	done, failed atomic.Int64
}

// user sends until the time is over, and then finishes what it began.
func (g *generator) user(ctx context.Context, client *http.Client) {
	for g.pause(ctx) {
		if err := g.get(client); err != nil {
			g.failed.Add(1)
			continue
		}
		g.done.Add(1)
	}
}

// pause says whether there is time left after it.
func (g *generator) pause(ctx context.Context) bool {
	if g.think <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(g.think/2 + rand.N(g.think)):
		return true
	case <-ctx.Done():
		return false
	}
}

func (g *generator) get(client *http.Client) error {
	resp, err := client.Get(g.url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
