package loadforge

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

type colour string

type point struct{ X, Y int }

func (p point) String() string { return "p/" + strings.Repeat("x", p.X) }

func newTestBook(t testing.TB, baseURL string) *book {
	t.Helper()
	b, err := newBase(baseURL)
	if err != nil {
		t.Fatal(err)
	}
	return newBook(b, nil, metrics.NewRecorder(metrics.RecorderConfig{}))
}

func TestTemplatePutsValuesInTheirPlaces(t *testing.T) {
	k := newTestBook(t, "http://h/api/")
	tests := []struct {
		path string
		args []any
		want string
	}{
		{"/", nil, "/api/"},
		{"", nil, "/api"},
		{"items", nil, "/api/items"},
		{"/items/{id}", []any{7}, "/api/items/7"},
		{"/items/{id}", []any{int64(-7)}, "/api/items/-7"},
		{"/items/{id}", []any{uint8(7)}, "/api/items/7"},
		{"/items/{id}", []any{1.5}, "/api/items/1.5"},
		{"/items/{id}", []any{true}, "/api/items/true"},
		{"/items/{id}", []any{nil}, "/api/items/nil"},
		{"/items/{id}", []any{colour("dark red")}, "/api/items/dark%20red"},
		{"/items/{id}", []any{point{X: 2}}, "/api/items/p%2Fxx"},
		{"/items/{id}", []any{2 * time.Second}, "/api/items/2s"},
		{"/a/{x}/b/{y}", []any{"x/y", "ü"}, "/api/a/x%2Fy/b/%C3%BC"},
		{"/s?q={words}&n={n}", []any{"a b&c", 3}, "/api/s?q=a+b%26c&n=3"},
		{"?q={words}", []any{"x"}, "/api?q=x"},
		{`/s?q={"a":{}}`, nil, "/api/s?q=%7B%22a%22:%7B%7D%7D"},
		{"/open{/{id}", []any{1}, "/api/open%7B/1"},
		{"/a#fragment", nil, "/api/a"},
		{"/bytes/{b}", []any{[]byte("a b")}, "/api/bytes/a%20b"},
		{"/with space/ü", nil, "/api/with%20space/%C3%BC"},
		{"/kept%20as%2Fis", nil, "/api/kept%20as%2Fis"},
		{"http://other:81/x/{id}", []any{1}, "/x/1"},
		{"https://other", nil, "/"},
	}
	for _, tt := range tests {
		tpl := k.find(text{"GET", tt.path, ""})
		if tpl.err != nil {
			t.Errorf("%s: %v", tt.path, tpl.err)
			continue
		}
		got, err := tpl.appendPath(nil, tt.args)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s with %v: got %q, %v, want %q", tt.path, tt.args, got, err, tt.want)
		}
		if tpl.name != "GET "+tt.path {
			t.Errorf("name: got %q, want %q", tpl.name, "GET "+tt.path)
		}
	}
}

func TestTemplateRefuses(t *testing.T) {
	tests := []struct {
		base, path string
		args       []any
		want       string
	}{
		{"http://h", "/items/{id}", []any{1, 2}, "1 placeholders, but 2 values"},
		{"http://h", "/items", []any{1}, "0 placeholders, but 1 values"},
		{"http://h", "/items/{id}", nil, "1 placeholders, but 0 values"},
		{"", "/items", nil, "no base URL"},
		{"http://h", "ftp://h/x", nil, "not supported"},
		{"http://h", "http://{host}/x", []any{"h"}, "can't be a placeholder"},
	}
	for _, tt := range tests {
		tpl := newTestBook(t, tt.base).find(text{"GET", tt.path, ""})
		err := tpl.err
		if err == nil {
			_, err = tpl.appendPath(nil, tt.args)
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.path, err, tt.want)
		}
	}
}

func TestBaseURLRefuses(t *testing.T) {
	tests := map[string]string{
		"localhost:8080":          "must start with http",
		"http://":                 "names no host",
		"http://h/x?y=1":          "without ? or #",
		"http://h:port/":          "invalid port",
		"ftp://h":                 "must start with http",
		"http://user:pass@h:x/":   "invalid port",
		"http://h/\x00":           "invalid control character",
		"http://bad host.example": "invalid character",
	}
	for raw, want := range tests {
		_, err := newBase(raw)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pass@") {
			t.Errorf("%q: the error shows the password: %v", raw, err)
		}
	}
}

func TestBookStopsGrowing(t *testing.T) {
	k := newTestBook(t, "http://h")
	for i := range 3 * maxTemplates {
		path := "/items/" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "/" + time.Duration(i).String()
		if tpl := k.find(text{"GET", path, ""}); tpl.err != nil {
			t.Fatal(tpl.err)
		}
	}
	if got := len(*k.known.Load()); got > maxTemplates {
		t.Errorf("the book has %d templates, want at most %d", got, maxTemplates)
	}
}

func TestTemplateOfIntegersDoesNotAllocate(t *testing.T) {
	k := newTestBook(t, "http://h")
	b := make([]byte, 0, 256)
	id := 123456
	allocs := testing.AllocsPerRun(1000, func() {
		tpl := k.find(text{"GET", "/items/{id}?page={page}", ""})
		b, _ = tpl.appendPath(b[:0], []any{id, "two"})
	})
	if allocs != 0 {
		t.Errorf("got %v allocations, want 0", allocs)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("/items/{id}", "1", "2")
	f.Add("/s?q={a}&b={b}", "x y", "ü/&?#")
	f.Add("{", "}", "\r\n")
	f.Add("http://other/{a}", "", "%")
	f.Fuzz(func(t *testing.T, path, a, b string) {
		k := newTestBook(t, "http://h/base")
		for n := range 3 {
			args := []any{a, b}[:n]
			tpl := k.find(text{"GET", path, ""})
			if tpl.err != nil {
				continue
			}
			out, err := tpl.appendPath(nil, args)
			if err != nil {
				continue
			}
			if out[0] != '/' || strings.ContainsAny(string(out), " \r\n\t\x00") {
				t.Fatalf("%q with %q gives %q", path, args, out)
			}
			if n > 0 && strings.Count(path, "%") == 0 {
				if _, err := url.ParseRequestURI(string(out)); err != nil {
					t.Fatalf("%q with %q gives %q: %v", path, args, out, err)
				}
			}
		}
	})
}

// FuzzJoin joins a base URL with the paths of a scenario: what comes out is one
// request target of one server, or an error.
func FuzzJoin(f *testing.F) {
	for _, path := range []string{"", "/", "cart", "/cart?id=7", "?q=1", "//other/x", "http://other:8080/x", "https://other?x", "ftp://other/", "http://a@b/", "/a b", "/%zz", "/#x", "http://{host}/", "\r\nHost: evil", "http://[::1", "HTTP://OTHER/x"} {
		f.Add("http://h/base/", path)
		f.Add("https://[::1]:8443", path)
	}
	f.Fuzz(func(t *testing.T, base, path string) {
		b, err := newBase(base)
		if err != nil {
			return
		}
		tpl := newBook(b, nil, metrics.NewRecorder(metrics.RecorderConfig{})).find(text{"GET", path, ""})
		if tpl.err != nil {
			return
		}
		out, err := tpl.appendPath(nil, nil)
		if err != nil {
			return
		}
		if tpl.target == nil || out[0] != '/' || strings.ContainsFunc(string(out), func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			t.Fatalf("%q and %q give %q of %v", base, path, out, tpl.target)
		}
	})
}
