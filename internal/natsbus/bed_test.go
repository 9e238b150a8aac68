package natsbus

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/cluster/clustertest"
	"github.com/loadforge/loadforge/internal/wire"
)

// A cable is a worker's connections, which a test can cut: nothing gets through
// then, and nothing is lost when it heals, as with TCP.
type cable struct {
	off atomic.Bool
}

func (c *cable) Dial(network, address string) (net.Conn, error) {
	if c.off.Load() {
		return nil, errors.New("the cable is cut")
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return &cabled{Conn: conn, cable: c}, nil
}

type cabled struct {
	net.Conn
	cable  *cable
	closed atomic.Bool
}

func (c *cabled) wait() {
	for c.cable.off.Load() && !c.closed.Load() {
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *cabled) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.wait()
	return n, err
}

func (c *cabled) Write(b []byte) (int, error) {
	c.wait()
	return c.Conn.Write(b)
}

func (c *cabled) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// A natsBed is the suite's bed over real connections of loopback.
type natsBed struct {
	t      *testing.T
	dir    string
	config HostConfig

	mu        sync.Mutex
	host      *Host
	transport *wire.Transport
	stations  map[string]*Station
	links     []*wire.Link
	cables    map[string]*cable
	loss      atomic.Uint64 // per mille
}

func newNATSBed(t *testing.T) clustertest.Bed {
	b := &natsBed{t: t, dir: t.TempDir(), stations: map[string]*Station{}, cables: map[string]*cable{}}
	b.config = HostConfig{Dir: filepath.Join(b.dir, "bus")}
	return b
}

func (b *natsBed) Transport() cluster.Transport {
	b.mu.Lock()
	defer b.mu.Unlock()
	host, err := Open(b.config)
	if err != nil {
		b.t.Error(err)
		return cluster.NewMemory()
	}
	b.host, b.transport = host, wire.NewTransport(host)
	return b.transport
}

func (b *natsBed) Link(name string) cluster.Link {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before := b.stations[name]; before != nil {
		_ = before.Close()
	}
	if b.cables[name] == nil {
		b.cables[name] = new(cable)
	}
	join, err := b.host.Join(Anybody, time.Hour)
	if err != nil {
		b.t.Error(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	s, err := Dial(ctx, StationConfig{
		Join: join, Worker: name, Dir: filepath.Join(b.dir, name), Dial: b.cables[name],
		LoseAck: func() bool { return rand.Uint64N(1000) < b.loss.Load() },
	})
	if err != nil {
		b.t.Error(err)
		return cluster.NewMemory().Join(name)
	}
	b.stations[name] = s
	link := wire.NewLink(s)
	b.links = append(b.links, link)
	return link
}

func (b *natsBed) Cut(name string, off bool) { b.cables[name].off.Store(off) }
func (b *natsBed) LoseAcks(share float64)    { b.loss.Store(uint64(1000 * share)) }

func (b *natsBed) Crash() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.host.Close()
	b.transport.Close()
}

func (b *natsBed) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.links {
		l.Close()
	}
	for name, s := range b.stations {
		b.cables[name].off.Store(false)
		_ = s.Close()
	}
	b.transport.Close()
	if err := b.host.Finish(); err != nil {
		b.t.Error(err)
	}
}

func TestSuite(t *testing.T) {
	if os.Getenv("LOADFORGE_FAULTS") == "" {
		t.Skip("it runs in real time, which a busy machine falls behind: make faults")
	}
	clustertest.Run(t, newNATSBed, false)
}

func TestChaos(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("LOADFORGE_CHAOS"))
	if err != nil {
		t.Skip("it runs in real time, for as long as LOADFORGE_CHAOS says: make chaos")
	}
	clustertest.Chaos(t, newNATSBed, false, length, uint64(time.Now().UnixNano()))
}
