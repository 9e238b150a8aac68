package httpclient

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A nameServer answers questions over UDP with its reply of the moment.
type nameServer struct {
	conn  net.PacketConn
	reply atomic.Pointer[nameReply]
	asked atomic.Int64
}

// A nameReply is what a name server says.
type nameReply struct {
	addrs  []netip.Addr
	code   dnsmessage.RCode
	silent bool
}

func serveNames(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return s
}

func (s *nameServer) serve() {
	question := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(question)
		if err != nil {
			return
		}
		s.asked.Add(1)
		if reply := s.reply.Load(); !reply.silent {
			if answer, err := reply.to(question[:n]); err == nil {
				_, _ = s.conn.WriteTo(answer, from)
			}
		}
	}
}

// to is the reply to a question.
func (r *nameReply) to(question []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(question)
	if err != nil {
		return nil, err
	}
	asked, err := p.Question()
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RCode: r.code})
	_ = b.StartQuestions()
	_ = b.Question(asked)
	_ = b.StartAnswers()
	for _, addr := range r.addrs {
		head := dnsmessage.ResourceHeader{Name: asked.Name, Class: dnsmessage.ClassINET, TTL: 1}
		_ = b.AResource(head, dnsmessage.AResource{A: addr.As4()})
	}
	return b.Finish()
}

// lookup asks this server alone.
func (s *nameServer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
	return resolver.LookupNetIP(ctx, "ip4", host)
}

// A name whose addresses come and go is followed: each connection goes to where
// the name leads then and is counted there, and a name that leads nowhere for a
// while fails the requests of that while.
func TestNamesThatFlap(t *testing.T) {
	port := "" // the same on each address
	at := func(ip string) netip.Addr {
		listener, err := net.Listen("tcp", net.JoinHostPort(ip, cmp.Or(port, "0")))
		if err != nil {
			t.Skipf("a server at %s: %v", ip, err)
		}
		_, port, _ = net.SplitHostPort(listener.Addr().String())
		serveOn(t, listener, answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"+ip))
		return netip.MustParseAddr(ip)
	}
	a, b := at("127.0.0.2"), at("127.0.0.3")
	nobody := netip.MustParseAddr("127.0.0.4")
	names := serveNames(t)
	u := newUser(t, Config{Lookup: names.lookup, LookupTTL: -1, NoKeepAlive: true, ConnectTimeout: 500 * time.Millisecond})
	for _, step := range []struct {
		says  string
		reply nameReply
		from  string // who answers; "" if it fails
		class metrics.Class
		why   string
	}{
		{"one address", nameReply{addrs: addrs("127.0.0.2")}, a.String(), metrics.OK, ""},
		{"another one", nameReply{addrs: addrs("127.0.0.3")}, b.String(), metrics.OK, ""},
		{"the name is gone", nameReply{code: dnsmessage.RCodeNameError}, "", metrics.DNS, "no such host"},
		{"it is back", nameReply{addrs: addrs("127.0.0.2")}, a.String(), metrics.OK, ""},
		{"the server fails", nameReply{code: dnsmessage.RCodeServerFailure}, "", metrics.DNS, "name lookup failed"},
		{"an address where nobody is", nameReply{addrs: []netip.Addr{nobody}}, "", metrics.Connect, "connection refused"},
		{"nobody, and somebody", nameReply{addrs: []netip.Addr{nobody, b}}, b.String(), metrics.OK, ""},
		{"the server is silent", nameReply{silent: true}, "", metrics.Timeout, "looking up the name"},
		{"all is well", nameReply{addrs: addrs("127.0.0.3")}, b.String(), metrics.OK, ""},
	} {
		t.Run(step.says, func(t *testing.T) {
			names.reply.Store(&step.reply)
			before := names.asked.Load()
			resp := u.get("http://flap.test:" + port)
			if step.class == metrics.OK {
				wantBody(t, resp, 200, step.from)
			} else {
				wantClass(t, resp, step.class, step.why)
			}
			if names.asked.Load() == before {
				t.Error("nobody asked for the name")
			}
		})
	}
	want := map[string]int{"flap.test 127.0.0.2": 2, "flap.test 127.0.0.3": 3}
	if !maps.Equal(u.open, want) {
		t.Errorf("connections were opened to %v, want %v", u.open, want)
	}
}
