package loadforge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/engine"
	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/target"
)

// A lab is one user against a server, with what was recorded of it.
type lab struct {
	vu       *VU
	recorder *metrics.Recorder
}

// newLab makes a user for a test against a base URL. It fails the test if the
// settings are wrong.
func newLab(t testing.TB, test Test) *lab {
	t.Helper()
	s, err := test.settle(cli.Target{}, cli.Target{}, env(nil), new(secrets))
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	r := metrics.NewRecorder(metrics.RecorderConfig{Loads: []string{"lab"}})
	load := Func("lab", func(*VU) error { return nil }).Users(nil)
	e := engine.Env{Start: time.Now(), Recorder: r, Users: 1}
	vu := h.newVU(t.Context(), engine.Identity{}, e, newBook(h.base, h.secrets, r), &load)
	vu.enter(engine.Iteration{Key: 1})
	t.Cleanup(func() {
		vu.close()
		h.client.Close()
	})
	return &lab{vu: vu, recorder: r}
}

// recorded returns everything recorded so far.
func (l *lab) recorded() *metrics.Snapshot { return l.recorder.Finish(time.Hour) }

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func demoTarget(t testing.TB) (*target.Target, string) {
	t.Helper()
	demo := target.New(target.Config{})
	url, stop, err := demo.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return demo, url
}

func TestEveryMethodArrivesAsWritten(t *testing.T) {
	_, url := demoTarget(t)
	vu := newLab(t, Test{BaseURL: url, Header: http.Header{"X-All": {"yes"}}}).vu
	vu.Header.Set("X-User", "1")
	body := JSON(map[string]int{"a": 1})
	tests := []struct {
		method string
		resp   func() *Response
		body   string
	}{
		{"GET", func() *Response { return vu.Get("/echo?x={x}", "a b") }, ""},
		{"POST", func() *Response { return vu.Post("/echo?x={x}", body, "a b") }, `{"a":1}`},
		{"PUT", func() *Response { return vu.Put("/echo?x={x}", body, "a b") }, `{"a":1}`},
		{"PATCH", func() *Response { return vu.Patch("/echo?x={x}", Text("t"), "a b") }, "t"},
		{"DELETE", func() *Response { return vu.Delete("/echo?x={x}", "a b") }, ""},
		{"OPTIONS", func() *Response { return vu.Options("/echo?x={x}", "a b") }, ""},
		{"POST", func() *Response {
			return vu.Send(Request{Method: "POST", Path: "/echo?x={x}", Args: []any{"a b"}, Body: Form(map[string]string{"k": "v w"})})
		}, "k=v+w"},
	}
	for _, tt := range tests {
		resp := tt.resp()
		if err := resp.Err(); err != nil {
			t.Errorf("%s: %v", tt.method, err)
			continue
		}
		var got target.Echo
		if err := resp.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Method != tt.method || got.Query["x"][0] != "a b" || got.Body != tt.body {
			t.Errorf("got %s %v %q, want %s a b %q", got.Method, got.Query, got.Body, tt.method, tt.body)
		}
		if got.Headers["X-All"][0] != "yes" || got.Headers["X-User"][0] != "1" {
			t.Errorf("%s: header %v", tt.method, got.Headers)
		}
	}
	if resp := vu.Head("/echo"); resp.Err() != nil || len(resp.Body) != 0 || resp.Status != 200 {
		t.Errorf("HEAD: got %d, %v, %d bytes", resp.Status, resp.Err(), len(resp.Body))
	}
}

func TestResponseReadsJSONWithoutDecoding(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Cache", "HIT")
		_, _ = w.Write([]byte(`{"items":[{"id":7,"name":"a"},{"id":8}],"price":1.5,"ok":true}`))
	})
	resp := newLab(t, Test{BaseURL: url}).vu.Get("/")
	if got := resp.JSON("items.0.id").Int(); got != 7 {
		t.Errorf("items.0.id: got %d", got)
	}
	if got := resp.JSON("items").Len(); got != 2 {
		t.Errorf("items: got %d", got)
	}
	if got := resp.JSON("items.0.name").String(); got != "a" {
		t.Errorf("items.0.name: got %q", got)
	}
	if resp.JSON("price").Float() != 1.5 || !resp.JSON("ok").Bool() || resp.JSON("nothing").Exists() || resp.JSON("ok").Len() != 0 {
		t.Error("a field was read wrong")
	}
	if resp.Header.Get("x-cache") != "HIT" || !resp.Header.Has("X-Cache") || len(resp.Header.Values("X-Cache")) != 1 {
		t.Error("the header was read wrong")
	}
}

func TestStatusIsAnErrorUnlessExpected(t *testing.T) {
	_, url := demoTarget(t)
	l := newLab(t, Test{BaseURL: url})
	tests := []struct {
		name  string
		resp  func() *Response
		class string
	}{
		{"below 400", func() *Response { return l.vu.Get("/status/{code}", 204) }, ""},
		{"4xx", func() *Response { return l.vu.Get("/status/{code}", 404) }, "status_4xx"},
		{"5xx", func() *Response { return l.vu.Get("/status/{code}", 503) }, "status_5xx"},
		{"expected 4xx", func() *Response { return l.vu.Expect(404, 410).Get("/status/{code}", 410) }, ""},
		{"unexpected 2xx", func() *Response { return l.vu.Expect(404).Get("/status/{code}", 200) }, "status"},
		{"expectations hold once", func() *Response { return l.vu.Get("/status/{code}", 404) }, "status_4xx"},
		{"expected in a Request", func() *Response {
			return l.vu.Send(Request{Path: "/status/{code}", Args: []any{418}, Expect: []int{418}})
		}, ""},
		{"a redirect on the way to what is expected", func() *Response { return l.vu.Expect(200).Get("/redirect/{n}", 2) }, ""},
		{"a redirect not followed", func() *Response {
			return l.vu.Send(Request{Path: "/redirect/1", NoRedirect: true, Expect: []int{302}})
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := tt.resp()
			var failed *RequestError
			got := ""
			if errors.As(resp.Err(), &failed) {
				got = failed.Class
			}
			if got != tt.class || resp.OK() != (tt.class == "") {
				t.Errorf("got %q (%v), want %q", got, resp.Err(), tt.class)
			}
		})
	}
}

func TestRecordedCountsEqualTheServers(t *testing.T) {
	demo, url := demoTarget(t)
	l := newLab(t, Test{BaseURL: url})
	l.vu.Get("/products/{id}", 3)
	l.vu.Get("/products/{id}", 4)
	l.vu.Get("/status/{code}", 500)
	l.vu.Get("/redirect/{n}", 3)
	l.vu.Named("search").Get("/products?page=1")
	l.vu.Check("holds", true)
	l.vu.Check("does not", false)
	s := l.recorded()
	var total uint64
	for _, n := range s.Names {
		total += n.Count
	}
	if want := demo.Stats().Total; total != want {
		t.Errorf("recorded %d requests, the server counted %d", total, want)
	}
	want := map[string]uint64{
		"GET /products/{id}": 2, "GET /status/{code}": 1, "GET /redirect/{n}": 4, "search": 1,
	}
	for _, n := range s.Names {
		if n.Count != want[n.Name] {
			t.Errorf("%s: got %d, want %d", n.Name, n.Count, want[n.Name])
		}
		delete(want, n.Name)
	}
	if len(want) > 0 {
		t.Errorf("not recorded: %v", want)
	}
	if len(s.Errors) != 1 || s.Errors[0].Message != "500 Internal Server Error" {
		t.Errorf("errors: %+v", s.Errors)
	}
	if len(s.Checks) != 2 {
		t.Errorf("checks: %+v", s.Checks)
	}
	if want := []metrics.AddressStats{{Name: "127.0.0.1", Address: "127.0.0.1", Opened: 1}}; !slices.Equal(s.Addresses, want) {
		t.Errorf("addresses: %+v, want %+v", s.Addresses, want)
	}
}

func TestRequestsThatCanNotBeSentSayWhy(t *testing.T) {
	_, url := demoTarget(t)
	tests := []struct {
		name string
		send func(*VU) *Response
		want string
	}{
		{"too few values", func(vu *VU) *Response { return vu.Get("/a/{b}/{c}", 1) }, "2 placeholders, but 1 values"},
		{"a body that is no JSON", func(vu *VU) *Response { return vu.Post("/", JSON(func() {})) }, "encode the body as JSON"},
		{"a header with a line break", func(vu *VU) *Response {
			return vu.Send(Request{Path: "/", Header: http.Header{"X": {"a\nb"}}})
		}, "line break"},
		{"a user's header with a line break", func(vu *VU) *Response {
			vu.Header.Set("X", "a\nb")
			return vu.Get("/")
		}, "line break"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, Test{BaseURL: url})
			err := tt.send(l.vu).Err()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if s := l.recorded(); len(s.Errors) != 1 {
				t.Errorf("errors: %+v", s.Errors)
			}
		})
	}
}

func TestStepStandsForARequestUnlessItHasSome(t *testing.T) {
	_, url := demoTarget(t)
	l := newLab(t, Test{BaseURL: url})
	broken := errors.New("queue is full")
	if err := l.vu.Step("publish", func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	_ = l.vu.Step("query", func() error { return nil })
	_ = l.vu.Step("log in", func() error { return l.vu.Get("/").Err() })
	_ = l.vu.Step("slow", func() error { return context.DeadlineExceeded })
	want := map[string]struct {
		kind  metrics.Kind
		class metrics.Class
	}{
		"publish": {metrics.Request, metrics.Check}, "query": {metrics.Request, metrics.OK},
		"log in": {metrics.Group, metrics.OK}, "GET /": {metrics.Request, metrics.OK},
		"slow": {metrics.Request, metrics.Timeout},
	}
	s := l.recorded()
	if len(s.Names) != len(want) {
		t.Errorf("got %d names, want %d", len(s.Names), len(want))
	}
	for _, n := range s.Names {
		w := want[n.Name]
		if n.Kind != w.kind || n.Count != 1 || n.ByClass[w.class] != 1 {
			t.Errorf("%s: got kind %d, count %d, classes %v", n.Name, n.Kind, n.Count, n.ByClass)
		}
	}
}

func TestResponseTimeStartsWhenTheIterationWasDue(t *testing.T) {
	_, url := demoTarget(t)
	l := newLab(t, Test{BaseURL: url})
	l.vu.origin -= int64(10 * time.Second) // the run started ten seconds ago
	l.vu.enter(engine.Iteration{Scheduled: true, Intended: 7 * time.Second})
	first := l.vu.Get("/").Took
	second := l.vu.Get("/").Took
	if first < 3*time.Second || first > 8*time.Second {
		t.Errorf("the first request took %s, want a little over 3 s", first)
	}
	if second >= 3*time.Second {
		t.Errorf("the second request took %s, as if it had been due as well", second)
	}
}

func TestCookiesBelongToOneUser(t *testing.T) {
	_, url := demoTarget(t)
	one, two := newLab(t, Test{BaseURL: url}).vu, newLab(t, Test{BaseURL: url}).vu
	if err := one.Get("/cookies/set?name={v}", "mine").Err(); err != nil {
		t.Fatal(err)
	}
	if got := one.Cookies("/"); len(got) != 1 || got[0].Value != "mine" {
		t.Errorf("got %v", got)
	}
	if got := two.Cookies("/"); len(got) != 0 {
		t.Errorf("the other user has %v", got)
	}
	if err := two.SetCookie("/", &http.Cookie{Name: "b", Value: "2"}); err != nil {
		t.Fatal(err)
	}
	if got := two.Get("/cookies").JSON("cookies.b"); got.String() != "2" {
		t.Errorf("the server saw %q", two.Get("/cookies").Body)
	}
}

func TestRandomNumbersRepeatWithTheIteration(t *testing.T) {
	_, url := demoTarget(t)
	vu := newLab(t, Test{BaseURL: url}).vu
	draw := func(key uint64) (out [3]int) {
		vu.enter(engine.Iteration{Key: key})
		for i := range out {
			out[i] = vu.Rand.IntN(1 << 30)
		}
		return out
	}
	first, other, again := draw(1), draw(2), draw(1)
	if first != again || first == other {
		t.Errorf("got %v, then %v for another key, then %v", first, other, again)
	}
}

func TestSleepEndsWhenTheUserMustStop(t *testing.T) {
	l := newLab(t, Test{BaseURL: "http://127.0.0.1:1"})
	ctx, cancel := context.WithCancel(t.Context())
	l.vu.ctx = ctx
	cancel()
	l.vu.Sleep(time.Hour)
	if l.vu.Context().Err() == nil {
		t.Error("the context of the user goes on")
	}
}

// quietServer answers every request with the same bytes and does not allocate
// once a connection stands, so that allocations counted are the client's.
func quietServer(t testing.TB, body string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { answerAll(conn, answer) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		conns.Wait()
	})
	return "http://" + listener.Addr().String()
}

func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if bytes.HasSuffix(buffer[:n], []byte("\r\n\r\n")) {
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}

func TestSteadyRequestDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes pools drop what is put into them")
	}
	url := quietServer(t, `{"id":7,"items":[1,2,3]}`)
	vu := newLab(t, Test{BaseURL: url, Header: http.Header{"Accept": {"application/json"}}}).vu
	id := 123456
	tests := map[string]func() error{
		"plain": func() error { return vu.Get("/").Err() },
		"template, check and a field": func() error {
			resp := vu.Get("/items/{id}", id)
			vu.Check("has an id", resp.JSON("id").Int() == 7)
			return resp.Err()
		},
	}
	for name, get := range tests {
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if allocs := testing.AllocsPerRun(1000, func() { _ = get() }); allocs != 0 {
			t.Errorf("%s: got %v allocations a request, want 0", name, allocs)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	vu := newLab(b, Test{BaseURL: quietServer(b, "ok")}).vu
	b.ReportAllocs()
	for b.Loop() {
		vu.Get("/")
	}
}

func TestLagShowsThroughStepsAndSleep(t *testing.T) {
	_, url := demoTarget(t)
	tests := map[string]func(*VU) time.Duration{
		"in a step": func(vu *VU) (took time.Duration) {
			_ = vu.Step("group", func() error {
				took = vu.Get("/").Took
				return nil
			})
			return took
		},
		"after a pause": func(vu *VU) time.Duration {
			vu.Sleep(time.Millisecond)
			return vu.Get("/").Took
		},
	}
	for name, first := range tests {
		t.Run(name, func(t *testing.T) {
			vu := newLab(t, Test{BaseURL: url}).vu
			vu.origin -= int64(10 * time.Second)
			vu.enter(engine.Iteration{Scheduled: true, Intended: 7 * time.Second})
			if took := first(vu); took < 2*time.Second {
				t.Errorf("a request due 3 s ago took %s", took)
			}
			if took := vu.Get("/").Took; took > 2*time.Second {
				t.Errorf("the next one took %s, as if it had been due as well", took)
			}
		})
	}
}

func TestTookCoversRedirects(t *testing.T) {
	_, url := demoTarget(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			time.Sleep(50 * time.Millisecond) // the server's work
			http.Redirect(w, r, "/fast", http.StatusFound)
		}
	})
	l := newLab(t, Test{BaseURL: server})
	if resp := l.vu.Get("/slow"); resp.Err() != nil || resp.Took < 50*time.Millisecond {
		t.Errorf("took %s, %v; the redirect alone takes 50 ms", resp.Took, resp.Err())
	}
	// A redirect that leads nowhere is no success when 200 was expected.
	l = newLab(t, Test{BaseURL: url, HTTP: HTTP{MaxRedirects: -1}})
	if resp := l.vu.Expect(200).Get("/redirect/1"); resp.OK() {
		t.Error("a redirect passes for 200")
	}
	if s := l.recorded(); s.Names[0].Errors() != 1 {
		t.Errorf("recorded %v", s.Names[0].ByClass)
	}
}

func TestCredentialsOfTheBaseURLStayWithItsServer(t *testing.T) {
	seen := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Header.Get("Authorization")))
	}
	one, other := serve(t, seen), serve(t, seen)
	vu := newLab(t, Test{BaseURL: strings.Replace(one, "://", "://user:secret@", 1)}).vu
	if got := string(vu.Get("/").Body); got != "Basic dXNlcjpzZWNyZXQ=" {
		t.Errorf("its own server saw %q", got)
	}
	if got := string(vu.Get(other + "/").Body); got != "" {
		t.Errorf("another server saw %q", got)
	}
	vu.Header.SetBearer("mine")
	if got := string(vu.Get("/").Body); got != "Bearer mine" {
		t.Errorf("with a token of the scenario's own it saw %q", got)
	}
}

func TestAHeaderCanBePutRight(t *testing.T) {
	_, url := demoTarget(t)
	vu := newLab(t, Test{BaseURL: url}).vu
	vu.Header.Set("X", "a\nb")
	if vu.Get("/").OK() {
		t.Error("a line break was sent")
	}
	vu.Header.Set("x", "ab")
	if err := vu.Get("/").Err(); err != nil {
		t.Error(err)
	}
}

func TestUnsentRequestsAreNotCounted(t *testing.T) {
	_, url := demoTarget(t)
	l := newLab(t, Test{BaseURL: url})
	if l.vu.Send(Request{Method: "B D", Path: "/"}).OK() || l.vu.Get("/{id}").OK() {
		t.Error("it was sent")
	}
	if s := l.recorded(); len(s.Names) != 0 || len(s.Errors) != 2 {
		t.Errorf("names %v, errors %v", s.Names, s.Errors)
	}
}

func TestPerIterationMakesNewVisitors(t *testing.T) {
	demo, url := demoTarget(t)
	vu := newLab(t, Test{BaseURL: url, HTTP: HTTP{Connections: PerIteration}}).vu
	for range 3 {
		vu.enter(engine.Iteration{})
		vu.Get("/cookies/set?name=x")
		vu.Get("/")
		vu.leave()
	}
	if got := demo.Stats().ConnectionsOpened; got != 3 {
		t.Errorf("%d connections were opened, want one for each of 3 iterations", got)
	}
	if got := vu.Cookies("/"); len(got) != 0 {
		t.Errorf("cookies are left: %v", got)
	}
}

func TestLargeAnswersCanBeDiscarded(t *testing.T) {
	_, url := demoTarget(t)
	vu := newLab(t, Test{BaseURL: url, HTTP: HTTP{MaxBody: 1000}}).vu
	if vu.Get("/bytes/{n}", 5000).OK() {
		t.Error("a body over the limit was taken")
	}
	resp := vu.Send(Request{Path: "/bytes/{n}", Args: []any{5000}, DiscardBody: true})
	if resp.Err() != nil || len(resp.Body) != 0 {
		t.Errorf("got %d bytes, %v", len(resp.Body), resp.Err())
	}
}
