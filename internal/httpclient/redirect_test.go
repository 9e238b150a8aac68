package httpclient

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

// redirector answers /redirect?status=&to= and otherwise says what it was asked.
func redirector(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := readAll(r.Body)
		if r.URL.Path == "/redirect" {
			var status int
			_, _ = fmt.Sscan(r.FormValue("status"), &status)
			if to := r.URL.Query()["to"]; len(to) > 0 {
				w.Header().Set("Location", to[0])
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, "elsewhere")
			return
		}
		_, _ = fmt.Fprintf(w, "%s %s %q %s%s", r.Method, r.URL, body, r.Header.Get("Content-Type"), r.Header.Get("Content-Language"))
	}))
	t.Cleanup(server.Close)
	return server
}

func TestRedirects(t *testing.T) {
	server := redirector(t)
	tests := []struct {
		status       int
		method, body string
		to           string
		want         string
	}{
		{301, "GET", "", "/x", `GET /x "" `},
		{302, "POST", "data", "/x", `GET /x "" `},
		{303, "PUT", "data", "x?y=z#f", `GET /x?y=z "" `},
		{301, "HEAD", "", "/x", ""},
		{307, "POST", "data", "/x", `POST /x "data" text/plain,de`},
		{308, "PATCH", "data", "../y", `PATCH /y "data" text/plain,de`},
		{307, "DELETE", "", "//" + strings.TrimPrefix(server.URL, "http://") + "/z", `DELETE /z "" `},
		{302, "GET", "", server.URL + "/a%20b", `GET /a%20b "" `},
		{304, "GET", "", "/x", ""},
		{300, "GET", "", "/x", "elsewhere"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status, " ", test.method), func(t *testing.T) {
			u := newUser(t, Config{})
			url := fmt.Sprintf("%s/redirect?status=%d&to=%s", server.URL, test.status, strings.ReplaceAll(strings.ReplaceAll(test.to, "%", "%25"), "#", "%23"))
			fields := new(Fields)
			if test.body != "" {
				_ = fields.Add("Content-Language", ",de")
			}
			resp := u.send(url, Request{Method: test.method, Header: fields, Body: []byte(test.body), ContentType: "text/plain"})
			if resp.Err != nil || string(resp.Body) != test.want {
				t.Errorf("got %q, error %v; want %q", resp.Body, resp.Err, test.want)
			}
			if hops := resp.Hop; hops != len(u.log)-1 || (hops == 1) != (test.status != 304 && test.status != 300) {
				t.Errorf("%d hops, %d exchanges observed", hops, len(u.log))
			}
		})
	}
}

func TestRedirectsThatAreNotFollowed(t *testing.T) {
	server := redirector(t)
	url := server.URL + "/redirect?status=302&to=/x"
	u := newUser(t, Config{})
	wantBody(t, u.send(url, Request{NoRedirect: true}), 302, "elsewhere")
	wantBody(t, u.get(server.URL+"/redirect?status=302"), 302, "elsewhere")
	wantBody(t, newUser(t, Config{MaxRedirects: -1}).get(url), 302, "elsewhere")
	if got := u.resp.URL(); got != server.URL+"/redirect?status=302" {
		t.Errorf("URL is %s", got)
	}
}

func TestRedirectsThatLeadNowhere(t *testing.T) {
	loop := serve(t, answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"))
	u := newUser(t, Config{MaxRedirects: 3})
	resp := u.get("http://" + loop.address())
	wantClass(t, resp, metrics.Redirect, "stopped after 3 redirects")
	wantCounted(t, u, loop, 4)
	if resp.Status != 302 || resp.Hop != 3 || u.log[3].Class != metrics.Redirect || u.log[2].Class != metrics.OK {
		t.Errorf("status %d, hop %d, classes %v, %v", resp.Status, resp.Hop, u.log[2].Class, u.log[3].Class)
	}
	for _, location := range []string{"ftp://a.test/", "http://", "http://a b/", "http://a.test:x/", "mailto:a@b.test"} {
		server := serve(t, answering("HTTP/1.1 301 Moved\r\nLocation: "+location+"\r\nContent-Length: 0\r\n\r\n"))
		wantClass(t, newUser(t, Config{}).get("http://"+server.address()), metrics.Redirect, "redirect to a bad address")
	}
}

// An answer that names no place is the last one, as it is in browsers.
func TestARedirectWithoutAPlaceIsAnAnswer(t *testing.T) {
	server := serve(t, answering("HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 5\r\n\r\nhello"))
	wantBody(t, newUser(t, Config{}).get("http://"+server.address()), 302, "hello")
}

// What was meant for one host is not told another.
func TestSecretsStayWithTheirHost(t *testing.T) {
	told := make(chan string, 1)
	other := serve(t, func(p *peer) {
		head, _ := p.request()
		told <- head
		p.say(hello)
	})
	first := serve(t, func(p *peer) {
		for {
			head, _ := p.request()
			switch {
			case head == "":
				return
			case strings.HasPrefix(head, "GET /own "):
				told <- head
				p.say(hello)
			case strings.HasPrefix(head, "GET /to-own "):
				p.say("HTTP/1.1 302 Found\r\nLocation: /own\r\nContent-Length: 0\r\n\r\n")
			default:
				p.say("HTTP/1.1 302 Found\r\nLocation: http://user:pw@" + other.address() + "/\r\nContent-Length: 0\r\n\r\n")
			}
		}
	})
	fields := new(Fields)
	for name, value := range map[string]string{"Authorization": "secret", "Cookie": "secret=1", "Proxy-Authorization": "secret", "X-Kept": "1", "Host": "virtual.test"} {
		_ = fields.Add(name, value)
	}
	for path, wanted := range map[string]bool{"/to-own": true, "/to-other": false} {
		u := newUser(t, Config{})
		wantBody(t, u.send("http://"+first.address()+path, Request{Header: fields}), 200, "hello")
		head := <-told
		if strings.Contains(head, "secret") != wanted || !strings.Contains(head, "X-Kept: 1") {
			t.Errorf("%s: sent %q, secrets wanted: %v", path, head, wanted)
		}
		if !wanted && !strings.Contains(head, "Host: "+other.address()) {
			t.Errorf("the other host is called %q", head)
		}
	}
}

func TestTrusted(t *testing.T) {
	tests := map[[2]string]bool{
		{"http://a.test", "http://a.test"}:           true,
		{"http://a.test", "https://a.test"}:          true,
		{"https://a.test", "http://a.test"}:          false,
		{"http://a.test:81", "https://a.test"}:       false,
		{"http://a.test", "http://a.test:81"}:        false,
		{"http://a.test", "http://b.a.test"}:         false,
		{"https://a.test:1", "https://a.test:1/x/y"}: true,
	}
	for pair, want := range tests {
		from, _, _ := ParseTarget(pair[0])
		to, _, _ := ParseTarget(pair[1])
		if got := trusted(from, to); got != want {
			t.Errorf("%v: got %v, want %v", pair, got, want)
		}
	}
}

// Which redirects lead on and which are the end is told with each exchange.
func TestObserversLearnWhichRedirectsAreFollowed(t *testing.T) {
	server := redirector(t)
	to, nowhere := server.URL+"/redirect?status=302&to=/x", server.URL+"/redirect?status=302"
	loop := "http://" + serve(t, answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")).address()
	tests := []struct {
		name    string
		config  Config
		url     string
		request Request
		want    []bool
	}{
		{"one that is followed", Config{}, to, Request{}, []bool{true, false}},
		{"one that says not where", Config{}, nowhere, Request{}, []bool{false}},
		{"one that the request keeps", Config{}, to, Request{NoRedirect: true}, []bool{false}},
		{"one that the client keeps", Config{MaxRedirects: -1}, to, Request{}, []bool{false}},
		{"one too many", Config{MaxRedirects: 2}, loop, Request{}, []bool{true, true, false}},
		{"an answer", Config{}, server.URL + "/x", Request{}, []bool{false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := newUser(t, test.config)
			resp := u.send(test.url, test.request)
			var got []bool
			for _, x := range u.log {
				got = append(got, x.Followed)
			}
			if !slices.Equal(got, test.want) || resp.Followed {
				t.Errorf("observed %v, want %v; the response says %v", got, test.want, resp.Followed)
			}
		})
	}
}
