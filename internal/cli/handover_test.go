package cli

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/httpfile"
)

// A builder is the tools of the loadforge command; it remembers what it did.
type builder struct {
	target, path string
	args, env    []string
	shipped      []string
	failed       error // of everything
	exited       error // of Exec
	request      httpfile.Request
	spy          *spy
}

func (b *builder) tools() Tools {
	return Tools{
		Build: func(_ context.Context, target string) (string, error) {
			b.target = target
			return "/cache/shop", b.failed
		},
		Ship: func(_ context.Context, target, goos, goarch, out string) error {
			b.shipped = []string{target, goos, goarch, out}
			return b.failed
		},
		Exec: func(path string, args, env []string) error {
			b.path, b.args, b.env = path, args, env
			return b.exited
		},
		Request: func(r httpfile.Request) Test {
			b.request = r
			return *b.spy.bare()
		},
	}
}

// An exit is what running a child process ends with.
type exit int

func (exit) Error() string   { return "exit status" }
func (e exit) ExitCode() int { return int(e) }

func TestScenariosAreBuiltAndBecome(t *testing.T) {
	for command, want := range map[string][]string{
		"run ./shop -u 5 -d 1m --threshold p95<1s -e A=2 -e B=3": {"/cache/shop", "run", "--users=5", "--duration=1m0s", "--threshold=p95<1s"},
		"pattern ./shop --width 40":                              {"/cache/shop", "pattern", "--width=40"},
		"validate ./shop --threshold p95<1s -o there -q":         {"/cache/shop", "validate", "--threshold=p95<1s", "--output=there", "--quiet=true"},
		"validate ./shop -c x.toml":                              {"/cache/shop", "validate", "--config=x.toml"},
	} {
		t.Run(command, func(t *testing.T) {
			inFolder(t, nil)
			b := new(builder)
			st := stage{tools: b.tools(), env: map[string]string{"A": "1", "C": "4"}}
			st.play(t, strings.Fields(command)...).wants(t, 0, "")
			if b.target != "./shop" || b.path != "/cache/shop" || !reflect.DeepEqual(b.args, want) {
				t.Errorf("built %s and became %s %q, want %q", b.target, b.path, b.args, want)
			}
			if strings.Contains(command, "-e") {
				if env := slices.Sorted(slices.Values(b.env)); !reflect.DeepEqual(env, []string{"A=2", "B=3", "C=4"}) {
					t.Errorf("its environment is %q", env)
				}
			}
		})
	}
}

func TestScenariosThatDontBecomeAnything(t *testing.T) {
	for _, test := range []struct {
		says           string
		failed, exited error
		flags          []string
		code           int
		said           string
	}{
		{says: "one that does not compile", failed: errors.New("shop.go:1:2: what?\n  x\n  ^"), code: 107, said: "loadforge:\nshop.go:1:2: what?\n  x\n  ^\n"},
		{says: "one that can't be started", exited: errors.New("no such thing"), code: 107, said: "loadforge: start ./shop: no such thing\n"},
		{says: "a child that fails", exited: exit(99), code: 99},
		{says: "a child that crashes", exited: exit(2), code: 2, said: "loadforge: the scenario's program ended by itself, with exit code 2; loadforge report shows what was measured until then\n"},
		{says: "a child that is killed", exited: exit(-1), code: 255, said: "loadforge: the scenario's program was killed; loadforge report shows what was measured until then\n"},
		{says: "a pair that is none", flags: []string{"-e", "A"}, code: 104, said: `loadforge: --env "A": want NAME=VALUE`},
	} {
		t.Run(test.says, func(t *testing.T) {
			b := &builder{failed: test.failed, exited: test.exited}
			stage{tools: b.tools()}.play(t, append([]string{"run", "./shop"}, test.flags...)...).wants(t, test.code, test.said)
		})
	}
}

func TestScenariosAreBuiltForElsewhere(t *testing.T) {
	b := new(builder)
	st := stage{tools: b.tools()}
	st.play(t, "build", "./shop", "--os", "windows", "--arch", "arm64", "-o", "shop.exe").wants(t, 0, "")
	if want := []string{"./shop", "windows", "arm64", "shop.exe"}; !reflect.DeepEqual(b.shipped, want) {
		t.Errorf("shipped %q, want %q", b.shipped, want)
	}
	b.failed = errors.New("no toolchain")
	st.play(t, "build", "./shop").wants(t, 107, "loadforge: no toolchain\n")
}

func TestURLsNeedNoScenario(t *testing.T) {
	inFolder(t, map[string]string{"body.json": `{"a":1}`})
	b := &builder{spy: newSpy()}
	st := stage{tools: b.tools()}
	st.play(t, "run", "http://127.0.0.1:1/x", "-X", "PUT", "-H", "A: 1", "--json-data", "@body.json", "--iterations", "2", "-u", "1", "-q").wants(t, 0, "")
	if r := b.request; r.Method != "PUT" || r.URL != "http://127.0.0.1:1/x" || r.Header.Get("A") != "1" || string(r.Body) != `{"a":1}` {
		t.Errorf("the request is %+v", r)
	}
	if len(b.spy.overrides.Header) > 0 {
		t.Errorf("the header is sent for every request, too: %v", b.spy.overrides.Header)
	}
	st.play(t, "validate", "${SHOP}/x").wants(t, 0, "")
	if b.request.URL != "${SHOP}/x" {
		t.Errorf("the URL is %q", b.request.URL)
	}
	st.play(t, "validate", "http://127.0.0.1:1/x", "-X", "DELETE", "--json", "-f", "html").wants(t, 0, "")
	if b.request.Method != "DELETE" {
		t.Errorf("the method is %s", b.request.Method)
	}
	st.play(t, "validate", "http://127.0.0.1:1/x", "-f", "pdf").wants(t, 104, `is "pdf"`)
	st.play(t, "run", "http://127.0.0.1:1/x", "--base-url", "http://127.0.0.1:2").wants(t, 104, "--base-url says where relative paths go; a URL says that itself")
	st.env = map[string]string{"LOADFORGE_HEADER": "A: 2", "LOADFORGE_BASE_URL": "http://127.0.0.1:2"}
	st.play(t, "validate", "http://127.0.0.1:1/x").wants(t, 0, "")
	if want := (http.Header{"A": {"2"}}); !reflect.DeepEqual(b.spy.overrides.Header, want) {
		t.Errorf("the header is %v, want %v", b.spy.overrides.Header, want)
	}
	if got := b.spy.overrides.BaseURL; got != "" {
		t.Errorf("a variable leads the URL to %s", got)
	}
}
