package target

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadforge/loadforge/internal/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ask sends one request to a handler, without a network.
func ask(t *Target, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	t.Handler().ServeHTTP(w, r)
	return w
}

func TestRoutesAnswer(t *testing.T) {
	token := newToken(7, "a@example.com")
	for _, tt := range []struct {
		name    string
		request string // method and path
		body    string
		header  []string
		status  int
		want    string // in the body
		headers string // "Name: value" that is wanted
	}{
		{name: "the front page lists the routes", request: "GET /", status: 200, want: "/products/{id}", headers: "Content-Type: text/html; charset=utf-8"},
		{name: "products without a page is page 0", request: "GET /products", status: 200, want: `{"items":[{"id":1,`},
		{name: "page 1 begins with product 21", request: "GET /products?page=1", status: 200, want: `{"items":[{"id":21,`, headers: "Content-Type: application/json"},
		{name: "page is found among others", request: "GET /products?sort=x&page=49", status: 200, want: `{"items":[{"id":981,`},
		{name: "the page after the last is empty", request: "GET /products?page=50", status: 200, want: `{"items":[]}`},
		{name: "a page far out is empty", request: "GET /products?page=999999", status: 200, want: `{"items":[]}`},
		{name: "a negative page is refused", request: "GET /products?page=-1", status: 400, want: "page is not a number"},
		{name: "a page that is no number is refused", request: "GET /products?page=x", status: 400},
		{name: "a product", request: "GET /products/1000", status: 200, want: `{"id":1000,"name":"`},
		{name: "an unknown product", request: "GET /products/1001", status: 404},
		{name: "product 0", request: "GET /products/0", status: 404},
		{name: "a product that is no number", request: "GET /products/x", status: 404},
		{name: "a login", request: "POST /login", body: `{"email":"a@example.com","password":"p"}`, status: 200, want: `{"token":"` + token + `"}`},
		{name: "a login without password", request: "POST /login", body: `{"email":"a@example.com"}`, status: 401},
		{name: "a login with nothing", request: "POST /login", status: 401},
		{name: "a login with the wrong password", request: "POST /login", body: `{"email":"a","password":"wrong"}`, status: 401},
		{name: "a login that is no JSON", request: "POST /login", body: `email=a`, status: 400},
		{name: "a login by GET", request: "GET /login", status: 405, headers: "Allow: POST, OPTIONS"},
		{name: "what the login allows", request: "OPTIONS /login", status: 204, headers: "Allow: POST, OPTIONS"},
		{name: "a logout", request: "POST /logout", status: 204},
		{name: "an order without a token", request: "POST /orders", body: `{}`, status: 401, headers: `Www-Authenticate: Bearer realm="shop"`},
		{name: "an order with somebody's token", request: "POST /orders", body: `{}`, header: []string{"Authorization", "Bearer " + strings.Repeat("0", 32)}, status: 401},
		{name: "an order with a token of the wrong length", request: "POST /orders", body: `{}`, header: []string{"Authorization", "Bearer x"}, status: 401},
		{name: "an order with a token of wrong digits", request: "POST /orders", body: `{}`, header: []string{"Authorization", "Bearer " + strings.Repeat("X", 32)}, status: 401},
		{name: "an order with a half token", request: "POST /orders", body: `{}`, header: []string{"Authorization", "Bearer " + token[:16] + strings.Repeat("X", 16)}, status: 401},
		{name: "an order that is no JSON", request: "POST /orders", body: `{`, header: []string{"Authorization", "Bearer " + token}, status: 400},
		{name: "an order", request: "POST /orders", body: `{"product":1}`, header: []string{"Authorization", "Bearer " + token}, status: 201, want: `{"id":1}`, headers: "Location: /orders/1"},
		{name: "that order", request: "GET /orders/1", status: 200, want: `{"id":1,"status":"packed"}`},
		{name: "an order that was not placed", request: "GET /orders/2", status: 404},
		{name: "a deal", request: "GET /deals/500", status: 200, want: `"id":500`, headers: "X-Cache: HIT"},
		{name: "an unknown deal", request: "GET /deals/0", status: 404},
		{name: "a webhook", request: "POST /webhooks/stripe", body: "x", status: 202, want: `{"accepted":true}`},
		{name: "a body that is too long", request: "POST /webhooks/stripe", body: strings.Repeat("x", maxBody+1), status: 413},
		{name: "a status", request: "GET /status/418", status: 418, want: `{"status":418}`},
		{name: "a status without a body", request: "DELETE /status/204", status: 204},
		{name: "a status that redirects", request: "GET /status/307", status: 307, headers: "Location: /"},
		{name: "a status that asks for a password", request: "GET /status/401", status: 401, headers: `Www-Authenticate: Basic realm="target"`},
		{name: "a status that is not final", request: "GET /status/100", status: 400, want: "expected a number from 200 to 599"},
		{name: "no delay", request: "PUT /delay/0", status: 200, want: `{"delay_ms":0}`},
		{name: "a delay that is none", request: "GET /delay/long", status: 400},
		{name: "bytes", request: "GET /bytes/3", status: 200, want: "012", headers: "Content-Length: 3"},
		{name: "no bytes", request: "GET /bytes/0", status: 200, headers: "Content-Length: 0"},
		{name: "too many bytes", request: "GET /bytes/104857601", status: 400},
		{name: "chunks", request: "GET /chunked/3", status: 200, want: "chunk 1\nchunk 2\nchunk 3\n"},
		{name: "chunks with a senseless gap", request: "GET /chunked/2?ms=-5", status: 200, want: "chunk 1\nchunk 2\n"},
		{name: "chunks that are none", request: "GET /chunked/x", status: 400},
		{name: "never flaky", request: "GET /flaky/0", status: 200, want: `{"ok":true}`},
		{name: "always flaky", request: "GET /flaky/100", status: 503},
		{name: "flaky without sense", request: "GET /flaky/101", status: 400},
		{name: "a redirect", request: "GET /redirect/2", status: 302, headers: "Location: /redirect/1"},
		{name: "a redirect that keeps the method", request: "POST /redirect/2?status=307", status: 307, headers: "Location: /redirect/1?status=307"},
		{name: "the end of a redirect", request: "GET /redirect/0", status: 200, want: `{"redirected":true}`},
		{name: "a redirect that is none", request: "GET /redirect/1?status=200", status: 400},
		{name: "a redirect to nowhere", request: "GET /redirect/-1", status: 400},
		{name: "setting a cookie", request: "GET /cookies/set?a=1", status: 302, headers: "Set-Cookie: a=1; Path=/"},
		{name: "cookies", request: "GET /cookies", header: []string{"Cookie", "a=1; b=2"}, status: 200, want: `{"cookies":{"a":"1","b":"2"}}`},
		{name: "the right password", request: "GET /basic-auth/u/p", header: []string{"Authorization", "Basic dTpw"}, status: 200, want: `{"authenticated":true,"user":"u"}`},
		{name: "the wrong user", request: "GET /basic-auth/x/p", header: []string{"Authorization", "Basic dTpw"}, status: 401},
		{name: "no password", request: "GET /basic-auth/u/p", status: 401, headers: `Www-Authenticate: Basic realm="target"`},
		{name: "a user without a password in the path", request: "GET /basic-auth/u", status: 404},
		{name: "an unknown page", request: "GET /nothing", status: 404, want: "no such page"},
		{name: "a route without its placeholder", request: "GET /status/", status: 404},
		{name: "an unknown method on any route", request: "BREW /status/200", status: 200},
		{name: "statistics by POST", request: "POST /_target/stats", status: 405, headers: "Allow: GET, HEAD, OPTIONS"},
		{name: "a reset by GET", request: "GET /_target/reset", status: 405, headers: "Allow: POST, OPTIONS"},
		{name: "no trace", request: "GET /_target/arrivals", status: 200, want: "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := New(Config{Seed: 7})
			if tt.name == "that order" {
				target.orders.Add(1)
			}
			method, path, _ := strings.Cut(tt.request, " ")
			got := ask(target, method, path, tt.body, tt.header...)
			if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.want) {
				t.Errorf("got %d %q, want %d with %q", got.Code, got.Body, tt.status, tt.want)
			}
			if name, value, ok := strings.Cut(tt.headers, ": "); ok && got.Header().Get(name) != value {
				t.Errorf("got %s: %s, want %s", name, got.Header().Get(name), value)
			}
		})
	}
}

func TestEchoAnswersWhatWasSent(t *testing.T) {
	target := New(Config{})
	for _, tt := range []struct {
		body, text, base64 string
	}{
		{"héllo", "héllo", ""},
		{"", "", ""},
		{"\xff\x00", "", "/wA="},
	} {
		w := ask(target, "PATCH", "/echo/a%20b?x=1&x=2", tt.body, "Cookie", "c=d", "X-One", "1")
		var got Echo
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Method != "PATCH" || got.Path != "/echo/a b" || got.Host != "example.com" || got.Proto != "HTTP/1.1" {
			t.Errorf("got %+v", got)
		}
		if x := got.Query["x"]; len(x) != 2 || x[1] != "2" || got.Headers.Get("X-One") != "1" || got.Cookies["c"] != "d" {
			t.Errorf("got query %v, headers %v, cookies %v", got.Query, got.Headers, got.Cookies)
		}
		if got.Body != tt.text || got.BodyBase64 != tt.base64 {
			t.Errorf("body %q came back as %q, %q", tt.body, got.Body, got.BodyBase64)
		}
	}
}

func TestProductsAreWellFormed(t *testing.T) {
	target := New(Config{})
	seen := 0
	for page := range 50 {
		var list struct {
			Items []struct {
				ID    int
				Name  string
				Price float64
			}
		}
		w := ask(target, "GET", fmt.Sprintf("/products?page=%d", page), "")
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			seen++
			if item.ID != seen || item.Name == "" || item.Price < 1.99 || item.Price >= 300 {
				t.Fatalf("product %d is %+v", seen, item)
			}
		}
	}
	if seen != productCount {
		t.Errorf("got %d products, want %d", seen, productCount)
	}
}

func TestCacheHitsAreAShare(t *testing.T) {
	for _, tt := range []struct {
		share     float64
		low, high int // misses of 10,000
	}{
		{0, 1, 15}, // 5 expected
		{1, 0, 0},
		{-1, 10_000, 10_000},
		{0.9, 900, 1100},
	} {
		target, misses := New(Config{CacheHits: tt.share}), 0
		for range 10_000 {
			if ask(target, "GET", "/deals/1", "").Header().Get("X-Cache") == "MISS" {
				misses++
			}
		}
		if misses < tt.low || misses > tt.high {
			t.Errorf("share %v: got %d misses, want %d to %d", tt.share, misses, tt.low, tt.high)
		}
	}
}

func TestErrorRateIsAShareAndRepeats(t *testing.T) {
	run := func(seed uint64) (failures int, fates string) {
		target := New(Config{ErrorRate: 0.1, Seed: seed})
		for range 10_000 {
			if ask(target, "GET", "/", "").Code == 500 {
				failures++
				fates += "x"
			}
			fates += "."
		}
		return failures, fates
	}
	failures, first := run(1)
	if failures < 900 || failures > 1100 {
		t.Errorf("got %d errors in 10,000, want about 1,000", failures)
	}
	if _, second := run(1); first != second {
		t.Error("the same seed gave other errors")
	}
	if _, other := run(2); first == other {
		t.Error("another seed gave the same errors")
	}
}

// took returns how long a request takes, for use in a synctest bubble.
func took(t *Target, method, path string, header ...string) time.Duration {
	begin := time.Now()
	ask(t, method, path, "{}", header...)
	return time.Since(begin)
}

func TestLatencyIsAsConfigured(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		if got := took(New(Config{}), "GET", "/"); got != 0 {
			t.Errorf("the zero Config took %v", got)
		}
		if got := took(New(Config{Latency: 30 * time.Millisecond}), "GET", "/"); got != 30*time.Millisecond {
			t.Errorf("got %v, want 30ms", got)
		}
		if got := took(New(Config{Latency: 30 * time.Millisecond}), "GET", "/delay/70"); got != 100*time.Millisecond {
			t.Errorf("a delay took %v, want 100ms", got)
		}
		if got := took(New(Config{}), "GET", "/chunked/3?ms=20"); got != 40*time.Millisecond {
			t.Errorf("three chunks took %v, want 40ms", got)
		}
		jittery := New(Config{Latency: 20 * time.Millisecond, Jitter: 30 * time.Millisecond})
		slowest, fastest := time.Duration(0), time.Hour
		for range 1000 {
			d := took(jittery, "GET", "/")
			slowest, fastest = max(slowest, d), min(fastest, d)
		}
		if fastest != 0 || slowest < 48*time.Millisecond || slowest > 50*time.Millisecond {
			t.Errorf("with jitter got %v to %v, want 0 to almost 50ms", fastest, slowest)
		}
	})
}

func TestRealisticLatencyDependsOnTheSeedAlone(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		run := func(seed uint64) (all []time.Duration) {
			target := New(Config{Realistic: true, Seed: seed})
			bearer := "Bearer " + newToken(seed, "a")
			for range 500 {
				all = append(all, took(target, "POST", "/orders", "Authorization", bearer), took(target, "GET", "/products"))
			}
			return all
		}
		first, second, other := run(1), run(1), run(2)
		if fmt.Sprint(first) != fmt.Sprint(second) {
			t.Error("the same seed gave other latencies")
		}
		if fmt.Sprint(first) == fmt.Sprint(other) {
			t.Error("another seed gave the same latencies")
		}
	})
}

func TestRealisticOrdersHaveASlowTailAndFailNowAndThen(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Realistic: true, Seed: 1})
		bearer := "Bearer " + newToken(1, "a")
		var below38, above150 int
		for range 10_000 {
			d := took(target, "POST", "/orders", "Authorization", bearer)
			if d < 38*time.Millisecond {
				below38++
			}
			if d > 150*time.Millisecond {
				above150++
			}
		}
		if below38 < 4500 || below38 > 5100 {
			t.Errorf("%d of 10,000 below the median", below38)
		}
		if above150 < 200 || above150 > 400 {
			t.Errorf("%d of 10,000 in the tail, want about 300", above150)
		}
		if broken := target.Stats().Status[503]; broken < 20 || broken > 60 {
			t.Errorf("%d of 10,000 failed, want about 40", broken)
		}
	})
}

func TestRealisticCacheMissesAreSlower(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		if got := took(New(Config{Realistic: true, CacheHits: -1}), "GET", "/deals/1"); got < 40*time.Millisecond {
			t.Errorf("a miss took %v, want more than 40ms", got)
		}
		if got := took(New(Config{Realistic: true, CacheHits: 1}), "GET", "/deals/1"); got > 20*time.Millisecond {
			t.Errorf("a hit took %v, want about 4ms", got)
		}
	})
}

func TestCapacityMakesASpikeQueueAndThenRefuses(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Capacity: 100, MaxQueue: time.Second})
		type result struct {
			status int
			took   time.Duration
		}
		results := make(chan result, 200)
		for range cap(results) {
			go func() {
				begin := time.Now()
				w := ask(target, "GET", "/", "")
				results <- result{w.Code, time.Since(begin)}
			}()
		}
		var answered, refused int
		var slowest time.Duration
		for range cap(results) {
			r := <-results
			switch r.status {
			case 200:
				answered++
				slowest = max(slowest, r.took)
			case 503:
				refused++
			}
		}
		if answered != 101 || refused != 99 || slowest != time.Second {
			t.Errorf("got %d answered, the slowest in %v, %d refused; want 101, 1s, 99", answered, slowest, refused)
		}
		if got := took(target, "GET", "/"); got != 10*time.Millisecond {
			t.Errorf("a request right after that waited %v, want 10ms: 1.01 s of work was queued 1 s ago", got)
		}
		time.Sleep(time.Second)
		if got := took(target, "GET", "/"); got != 0 {
			t.Errorf("with the queue drained a request waited %v", got)
		}
	})
}

func TestAClientThatLeavesIsCounted(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		for _, path := range []string{"/", "/delay/60000", "/deals/1"} {
			target := New(Config{Latency: time.Second, Realistic: true, CacheHits: -1})
			for _, after := range []time.Duration{500 * time.Millisecond, 1030 * time.Millisecond} {
				ctx, cancel := context.WithTimeout(t.Context(), after)
				defer cancel()
				w := httptest.NewRecorder()
				target.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", path, nil))
				if path == "/" {
					break
				}
			}
			s := target.Stats()
			if s.Abandoned == 0 || s.Abandoned != s.Total || s.Status[499] != s.Total || s.InFlight != 0 {
				t.Errorf("%s: got %+v, want every request abandoned", path, s)
			}
		}
	})
}

func TestABodyThatBreaksOff(t *testing.T) {
	target := New(Config{})
	w := httptest.NewRecorder()
	broken := io.MultiReader(strings.NewReader("x"), &failingReader{})
	target.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/webhooks/x", broken))
	if w.Code != http.StatusBadRequest {
		t.Errorf("got %d, want 400", w.Code)
	}

	ctx, cancel := context.WithCancel(t.Context())
	body := io.MultiReader(strings.NewReader("x"), &failingReader{before: cancel})
	target.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/webhooks/x", body))
	if got := target.Stats().Abandoned; got != 1 {
		t.Errorf("got %d abandoned, want 1", got)
	}
}

// A failingReader is a client that breaks off in the middle of the body.
type failingReader struct{ before func() }

func (r *failingReader) Read([]byte) (int, error) {
	if r.before != nil {
		r.before()
	}
	return 0, io.ErrUnexpectedEOF
}

func TestConfigsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, tt := range []struct {
		config Config
		want   string
	}{
		{Config{Latency: -1}, "latency -1ns is negative"},
		{Config{Jitter: -1}, "jitter -1ns is negative"},
		{Config{MaxQueue: -1}, "queue limit -1ns is negative"},
		{Config{Grace: -1}, "grace -1ns is negative"},
		{Config{ErrorRate: 5}, "error rate 5 is not between 0 and 1; 0.01 is 1%"},
		{Config{ErrorRate: -0.1}, "error rate -0.1"},
		{Config{CacheHits: 2}, "share of cache hits 2 is above 1"},
		{Config{Capacity: -1}, "capacity -1 is not a number of requests per second"},
		{Config{Stall: 2, StallEvery: 2}, "a stall of 2ns every 2ns leaves no time to answer"},
		{Config{Stall: 2}, "leaves no time to answer"},
		{Config{Trace: -1}, "trace of -1 arrivals is negative"},
	} {
		if err := tt.config.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Validate(%+v) = %v, want an error with %q", tt.config, err, tt.want)
		}
		if w := ask(New(tt.config), "GET", "/status/200", ""); w.Code != 200 && tt.config.ErrorRate < 1 {
			t.Errorf("a target with %+v answered %d", tt.config, w.Code)
		}
	}
	good := Config{Latency: 1, Jitter: 2, ErrorRate: 1, CacheHits: -1, Stall: 1, StallEvery: 2, Capacity: 0.5, Realistic: true, Trace: 5}
	if err := good.Validate(); err != nil {
		t.Errorf("Validate() = %v, want nil", err)
	}
}

func FuzzAnyRequestIsAnsweredAndCounted(f *testing.F) {
	f.Add("GET", "/products", "page=3", "")
	f.Add("POST", "/login", "", `{"email":"a","password":"b"}`)
	f.Add("BREW", "//", "%zz", "\xff")
	f.Add("GET", "/basic-auth/a/b", "", "")
	f.Add("GET", "/chunked/2", "ms=0", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if strings.HasPrefix(path, "/delay/") || strings.Contains(query, "ms=") || strings.HasPrefix(path, "/bytes/") {
			return // right, but takes as long as they ask
		}
		target := New(Config{})
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		w := httptest.NewRecorder()
		target.Handler().ServeHTTP(w, r)
		s := target.Stats()
		if strings.HasPrefix(path, "/_target/") && s.Total == 0 {
			return
		}
		if w.Code < 200 || w.Code > 599 || s.Total != 1 || s.Status[w.Code] != 1 || s.InFlight != 0 {
			t.Fatalf("%s %q: answered %d, counted %+v", method, path, w.Code, s)
		}
	})
}

func BenchmarkHandler(b *testing.B) {
	for _, path := range []string{"/", "/products?page=7", "/deals/7", "/status/204", "/_target/stats"} {
		b.Run(path, func(b *testing.B) {
			handler := New(Config{}).Handler()
			r := httptest.NewRequest("GET", path, nil)
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				handler.ServeHTTP(w, r)
			}
		})
	}
}

// nowhere is a response that is thrown away.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) WriteHeader(int)             {}
