package httpclient

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// What one answer brought can be sent by the next request, whatever comes in
// while it is being sent.
func TestAnswersCanBeSentOn(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/get":
			var size int
			_, _ = fmt.Sscan(r.FormValue("size"), &size)
			writeZipped(w, bytes.Repeat([]byte("0123456789"), size/10), r.FormValue("zip") != "")
		case "/again":
			w.Header().Set("Location", "/echo")
			w.WriteHeader(http.StatusTemporaryRedirect)
			_, _ = w.Write(bytes.Repeat([]byte("elsewhere"), 1000))
		case "/early":
			_ = http.NewResponseController(w).EnableFullDuplex()
			_, _ = w.Write(bytes.Repeat([]byte("early"), 1000))
			w.(http.Flusher).Flush()
			body, _ := readAll(r.Body)
			_, _ = fmt.Fprint(w, len(body), body)
		default:
			body, _ := readAll(r.Body)
			writeZipped(w, []byte(body), r.FormValue("zip") != "")
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	roads := map[string]struct {
		url    string
		config Config
	}{
		"plain":  {plain.URL, Config{}},
		"TLS":    {server.URL, Config{Insecure: true}},
		"HTTP/2": {server.URL, Config{Insecure: true, Protocol: HTTP2}},
	}
	for name, road := range roads {
		for _, from := range []string{"/get?size=100", "/get?size=100&zip=1", "/get?size=100000", "/get?size=100000&zip=1", "/get?size=2000000"} {
			for _, to := range []string{"/echo", "/echo?zip=1", "/again"} {
				for _, expect := range []bool{false, true} {
					t.Run(fmt.Sprint(name, from, " to ", to, " expecting ", expect), func(t *testing.T) {
						u := newUser(t, road.config)
						resp := u.get(road.url + from)
						want := string(resp.Body)
						for range 2 {
							resp = u.send(road.url+to, Request{Method: "POST", Body: resp.Body, Expect100: expect})
							wantBody(t, resp, 200, want)
						}
					})
				}
			}
		}
	}
	t.Run("an answer that comes before the request has left", func(t *testing.T) {
		u := newUser(t, roads["HTTP/2"].config)
		resp := u.get(server.URL + "/get?size=2000000")
		want := string(bytes.Repeat([]byte("early"), 1000)) + "2000000" + string(resp.Body)
		wantBody(t, u.send(server.URL+"/early", Request{Method: "POST", Body: resp.Body}), 200, want)
	})
}

func writeZipped(w http.ResponseWriter, body []byte, zip bool) {
	if !zip {
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write(body)
	_ = z.Close()
}

// A path taken from an answer is still there when the request has been observed.
func TestPathsCanComeFromAnAnswer(t *testing.T) {
	server := serve(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n/where"))
	u := newUser(t, Config{})
	wantBody(t, u.get("http://"+server.address()), 200, "/where")
	target := u.resp.Target
	u.Do(noContext, &Request{Target: target, Path: u.resp.Body}, &u.resp)
	if got := string(u.resp.Path); got != "/where" {
		t.Errorf("path is %q", got)
	}
}
