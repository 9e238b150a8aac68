package loadforge

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
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
	s, err := test.settle(defaults, overrides, env(map[string]string{"TOKEN": "secret"}), new(secrets))
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
	_, err := test.settle(cli.Target{}, cli.Target{}, env(nil), new(secrets))
	for _, want := range []string{"base URL", "NOWHERE", "header X", "NOTHING"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
	_, err = test.settle(cli.Target{}, cli.Target{ConnectTo: []string{"a:b:c"}}, env(nil), new(secrets))
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

// Each list takes away from what the others allow; none adds to it.
func TestAllowedHostsTakeAwayOnly(t *testing.T) {
	for _, c := range []struct{ file, scenario, flag, allowed string }{
		{"", "", "", "a.test b.test c.test"},
		{"*.test", "", "", "a.test b.test c.test"},
		{"a.test,b.test", "", "", "a.test b.test"},
		{"a.test,b.test", "b.test,c.test", "", "b.test"},
		{"a.test,b.test", "*.test", "*.test", "a.test b.test"},
		{"", "a.test", "c.test", ""},
	} {
		list := func(text string) []string {
			return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
		}
		test := Test{HTTP: HTTP{AllowHosts: list(c.scenario)}}
		s, err := test.settle(cli.Target{AllowHosts: list(c.file)}, cli.Target{AllowHosts: list(c.flag)}, env(nil), new(secrets))
		if err != nil {
			t.Fatal(err)
		}
		var allowed []string
		for _, host := range []string{"a.test", "b.test", "c.test"} {
			s.baseURL = "http://" + host
			h, err := s.open()
			if err != nil && !strings.Contains(err.Error(), "host "+host+" is not allowed") {
				t.Error(err)
			}
			if err == nil {
				allowed = append(allowed, host)
				h.client.Close()
			}
		}
		if got := strings.Join(allowed, " "); got != c.allowed {
			t.Errorf("%+v allows %q", c, got)
		}
	}
}

// Consent is for the target that its author knew.
func TestConsentIsForTheTargetOfTheTest(t *testing.T) {
	for _, c := range []struct {
		says    string
		consent bool
		flag    string // of --base-url
		want    bool
	}{
		{"nothing was said", false, "", false},
		{"the test's own target", true, "", true},
		{"a target of the command line", true, "http://203.0.113.2", false},
	} {
		test := Test{BaseURL: "http://203.0.113.1", HTTP: HTTP{AllowPublic: c.consent}}
		s, err := test.settle(cli.Target{}, cli.Target{BaseURL: c.flag}, env(nil), new(secrets))
		if err != nil || s.http.AllowPublic != c.want {
			t.Errorf("%s: public is %v, %v; want %v", c.says, s.http.AllowPublic, err, c.want)
		}
	}
}
