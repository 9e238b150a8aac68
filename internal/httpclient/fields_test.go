package httpclient

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestFields(t *testing.T) {
	var f Fields
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.Add("Accept", "text/html"))
	must(f.Add("X-A", "1"))
	must(f.Add("x-a", "2"))
	must(f.Set("X-A", "3"))
	must(f.Add("Empty", ""))
	if got, want := string(f.block), "Accept: text/html\r\nX-A: 3\r\nEmpty: \r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.Get("accept") != "text/html" || f.Get("nothing") != "" || f.Len() != len(f.block) {
		t.Errorf("Get or Len is wrong: %q", f.block)
	}
	f.Del("EMPTY")
	f.Del("nothing")
	var other Fields
	other.CopyFrom(&f)
	f.Reset()
	if f.Len() != 0 || string(other.block) != "Accept: text/html\r\nX-A: 3\r\n" {
		t.Errorf("copy is %q, the empty one %q", other.block, f.block)
	}
	other.CopyFrom(nil)
	if other.Len() != 0 {
		t.Error("a copy of nothing is not empty")
	}
}

func TestFieldsRefuse(t *testing.T) {
	tests := map[[2]string]string{
		{"", "x"}:                     "use letters",
		{"X A", "x"}:                  "use letters",
		{"X:", "x"}:                   "use letters",
		{"X\r\nY", "x"}:               "use letters",
		{"X-A", "x\r\nY: z"}:          "line break",
		{"X-A", "x\x00"}:              "line break",
		{"content-length", "5"}:       "leave it out",
		{"Transfer-Encoding", "gzip"}: "leave it out",
	}
	for field, message := range tests {
		var f Fields
		_ = f.Set("X-Old", "kept")
		for _, err := range []error{f.Add(field[0], field[1]), f.Set(field[0], field[1])} {
			if err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("%q: got error %v, want %q", field, err, message)
			}
		}
		if string(f.block) != "X-Old: kept\r\n" {
			t.Errorf("%q left %q behind", field, f.block)
		}
	}
}

// Whatever is added, one request comes out, and net/http reads it back.
func TestRequestsCanNotBeSmuggled(t *testing.T) {
	client := newClient(t, Config{})
	rapid.Check(t, func(t *rapid.T) {
		var fields Fields
		added := map[string][]string{}
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			name := rapid.StringOfN(rapid.SampledFrom([]rune("aXé-: \r\n\x00")), 0, 6, -1).Draw(t, "name")
			value := rapid.StringOfN(rapid.SampledFrom([]rune("aX é\t:\r\n\x00\x7f")), 0, 6, -1).Draw(t, "value")
			if fields.Add(name, value) == nil {
				name = http.CanonicalHeaderKey(name)
				added[name] = append(added[name], strings.Trim(value, " \t"))
			}
		}
		target, _, _ := ParseTarget("http://a.test")
		request := Request{Target: target, Header: &fields, Method: rapid.SampledFrom([]string{"", "GET", "POST", "a b", "X\r\n"}).Draw(t, "method")}
		request.Path = []byte("/" + rapid.StringOfN(rapid.SampledFrom([]rune("a?é% \r\n\t\x00\x7f")), 0, 20, -1).Draw(t, "path"))
		request.ContentType = rapid.StringOfN(rapid.SampledFrom([]rune("a/; \r\n")), 0, 9, -1).Draw(t, "type")
		request.Body = []byte("b\r\n\r\n")
		var c call
		c.begin(&request)
		if c.check() != nil {
			return
		}
		wire := string(c.appendHead(nil, client, []byte("k=v"), false)) + string(request.Body)
		reader := bufio.NewReader(strings.NewReader(wire))
		read, err := http.ReadRequest(reader)
		if err != nil {
			if strings.Contains(err.Error(), "invalid URL escape") {
				return // the path is the caller's to escape
			}
			t.Fatalf("net/http can not read %q: %v", wire, err)
		}
		body, _ := readAll(read.Body)
		if rest := reader.Buffered(); rest != 0 || body != string(request.Body) {
			t.Fatalf("%q is more than one request: body %q, %d bytes left", wire, body, rest)
		}
		for name, values := range added {
			if !slices.Equal(read.Header[name], values) {
				t.Fatalf("field %s: server reads %q, want %q", name, read.Header[name], values)
			}
		}
	})
}

func TestBadRequestsAreNotSent(t *testing.T) {
	server := serve(t, answering(hello))
	target, _, _ := ParseTarget("http://" + server.address())
	tests := map[string]Request{
		"no target":    {Path: []byte("/")},
		"method":       {Target: target, Method: "G T"},
		"method is":    {Target: target, Method: "CONNECT"},
		"content type": {Target: target, Method: "POST", ContentType: "a\nb"},
		"path":         {Target: target, Path: []byte("/a b")},
		"path must":    {Target: target, Path: []byte("http://a.test/")},
		"path must st": {Target: target, Path: []byte("/long enough to be looked at in steps\r\nX: y")},
	}
	for message, request := range tests {
		u := newUser(t, Config{})
		u.Do(noContext, &request, &u.resp)
		wantClass(t, &u.resp, metrics.Check, message)
		if u.resp.Sent || len(u.log) != 0 {
			t.Errorf("%s: sent %v, observed %d times; want false, never", message, u.resp.Sent, len(u.log))
		}
	}
	if n := server.accepted.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// What a request brings replaces what the client would send.
func TestOwnFieldsWin(t *testing.T) {
	heads := make(chan string, 1)
	server := serve(t, func(p *peer) {
		for {
			head, _ := p.request()
			if head == "" {
				return
			}
			heads <- head
			p.say(hello)
		}
	})
	fields := func(pairs ...string) *Fields {
		f := new(Fields)
		for i := 0; i < len(pairs); i += 2 {
			_ = f.Add(pairs[i], pairs[i+1])
		}
		return f
	}
	host := "Host: " + server.address() + "\r\n"
	tests := []struct {
		config  Config
		request Request
		want    string
	}{
		{Config{}, Request{}, "GET / HTTP/1.1\r\n" + host + "User-Agent: loadforge\r\nAccept-Encoding: gzip\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true}, Request{}, "GET / HTTP/1.1\r\n" + host + "\r\n"},
		{Config{UserAgent: "me"}, Request{Header: fields("User-Agent", "you")}, "GET / HTTP/1.1\r\n" + host + "Accept-Encoding: gzip\r\nUser-Agent: you\r\n\r\n"},
		{Config{}, Request{Header: fields("accept-encoding", "br")}, "GET / HTTP/1.1\r\n" + host + "User-Agent: loadforge\r\naccept-encoding: br\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true}, Request{Header: fields("Host", "other.test")}, "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true, NoKeepAlive: true}, Request{}, "GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true, NoKeepAlive: true}, Request{Header: fields("Connection", "close")}, "GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true}, Request{Method: "POST"}, "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true}, Request{Method: "POST", ContentType: "a/b", Header: fields("Content-Type", "c/d")}, "POST / HTTP/1.1\r\n" + host + "Content-Type: c/d\r\nContent-Length: 0\r\n\r\n"},
		{Config{UserAgent: "-", NoCompression: true}, Request{Method: "DELETE"}, "DELETE / HTTP/1.1\r\n" + host + "\r\n"},
	}
	for _, test := range tests {
		u := newUser(t, test.config)
		wantBody(t, u.send("http://"+server.address(), test.request), 200, "hello")
		if got := <-heads; got != test.want {
			t.Errorf("sent\n%q, want\n%q", got, test.want)
		}
		if closes := strings.Contains(test.want, "Connection: close"); closes == (len(u.conns) == 1) {
			t.Errorf("%q: %d connections kept", test.want, len(u.conns))
		}
	}
}
