package httpclient

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCookiesTravel(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			http.SetCookie(w, &http.Cookie{Name: "id", Value: "42", Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "deep", Value: "1", Path: "/a/b"})
			http.SetCookie(w, &http.Cookie{Name: "tls", Value: "1", Secure: true, Path: "/"})
			http.Redirect(w, r, "/a/b/c", http.StatusSeeOther)
			return
		}
		if r.URL.Path == "/logout" {
			http.SetCookie(w, &http.Cookie{Name: "id", MaxAge: -1, Path: "/"})
		}
		_, _ = fmt.Fprint(w, r.Header.Get("Cookie"))
	}))
	defer server.Close()
	client := newClient(t, Config{})
	u := userOf(t, client)
	wantBody(t, u.send(server.URL+"/login", Request{Method: "POST"}), 200, "deep=1; id=42; tls=1")
	wantBody(t, u.get(server.URL+"/x?/a/b"), 200, "id=42; tls=1")
	own := new(Fields)
	_ = own.Add("Cookie", "mine=1")
	_ = own.Add("X-A", "b")
	_ = own.Add("cookie", "more=2")
	wantBody(t, u.send(server.URL+"/x", Request{Header: own}), 200, "id=42; tls=1; mine=1; more=2")
	wantBody(t, u.get(server.URL+"/logout"), 200, "id=42; tls=1")
	wantBody(t, u.get(server.URL+"/x"), 200, "tls=1")
	wantBody(t, userOf(t, client).get(server.URL+"/x"), 200, "")

	u.ClearCookies()
	target, _, _ := ParseTarget(server.URL)
	if err := u.SetCookie(target, "/", &http.Cookie{Name: "a", Value: "b"}); err != nil {
		t.Error(err)
	}
	if got := u.Cookies(target, "/x"); len(got) != 1 || got[0].Name != "a" || got[0].Value != "b" {
		t.Errorf("got cookies %v, want a=b", got)
	}
	wantBody(t, u.get(server.URL+"/x"), 200, "a=b")
	u.Reset()
	wantBody(t, u.get(server.URL+"/x"), 200, "a=b")
	u.ClearCookies()
	wantBody(t, u.get(server.URL+"/x"), 200, "")

	none := newUser(t, Config{NoCookies: true})
	wantBody(t, none.send(server.URL+"/login", Request{Method: "POST"}), 200, "")
}

func TestCookieRules(t *testing.T) {
	tests := []struct{ from, set, to, sent string }{
		{"http://a.test/x/y", "n=v", "http://a.test/x/z", "n=v"},
		{"http://a.test/x/y", "n=v", "http://a.test/xz", ""},
		{"http://a.test/x/y?/z/", "n=v", "http://a.test/x?q", "n=v"},
		{"http://a.test/", "n=v", "http://b.a.test/", ""},
		{"http://b.a.test/", "n=v; Domain=.A.test", "http://c.a.test/", "n=v"},
		{"http://b.a.test/", "n=v; Domain=c.a.test", "http://c.a.test/", ""},
		{"http://b.a.test/", "n=v; Domain=test", "http://c.test/", ""},
		{"http://localhost/", "n=v; Domain=localhost", "http://localhost/", "n=v"},
		{"http://127.0.0.1/", "n=v; Domain=127.0.0.1", "http://127.0.0.1/", "n=v"},
		{"http://127.0.0.1/", "n=v; Domain=0.0.1", "http://127.0.0.1/", ""},
		{"http://127.0.0.1:80/", "n=v", "http://127.0.0.1:81/", "n=v"},
		{"https://a.test/", "n=v; Secure", "http://a.test/", ""},
		{"https://a.test/", "n=v; Secure", "https://a.test/", "n=v"},
		{"http://localhost/", "n=v; Secure", "http://localhost/", "n=v"},
		{"http://127.0.0.1/", "n=v; Secure", "http://127.0.0.1/", "n=v"},
		{"http://a.test/", "n=v; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "http://a.test/", ""},
		{"http://a.test/", "n=v; Max-Age=3600; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "http://a.test/", "n=v"},
		{"http://a.test/", "n=v; Expires=Fri, 31 Dec 9999 23:59:59 GMT", "http://a.test/", "n=v"},
		{"http://a.test/", `n="a b"`, "http://a.test/", `n="a b"`},
		{"http://a.test/", "n", "http://a.test/", ""},
		{"http://a.test/", "n=" + strings.Repeat("x", 5000), "http://a.test/", ""},
	}
	for _, test := range tests {
		var j jar
		from, path, _ := ParseTarget(test.from)
		j.parse(from, path, test.set)
		to, path, _ := ParseTarget(test.to)
		if got := string(j.header(to, []byte(path), Now())); got != test.sent {
			t.Errorf("%s sets %s: %s is sent %q, want %q", test.from, test.set, test.to, got, test.sent)
		}
	}
}

// A cookie that would not be sent as it is, is refused and not kept.
func TestCookiesThatCanNotBeSet(t *testing.T) {
	tests := map[string]http.Cookie{
		"blank":         {Name: "a b", Value: "v"},
		"token":         {Value: "v"},
		"semicolon":     {Name: "a", Value: "x; b=y"},
		"line break":    {Name: "a", Value: "x\r\ny"},
		`"b.test" is`:   {Name: "a", Value: "v", Domain: "b.test"},
		"longer than 4": {Name: "a", Value: strings.Repeat("x", maxCookieSize)},
	}
	u := newUser(t, Config{})
	target, _, _ := ParseTarget("http://a.test")
	for reason, cookie := range tests {
		if err := u.SetCookie(target, "/", &cookie); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("cookie %.40q: got error %v, want one with %q", cookie.Name+"="+cookie.Value, err, reason)
		}
	}
	if got := u.Cookies(target, "/"); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	if err := u.SetCookie(target, "/", &http.Cookie{Name: "a", MaxAge: -1}); err != nil {
		t.Errorf("removing a cookie: %v", err)
	}
}

// A jar is bounded, and the oldest make room.
func TestCookiesAreBounded(t *testing.T) {
	var j jar
	target, _, _ := ParseTarget("http://a.test/")
	for i := range 1000 {
		j.parse(target, "/", fmt.Sprintf("n%d=v", i))
	}
	if len(j.kept) != maxCookies {
		t.Errorf("%d cookies kept, want %d", len(j.kept), maxCookies)
	}
	line := string(j.header(target, slash, Now()))
	if strings.Contains(line, "n0=") || !strings.Contains(line, "n999=") {
		t.Errorf("the wrong ones were kept: %.80s", line)
	}
}

func TestCookiesExpire(t *testing.T) {
	var j jar
	target, _, _ := ParseTarget("http://a.test/")
	j.parse(target, "/", "n=v; Max-Age=60")
	for after, want := range map[time.Duration]string{59 * time.Second: "n=v", 61 * time.Second: ""} {
		if got := string(j.header(target, slash, Now()+int64(after))); got != want {
			t.Errorf("after %v: got %q, want %q", after, got, want)
		}
	}
}

// The same as the standard library's jar, for every sequence of cookies. Only
// later versions of that send secure cookies to this machine: those are not drawn.
func TestCookiesLikeTheStandardLibrary(t *testing.T) {
	hosts := []string{"a.test", "b.a.test", "c.b.a.test", "127.0.0.1"}
	paths := []string{"/", "/x", "/x/", "/x/y", "/xy?/z"}
	rapid.Check(t, func(t *rapid.T) {
		var ours jar
		theirs, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "n") {
			address := rapid.SampledFrom([]string{"http://", "https://"}).Draw(t, "scheme") +
				rapid.SampledFrom(hosts).Draw(t, "host") + rapid.SampledFrom(paths).Draw(t, "path")
			secure := "; Secure"
			if strings.Contains(address, "127") {
				secure = ""
			}
			line := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name") + "=" + rapid.SampledFrom([]string{"1", "2", "", `"q"`}).Draw(t, "value") +
				rapid.SampledFrom([]string{"", "; Path=/x", "; Path=/", "; Path=x"}).Draw(t, "for") +
				rapid.SampledFrom([]string{"", "; Domain=a.test", "; Domain=.b.a.test", "; Domain=127.0.0.1", "; Domain=d.test"}).Draw(t, "domain") +
				rapid.SampledFrom([]string{"", secure, "; Max-Age=0", "; Max-Age=100", "; HttpOnly"}).Draw(t, "more")
			target, path, err := ParseTarget(address)
			if err != nil {
				t.Fatal(err)
			}
			if !ours.knows(target, []byte(path), []byte(line)) {
				ours.parse(target, path, line)
			}
			u, _ := url.Parse(address)
			if cookie, err := http.ParseSetCookie(line); err == nil {
				theirs.SetCookies(u, []*http.Cookie{cookie})
			}
		}
		for _, host := range hosts {
			for _, path := range paths {
				u, _ := url.Parse("http://" + host + path)
				target, path, _ := ParseTarget(u.String())
				request := &http.Request{Header: http.Header{}}
				for _, c := range theirs.Cookies(u) {
					request.AddCookie(c)
				}
				if got, want := string(ours.header(target, []byte(path), Now())), request.Header.Get("Cookie"); got != want {
					t.Fatalf("%s: we send %q, the standard library %q", u, got, want)
				}
			}
		}
	})
}
