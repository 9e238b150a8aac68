package httpfile

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNewUnderstandsCurlsFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body.txt")
	if err := os.WriteFile(file, []byte("a=1\n&b=2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name        string
		flags       Flags
		method      string
		body        string
		contentType string
	}{
		{"nothing said is GET", Flags{}, "GET", "", ""},
		{"a method is upper-cased", Flags{Method: "delete"}, "DELETE", "", ""},
		{"data makes it POST of a form", Flags{Data: []string{"a=1", "b=2"}}, "POST", "a=1&b=2", "application/x-www-form-urlencoded"},
		{"data from a file loses line breaks", Flags{Data: []string{"@" + file}}, "POST", "a=1&b=2", "application/x-www-form-urlencoded"},
		{"binary data from a file keeps them", Flags{Binary: "@" + file}, "POST", "a=1\n&b=2\n", "application/x-www-form-urlencoded"},
		{"json says so", Flags{JSON: `{"a":1}`, Method: "PUT"}, "PUT", `{"a":1}`, "application/json"},
		{"a given content type wins", Flags{JSON: `{}`, Header: []string{"content-type: text/x"}}, "POST", `{}`, "text/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := New("http://localhost/x", tt.flags)
			if err != nil {
				t.Fatal(err)
			}
			if r.Method != tt.method || string(r.Body) != tt.body {
				t.Errorf("got %s %q, want %s %q", r.Method, r.Body, tt.method, tt.body)
			}
			if got := r.Header.Get("Content-Type"); got != tt.contentType {
				t.Errorf("content type: got %q, want %q", got, tt.contentType)
			}
		})
	}
}

func TestFilesOfBinaryDataAreVerbatim(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blob")
	if err := os.WriteFile(file, []byte("${"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		flags Flags
		want  bool
	}{
		{Flags{Binary: "@" + file}, true},
		{Flags{Binary: "${ID}"}, false},
		{Flags{JSON: "@" + file}, false},
		{Flags{Data: []string{"@" + file}}, false},
	} {
		if r, err := New("http://localhost/x", tt.flags); err != nil || r.Verbatim != tt.want {
			t.Errorf("%+v: verbatim is %v, %v, want %v", tt.flags, r.Verbatim, err, tt.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name, url string
		flags     Flags
		want      string
	}{
		{"a URL without host", "http:///x", Flags{}, "want something like"},
		{"a header without colon", "http://h/", Flags{Header: []string{"nonsense"}}, "Name: value"},
		{"a header over two lines", "http://h/", Flags{Header: []string{"A: b\r\nC: d"}}, "one line"},
		{"two kinds of body", "http://h/", Flags{Data: []string{"a"}, JSON: "{}"}, "only one of"},
		{"a missing file", "http://h/", Flags{Binary: "@/does/not/exist"}, "--data-binary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.url, tt.flags)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestSplitAndName(t *testing.T) {
	tests := []struct{ url, base, path, name string }{
		{"http://localhost:8080", "http://localhost:8080", "/", "localhost:8080"},
		{"https://h/a/b?c=d#e", "https://h", "/a/b?c=d", "h"},
		{"https://h?c=d", "https://h", "/?c=d", "h"},
		{"https://user:pass@h/a", "https://user:pass@h", "/a", "h"},
	}
	for _, tt := range tests {
		base, path := Split(tt.url)
		name := Request{URL: tt.url}.Name()
		if base != tt.base || path != tt.path || name != tt.name {
			t.Errorf("%s: got %q %q %q, want %q %q %q", tt.url, base, path, name, tt.base, tt.path, tt.name)
		}
	}
}

func TestIsURL(t *testing.T) {
	for arg, want := range map[string]bool{"http://h": true, "https://h": true, "shop.go": false, "./http": false} {
		if got := IsURL(arg); got != want {
			t.Errorf("IsURL(%q) = %t, want %t", arg, got, want)
		}
	}
}

func FuzzNew(f *testing.F) {
	f.Add("http://h/p?q#f", "A: b", "x=1")
	f.Add("https://u:p@[::1]:8080", "A:", "@nofile")
	f.Fuzz(func(t *testing.T, rawURL, header, data string) {
		r, err := New(rawURL, Flags{Header: []string{header}, Binary: strings.TrimPrefix(data, "@")})
		if err != nil {
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("method %q", r.Method)
		}
		base, path := Split(r.URL)
		if path == "" || path[0] != '/' || strings.ContainsAny(r.Name(), "/?") {
			t.Errorf("%q splits into %q and %q, named %q", rawURL, base, path, r.Name())
		}
	})
}
