package dashboard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// ask is a request to a guarded handler; pairs are header fields.
func ask(h http.Handler, method, target, body string, pairs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.7:4711"
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			r.Host = pairs[i+1]
			continue
		}
		r.Header.Add(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// guarded is a handler behind a guard, as on a loopback address.
func guarded(t *token) *guard {
	return &guard{
		hosts: []string{"load.example"}, origin: http.NewCrossOriginProtection(), token: t,
		next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "in") }),
	}
}

func TestTheGuardLetsInWhoMayCome(t *testing.T) {
	const here = "http://127.0.0.1:8089/"
	posting := []string{"X-LoadForge", "1", "Content-Type", "application/json"}
	with := func(pairs ...string) []string { return append(append([]string{}, posting...), pairs...) }
	for _, c := range []struct {
		says, method, path string
		header             []string
		status             int
	}{
		{"a browser at the address", "GET", "", nil, 200},
		{"by localhost", "GET", "", []string{"Host", "localhost:8089"}, 200},
		{"through a tunnel from another port", "GET", "", []string{"Host", "localhost:9000"}, 200},
		{"by IPv6", "GET", "", []string{"Host", "[::1]:8089"}, 200},
		{"by another loopback address", "GET", "", []string{"Host", "127.4.5.6:8089"}, 200},
		{"by a name it was given", "GET", "", []string{"Host", "LOAD.example.:8089"}, 200},
		{"without a port", "GET", "", []string{"Host", "localhost"}, 200},
		{"a name that leads here (DNS rebinding)", "GET", "", []string{"Host", "evil.example:8089"}, 421},
		{"with its own origin", "GET", "", []string{"Host", "evil.example", "Origin", "http://evil.example"}, 421},
		{"a name that looks like one of ours", "GET", "", []string{"Host", "localhost.evil.example"}, 421},
		{"an address that is not ours", "GET", "", []string{"Host", "192.0.2.1:8089"}, 421},
		{"no name", "GET", "", []string{"Host", ""}, 421},
		{"a link on another site", "GET", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"a script of another site", "GET", "api/v1/page", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a script of another port", "GET", "api/v1/stream", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, 403},
		{"the app", "GET", "api/v1/page", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
		{"anybody who asks whether it is up", "GET", "healthz", []string{"Host", "10.1.2.3:8089"}, 200},
		{"who posts there", "POST", "healthz", with(), 405},
		{"a program that posts", "POST", "api/v1/stop", with(), 200},
		{"the app that posts", "POST", "api/v1/stop", with("Origin", "http://127.0.0.1:8089", "Sec-Fetch-Site", "same-origin"), 200},
		{"with a charset", "POST", "api/v1/stop", []string{"X-LoadForge", "1", "Content-Type", "application/json; charset=utf-8"}, 200},
		{"a post of another site", "POST", "api/v1/stop", with("Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"), 403},
		{"of an older browser", "POST", "api/v1/stop", with("Origin", "http://evil.example"), 403},
		{"of another port", "POST", "api/v1/stop", with("Origin", "http://127.0.0.1:9000"), 403},
		{"of a page by a name that leads here", "POST", "api/v1/stop", with("Host", "evil.example:8089", "Origin", "http://evil.example:8089", "Sec-Fetch-Site", "same-origin"), 421},
		{"of a file", "POST", "api/v1/stop", with("Origin", "null"), 403},
		{"a form that navigates", "POST", "api/v1/stop", with("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"), 403},
		{"a post without the header", "POST", "api/v1/stop", []string{"Content-Type", "application/json"}, 403},
		{"a post of a form", "POST", "api/v1/stop", []string{"X-LoadForge", "1", "Content-Type", "text/plain"}, 415},
		{"a post of nothing known", "POST", "api/v1/stop", []string{"X-LoadForge", "1"}, 415},
		{"another method", "PUT", "api/v1/stop", with(), 405},
		{"a method of its own", "STOP", "", with(), 405},
		{"a preflight", "OPTIONS", "api/v1/stop", []string{"Origin", "http://evil.example", "Access-Control-Request-Method", "POST"}, 405},
	} {
		w := ask(guarded(nil), c.method, here+c.path, "{}", c.header...)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.says, w.Code, c.status, w.Body)
		}
		for _, field := range []string{"Access-Control-Allow-Origin", "Server"} {
			if got := w.Header().Get(field); got != "" {
				t.Errorf("%s: %s is %s", c.says, field, got)
			}
		}
		for field, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
		} {
			if got := w.Header().Get(field); got != want {
				t.Errorf("%s: %s is %q, want %q", c.says, field, got, want)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", c.says, csp)
		}
	}
}

func TestAnAddressOfAnyKindWillDoWhereAllAreServed(t *testing.T) {
	g := guarded(nil)
	g.anyIP = true
	for host, status := range map[string]int{"192.0.2.1:8089": 200, "[2001:db8::1]:8089": 200, "evil.example": 421} {
		if w := ask(g, "GET", "http://x/", "", "Host", host); w.Code != status {
			t.Errorf("%s: status %d, want %d", host, w.Code, status)
		}
	}
}

func TestATokenIsNeeded(t *testing.T) {
	secret := newToken("8089")
	good, cookie := secret.secret, secret.cookie+"="+secret.session
	for _, c := range []struct {
		says, target string
		header       []string
		status       int
	}{
		{"nothing", "/", nil, 401},
		{"a wrong one in the URL", "/?token=guess", nil, 401},
		{"an empty one", "/?token=", nil, 401},
		{"the right one in the URL", "/?token=" + good, nil, 200},
		{"of a run", "/runs/x/?token=" + good, nil, 200},
		{"in the URL of data", "/api/v1/page?token=" + good, nil, 200},
		{"as a bearer", "/api/v1/page", []string{"Authorization", "Bearer " + good}, 200},
		{"a wrong bearer", "/api/v1/page", []string{"Authorization", "Bearer " + good + "x"}, 401},
		{"as a password", "/api/v1/page", []string{"Authorization", "Basic " + good}, 401},
		{"the cookie", "/api/v1/page", []string{"Cookie", cookie}, 200},
		{"the secret as a cookie", "/api/v1/page", []string{"Cookie", secret.cookie + "=" + good}, 401},
		{"the cookie as a bearer", "/api/v1/page", []string{"Authorization", "Bearer " + secret.session}, 401},
		{"whether it is up", "/healthz", nil, 200},
		{"a wrong name, with the token", "/?token=" + good, []string{"Host", "evil.example"}, 421},
	} {
		secret.failures = map[string]time.Time{}
		w := ask(guarded(secret), "GET", "http://localhost"+c.target, "", c.header...)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.says, w.Code, c.status, w.Body)
		}
		if strings.Contains(w.Body.String(), good) {
			t.Errorf("%s: the answer gives the token away", c.says)
		}
	}
	w := ask(guarded(secret), "POST", "http://localhost/api/v1/stop", "{}", "X-LoadForge", "1", "Content-Type", "application/json")
	if w.Code != 401 {
		t.Errorf("a stop without a token: %d", w.Code)
	}
}

func TestTheLinkSetsACookieThatScriptsAndOtherSitesCantUse(t *testing.T) {
	secret := newToken("8089")
	g := guarded(secret)
	w := ask(g, "GET", "http://localhost/?token="+secret.secret, "", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Value == secret.secret {
		t.Fatalf("cookies are %v", cookies)
	}
	if !strings.Contains(w.Body.String(), `content="0; url=./"`) {
		t.Errorf("it leads nowhere: %s", w.Body)
	}
	if w := ask(g, "GET", "http://localhost/", "", "Cookie", cookies[0].Name+"="+cookies[0].Value); w.Body.String() != "in" {
		t.Errorf("the cookie opens nothing: %d %s", w.Code, w.Body)
	}
}

// Who opens the link a second time has the cookie.
func TestTheTokenLeavesTheAddressOfWhoIsIn(t *testing.T) {
	secret := newToken("8089")
	for path, want := range map[string]string{
		"/":                                   "in",
		"/?token=" + secret.secret:            "refresh",
		"/runs/x/?token=" + secret.secret:     "refresh",
		"/?token=of-another-run":              "refresh",
		"/api/v1/page?token=" + secret.secret: "in",
	} {
		w := ask(guarded(secret), "GET", "http://localhost"+path, "", "Cookie", secret.cookie+"="+secret.session)
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
		}
	}
}

func TestWhoGuessesWaits(t *testing.T) {
	secret := newToken("8089")
	g := guarded(secret)
	var got []int
	for range 12 {
		got = append(got, ask(g, "GET", "http://localhost/?token=guess", "").Code)
	}
	if want := "[401 401 401 401 401 401 401 401 401 401 429 429]"; fmt.Sprint(got) != want {
		t.Errorf("twelve guesses get %v, want %v", got, want)
	}
	if w := ask(g, "GET", "http://localhost/?token="+secret.secret, ""); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the right one comes in after too many wrong ones: %d", w.Code)
	}
	if w := ask(g, "GET", "http://localhost/", "", "Cookie", secret.cookie+"="+secret.session); w.Code != 200 {
		t.Errorf("who is in is thrown out: %d", w.Code)
	}
	if secret.barred("198.51.100.1", time.Now()) {
		t.Error("somebody else has to wait, too")
	}
	if secret.barred("203.0.113.7", time.Now().Add(failureEvery)) {
		t.Error("it never ends")
	}
}

func TestStrangersTakeBoundedMemory(t *testing.T) {
	secret := newToken("1")
	now := time.Now()
	for i := range 3 * maxStrangers {
		secret.fail(fmt.Sprint("address ", i), now)
	}
	if n := len(secret.failures); n > maxStrangers {
		t.Errorf("%d addresses are remembered, want at most %d", n, maxStrangers)
	}
	secret.forget(now.Add(time.Hour))
	if n := len(secret.failures); n != 0 {
		t.Errorf("%d are remembered for ever", n)
	}
}

// What a connection does slowly, or too much of, ends it.
func TestConnectionsAreBounded(t *testing.T) {
	live := NewLive(LiveConfig{Run: testRun(), Controls: &puppet{}})
	l := limits{connections: 8, header: 100 * time.Millisecond, request: 300 * time.Millisecond, answer: time.Second, idle: 100 * time.Millisecond}
	server, err := serve(live, ServerConfig{Addr: "127.0.0.1:0"}, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	address := strings.TrimSuffix(strings.TrimPrefix(server.URL(), "http://"), "/")
	post := "POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nX-LoadForge: 1\r\nContent-Type: application/json\r\nConnection: close\r\n"
	for _, c := range []struct{ says, sent, answer string }{
		{"a header that never ends (slow loris)", "GET / HTTP/1.1\r\nHost: localhost\r\nX-", "HTTP/1.1 400 "},
		{"nothing at all", "", ""},
		{"a body that never comes", post + "Content-Length: 10\r\n\r\n{", "HTTP/1.1 400 "},
		{"a body that is too long", post + "Content-Length: 5000\r\n\r\n{\"now\":false" + strings.Repeat(" ", 4988) + "}", "HTTP/1.1 413 "},
		{"a header that is too long", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "HTTP/1.1 400 "},
		{"one that is done and stays", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 200 "},
	} {
		t.Run(c.says, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, c.sent)
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			answer, err := io.ReadAll(conn)
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				t.Error("the connection is still there")
			}
			if line, _, _ := strings.Cut(string(answer), "\r\n"); !strings.HasPrefix(line, c.answer) || c.answer == "" && line != "" {
				t.Errorf("the answer is %q, want %q", line, c.answer)
			}
		})
	}
}

func TestNoMoreConnectionsThanThereIsRoom(t *testing.T) {
	l := usualLimits()
	l.connections = 2
	server, err := serve(NewLive(LiveConfig{}), ServerConfig{Addr: "127.0.0.1:0"}, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	first := deaf(t, server.URL())
	deaf(t, server.URL())
	third := deaf(t, server.URL()) // the system has taken it, the server has not
	_ = third.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("a third connection was served")
	}
	_ = first.Close()
	_ = third.SetReadDeadline(time.Now().Add(10 * time.Second))
	if line, err := bufio.NewReader(third).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 200") {
		t.Errorf("when there is room again it gets %q, %v", line, err)
	}
}
