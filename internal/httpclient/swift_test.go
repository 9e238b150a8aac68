package httpclient

import (
	"bytes"
	"strings"
	"testing"
)

// An ordinary answer is taken by the swift road, whatever the request, and what
// is not ordinary is left to the other.
func TestWhatIsSwift(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	tests := []struct {
		name    string
		answer  string
		step    int
		request Request
		want    bool
	}{
		{"GET", ok, 0, Request{}, true},
		{"POST", ok, 0, Request{Method: "POST", Body: []byte("{}"), ContentType: "application/json"}, true},
		{"an error status", strings.Replace(ok, "200", "503", 1), 0, Request{}, true},
		{"no body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, Request{}, true},
		{"in pieces", ok, 7, Request{}, false},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0, Request{Method: "HEAD"}, false},
		{"a redirect", strings.Replace(ok, "200 OK", "302 Found\r\nLocation: /x", 1), 0, Request{}, false},
		{"a cookie", strings.Replace(ok, "\r\n", "\r\nSet-Cookie: a=b\r\n", 1), 0, Request{}, false},
		{"the last answer", strings.Replace(ok, "\r\n", "\r\nConnection: close\r\n", 1), 0, Request{}, false},
		{"HTTP/1.0", strings.Replace(ok, "1.1", "1.0", 1), 0, Request{}, false},
		{"chunked", chunkedHello + "0\r\n\r\n", 0, Request{}, false},
		{"more than was asked for", ok + "!", 0, Request{}, false},
		{"a body to be dropped", ok, 0, Request{DiscardBody: true}, false},
		{"no such method", ok, 0, Request{Method: "G T"}, false},
		{"a large request", ok, 0, Request{Method: "POST", Body: make([]byte, bigRequest)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, target := fuzzSession(t)
			c := open(s, target, &memory{answer: []byte(test.answer), step: test.step})
			r := test.request
			r.Target, r.Path = target, []byte("/")
			if got := s.swiftly(0, &r) == c && s.swift(c, Now(), &r, new(Response)); got != test.want {
				t.Errorf("swift %t, want %t", got, test.want)
			}
		})
	}
}

// open gives a session a connection that it trusts.
func open(s *Session, target *Target, m *memory) *conn {
	s.Reset()
	s.wary = false
	c := &conn{target: target, wire: newWire(m, s.watch, &s.client.buffers), last: never}
	s.conns, s.guarded = append(s.conns, c), c
	return c
}

// FuzzSwift holds that both roads make the same of an answer, with a memo and
// without.
func FuzzSwift(f *testing.F) {
	for _, seed := range []string{
		hello, chunkedHello + "0\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nX-A: b\r\n\r\nabc",
		"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
	} {
		f.Add([]byte(seed), byte(0), byte(0))
		f.Add([]byte(seed), byte(5), byte(1))
	}
	swift, target := fuzzSession(f)
	general, _ := fuzzSession(f)
	f.Fuzz(func(t *testing.T, answer []byte, step, method byte) {
		r := Request{Method: []string{"GET", "HEAD", "POST"}[method%3], Target: target, Path: slash, NoRedirect: true}
		var want, got Response
		open(general, target, &memory{answer: bytes.Clone(answer), step: int(step)})
		general.guarded = nil
		general.Do(noContext, &r, &want)
		kept := len(general.conns) > 0
		r.Memo = new(Memo)
		for range 2 {
			open(swift, target, &memory{answer: bytes.Clone(answer), step: int(step)})
			swift.Do(noContext, &r, &got)
			sameAnswer(t, &got, &want)
			if now := len(swift.conns) > 0; now != kept {
				t.Fatalf("connection kept %t, want %t", now, kept)
			}
		}
	})
}

func sameAnswer(t *testing.T, got, want *Response) {
	t.Helper()
	if (got.Err == nil) != (want.Err == nil) || got.Err != nil && got.Err.Error() != want.Err.Error() || got.Class != want.Class {
		t.Fatalf("error %v (%v), want %v (%v)", got.Err, got.Class, want.Err, want.Class)
	}
	if got.Status != want.Status || got.Proto != want.Proto || !bytes.Equal(got.Body, want.Body) || !bytes.Equal(got.Header.block, want.Header.block) {
		t.Fatalf("got %s %d %q, header %q\nwant %s %d %q, header %q",
			got.Proto, got.Status, got.Body, got.Header.block, want.Proto, want.Status, want.Body, want.Header.block)
	}
	if got.BytesIn != want.BytesIn || got.BytesOut != want.BytesOut || got.Sent != want.Sent || got.Reused != want.Reused {
		t.Fatalf("bytes %d in, %d out, sent %t, reused %t; want %d, %d, %t, %t",
			got.BytesIn, got.BytesOut, got.Sent, got.Reused, want.BytesIn, want.BytesOut, want.Sent, want.Reused)
	}
	if string(got.Path) != string(want.Path) || got.Method != want.Method || got.Target != want.Target || got.Hop != want.Hop {
		t.Fatalf("%s %s, want %s %s", got.Method, got.Path, want.Method, want.Path)
	}
}
