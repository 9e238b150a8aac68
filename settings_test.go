package loadforge

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/httpfile"
)

func env(values map[string]string) cli.Lookup {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func TestExpandReplacesVariables(t *testing.T) {
	lookup := env(map[string]string{"HOST": "h", "EMPTY": ""})
	tests := []struct{ in, want, problem string }{
		{"plain", "plain", ""},
		{"http://${HOST}/x", "http://h/x", ""},
		{"${HOST}${HOST}", "hh", ""},
		{"a${EMPTY}b", "ab", ""},
		{"$${HOST}", "${HOST}", ""},
		{"cost $5 {HOST}", "cost $5 {HOST}", ""},
		{"${MISSING}", "", "MISSING is not set; export it, write it into .env, or pass -e MISSING=VALUE"},
		{"${HOST", "", "never closed"},
	}
	for _, tt := range tests {
		got, err := expand(tt.in, lookup)
		switch {
		case tt.problem == "" && (err != nil || got != tt.want):
			t.Errorf("%q: got %q, %v, want %q", tt.in, got, err, tt.want)
		case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
			t.Errorf("%q: got %v, want an error with %q", tt.in, err, tt.problem)
		}
	}
}

func TestSettingsStandOverEachOther(t *testing.T) {
	test := Test{
		BaseURL: "http://scenario", Header: http.Header{"A": {"scenario"}, "B": {"${TOKEN}"}},
		HTTP: HTTP{Timeout: time.Second, ConnectTo: map[string]string{"a:1": "scenario:1"}},
	}
	defaults := cli.Target{
		BaseURL: "http://file", Header: http.Header{"A": {"file"}, "C": {"file"}}, Timeout: time.Minute, HTTP: "2",
		ConnectTo: []string{"a:1:file:1", "b:1:file:1"},
	}
	overrides := cli.Target{Header: http.Header{"C": {"flag"}}, ConnectTo: []string{"[::1]:2:flag:2"}}
	s, err := test.settle(defaults, overrides, env(map[string]string{"TOKEN": "secret"}))
	if err != nil {
		t.Fatal(err)
	}
	if s.baseURL != "http://scenario" || s.http.Timeout != time.Second || s.http.Version != "2" {
		t.Errorf("got %q %s %q", s.baseURL, s.http.Timeout, s.http.Version)
	}
	for name, want := range map[string]string{"A": "scenario", "B": "secret", "C": "flag"} {
		if got := s.header.Get(name); got != want {
			t.Errorf("header %s: got %q, want %q", name, got, want)
		}
	}
	for from, want := range map[string]string{"a:1": "scenario:1", "b:1": "file:1", "[::1]:2": "flag:2"} {
		if got := s.http.ConnectTo[from]; got != want {
			t.Errorf("connect to %s: got %q, want %q", from, got, want)
		}
	}
	if test.Header.Get("B") != "${TOKEN}" {
		t.Error("the test's own header was changed")
	}
}

func TestSettingsNameEveryProblem(t *testing.T) {
	test := Test{BaseURL: "${NOWHERE}", Header: http.Header{"X": {"${NOTHING}"}}}
	_, err := test.settle(cli.Target{}, cli.Target{}, env(nil))
	for _, want := range []string{"base URL", "NOWHERE", "header X", "NOTHING"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
	_, err = test.settle(cli.Target{}, cli.Target{ConnectTo: []string{"a:b:c"}}, env(nil))
	if err == nil || !strings.Contains(err.Error(), "HOST1:PORT1:HOST2:PORT2") {
		t.Errorf("got %v", err)
	}
}

func TestSettingsRefuse(t *testing.T) {
	tests := map[string]HTTP{
		`HTTP version "3"`:        {Version: "3"},
		`proxy "nonsense"`:        {Proxy: "nonsense"},
		"client certificate":      {CertFile: "/does/not/exist", KeyFile: "/does/not/exist"},
		"certificate authorities": {CAFile: "/does/not/exist"},
	}
	for want, h := range tests {
		s := settings{http: h}
		_, err := s.open()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestUserInfoOfTheBaseURLBecomesBasicAuth(t *testing.T) {
	s := settings{baseURL: "http://user:pa%20ss@h/"}
	h, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	defer h.client.Close()
	if got, want := h.base.auth, "Basic dXNlcjpwYSBzcw=="; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVariablesInTheURLAreNoPartOfTheName(t *testing.T) {
	lookup := env(map[string]string{"BASE": "https://shop.test/api", "HOST": "shop.test", "TOKEN": "canary", "PAGE": "2"})
	for url, want := range map[string]string{
		"https://shop.test/cart?page=2":                     "",
		"https://shop.test/cart?token=${TOKEN}":             "GET /cart?token=${TOKEN}",
		"https://${HOST}/users/${TOKEN}?page=${PAGE}":       "GET /users/${TOKEN}?page=${PAGE}",
		"${BASE}/cart?token=${TOKEN}":                       "GET /api/cart?token=${TOKEN}",
		"https://me:${TOKEN}@${HOST}/":                      "GET /",
		"https://${HOST}":                                   "GET /",
		"https://shop.test/price?of=$${TOKEN}&with=${PAGE}": "GET /price?of=${TOKEN}&with=${PAGE}",
	} {
		if got := nameAsWritten(httpfile.Request{Method: "GET", URL: url}, lookup); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}
