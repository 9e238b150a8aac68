package natsbus

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/loadforge/loadforge/internal/cluster/clustertest"
	"github.com/loadforge/loadforge/internal/wire"
)

// await waits until something is so, which it always comes to.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for late := time.After(30 * time.Second); !so(); {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Fatalf("it never came to it that %s", what)
		}
	}
}

// servers starts NATS servers that are no part of LoadForge: a cluster if there
// are several.
func servers(t *testing.T, n int) []*server.Server {
	t.Helper()
	var all []*server.Server
	ports, routes := doors(t, n)
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprint("s", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
			JetStream: true, StoreDir: t.TempDir(),
		}
		if n > 1 {
			o.Cluster, o.Routes = server.ClusterOpts{Name: "bus", Host: "127.0.0.1", Port: ports[i]}, routes
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		all = append(all, s)
	}
	for _, s := range all {
		if !s.ReadyForConnections(serverReady) {
			t.Fatal("a server does not listen")
		}
	}
	if n > 1 {
		await(t, "the servers are a cluster", func() bool { return peers(all) == n })
	}
	return all
}

// doors are free ports by which servers find each other.
func doors(t *testing.T, n int) (ports []int, routes []*url.URL) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // when all are known, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	return ports, routes
}

// peers is how many servers the leader of a cluster knows, itself included.
func peers(all []*server.Server) int {
	for _, s := range all {
		if s.JetStreamIsLeader() {
			return len(s.JetStreamClusterPeers())
		}
	}
	return 0
}

func urls(all []*server.Server) string {
	var list []string
	for _, s := range all {
		list = append(list, s.ClientURL())
	}
	return strings.Join(list, ",")
}

func TestAnExternalServer(t *testing.T) {
	config := HostConfig{Dir: filepath.Join(t.TempDir(), "bus"), URL: urls(servers(t, 1))}
	host, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := stationOf(ctx, t, host)
	for i := range 3 {
		if err := s.Post(ctx, wire.Frame{Lasting: true, Body: []byte{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if f := <-host.Frames(); f.Address != "w" || !f.Lasting || f.Body[0] != byte(i) {
			t.Errorf("frame %d is %+v", i, f)
		}
	}
	host.Settle(2)
	// A coordinator that begins again gets what the one before had not settled.
	host.Close()
	if host, err = Open(config); err != nil {
		t.Fatal(err)
	}
	if f := <-host.Frames(); f.Body[0] != 2 {
		t.Errorf("after a restart the first frame is %+v, want the third", f)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := host.Finish(); err != nil {
		t.Error(err)
	}
}

func TestSuiteOnAClusterThatLosesAServer(t *testing.T) {
	if os.Getenv("LOADFORGE_FAULTS") == "" {
		t.Skip("it runs in real time, which a busy machine falls behind: make faults")
	}
	all := servers(t, 3)
	bed := newNATSBed(t).(*natsBed)
	bed.config.URL, bed.config.Replicas = urls(all), len(all)
	clustertest.Outage(t, bed, "one of three servers of the bus killed", func() {
		for _, s := range all {
			if s.ClientURL() == bed.host.conn.ConnectedUrl() {
				s.Shutdown() // the one the coordinator talks to
				return
			}
		}
		t.Error("the coordinator is connected to none of the servers")
	})
}
