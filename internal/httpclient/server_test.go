package httpclient

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A fakeServer does on every connection what its script says.
type fakeServer struct {
	listener net.Listener
	requests atomic.Int64 // read by peers
	accepted atomic.Int64

	stopped chan struct{} // closed when the test is over

	mu    sync.Mutex
	peers map[*peer]bool // that are still there
	group sync.WaitGroup
}

// A peer is the server's side of one connection.
type peer struct {
	net.Conn
	server *fakeServer
	reader *bufio.Reader
	number int // of the connection, from 1
}

// serve starts a server; the script runs once for each connection, which is
// closed when it returns.
func serve(t testing.TB, script func(*peer)) *fakeServer {
	t.Helper()
	return serveOn(t, listen(t), script)
}

// serveTLS is serve behind TLS.
func serveTLS(t testing.TB, config *tls.Config, script func(*peer)) *fakeServer {
	t.Helper()
	return serveOn(t, tls.NewListener(listen(t), config), script)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func serveOn(t testing.TB, listener net.Listener, script func(*peer)) *fakeServer {
	s := &fakeServer{listener: listener, stopped: make(chan struct{}), peers: map[*peer]bool{}}
	s.group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.welcome(conn, script)
		}
	})
	t.Cleanup(s.close)
	return s
}

func (s *fakeServer) welcome(conn net.Conn, script func(*peer)) {
	p := &peer{Conn: conn, server: s, reader: bufio.NewReader(conn), number: int(s.accepted.Add(1))}
	s.mu.Lock()
	s.peers[p] = true
	s.mu.Unlock()
	s.group.Go(func() {
		defer s.leave(p)
		script(p)
	})
}

func (s *fakeServer) leave(p *peer) {
	_ = p.Close()
	s.mu.Lock()
	delete(s.peers, p)
	s.mu.Unlock()
}

func (s *fakeServer) close() {
	close(s.stopped)
	_ = s.listener.Close()
	s.mu.Lock()
	for p := range s.peers {
		_ = p.Close()
	}
	s.mu.Unlock()
	s.group.Wait()
}

func (s *fakeServer) address() string { return s.listener.Addr().String() }

// request reads one request and returns its head, or "" if there is none, and
// its body.
func (p *peer) request() (head, body string) {
	head = p.head()
	for line := range strings.SplitSeq(head, "\r\n") {
		if value, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			n, _ := strconv.Atoi(value)
			b := make([]byte, n)
			_, _ = io.ReadFull(p.reader, b)
			body = string(b)
		}
	}
	return head, body
}

// head reads up to the end of a request's header.
func (p *peer) head() string {
	var head strings.Builder
	for {
		line, err := p.reader.ReadString('\n')
		if err != nil {
			return ""
		}
		head.WriteString(line)
		if line == "\r\n" {
			p.server.requests.Add(1)
			return head.String()
		}
	}
}

func (p *peer) say(text string) { _, _ = io.WriteString(p, text) }

// dribble says it byte by byte, as packets of their own.
func (p *peer) dribble(text string) {
	for i := range len(text) {
		p.say(text[i : i+1])
	}
}

// reset closes the connection the hard way.
func (p *peer) reset() {
	if tcp, ok := p.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = p.Close()
}

// halfClose ends what the server says, and goes on listening.
func (p *peer) halfClose() {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// hang waits until the client has gone.
func (p *peer) hang() { _, _ = io.Copy(io.Discard, p.reader) }

// ignore neither reads nor says anything until the test is over.
func (p *peer) ignore() { <-p.server.stopped }

// hello is a complete answer.
const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

// answering returns a script that says the same to every request.
func answering(answer string) func(*peer) {
	return func(p *peer) {
		for {
			if head, _ := p.request(); head == "" {
				return
			}
			p.say(answer)
		}
	}
}

// serveFixed answers every request on every connection with the same small
// page, without allocating, and returns its address.
func serveFixed(t testing.TB) string {
	t.Helper()
	return serve(t, echoFixed).address()
}

func echoFixed(p *peer) {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: fixed\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nHello World\n")
	request := make([]byte, 4096)
	for {
		if _, err := p.Read(request); err != nil {
			return
		}
		if _, err := p.Write(answer); err != nil {
			return
		}
	}
}

// A certificate says what to put into one.
type certificate struct {
	names   []string
	ips     []net.IP
	expired bool
}

// issue makes a self-signed certificate and a pool that trusts it.
func issue(t testing.TB, c certificate) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		DNSNames: c.names, IPAddresses: c.ips, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if c.expired {
		template.NotAfter = time.Now().Add(-24 * time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

// loopback is a good certificate for the servers of these tests.
func loopback(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	cert, pool := issue(t, certificate{names: []string{"localhost"}, ips: []net.IP{net.IPv4(127, 0, 0, 1)}})
	return &tls.Config{Certificates: []tls.Certificate{cert}}, pool
}
