package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/pattern"
)

const anyPort = "127.0.0.1:0"

// A loud buffer tells of links that are written into it.
type loudBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	links chan string
}

func (b *loudBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, link, ok := strings.Cut(string(p), "dashboard: "); ok {
		link, _, _ = strings.Cut(link, "\n")
		select {
		case b.links <- link:
		default:
		}
	}
	return b.text.Write(p)
}

// until waits for a text.
func (b *loudBuffer) until(text string) {
	often := time.NewTicker(time.Millisecond)
	defer often.Stop()
	for !strings.Contains(b.String(), text) {
		<-often.C
	}
}

func (b *loudBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// live plays a command line and does something while its dashboard is there.
func (s stage) live(t *testing.T, args []string, during func(link string, said *loudBuffer)) played {
	t.Helper()
	var out bytes.Buffer
	said := &loudBuffer{links: make(chan string, 1)}
	a := s.app(&out, new(bytes.Buffer))
	a.err = said
	ended := make(chan int, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- a.main(ctx, args) }()
	var code int
	select {
	case link := <-said.links:
		during(link, said)
		code = <-ended
	case code = <-ended:
	}
	http.DefaultClient.CloseIdleConnections()
	return played{code, out.String(), said.String()}
}

// ask is a request to a dashboard: its status and its answer.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-LoadForge", "1")
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// long is a test that lasts until it is stopped.
func long() *spy {
	s := newSpy()
	s.plan.Loads[0].Pattern, s.plan.Loads[0].Iterations = pattern.Constant{Level: 2, For: time.Hour}, 0
	return s
}

func TestARunHasADashboard(t *testing.T) {
	inFolder(t, nil)
	p := long().stage().live(t, []string{"--dashboard", "--dashboard-addr", anyPort}, func(link string, _ *loudBuffer) {
		if status, html := ask(t, "GET", link, ""); status != 200 || !strings.Contains(html, `content="live"`) {
			t.Errorf("the page is %d %.100s", status, html)
		}
		for code := 0; code != 204; { // as soon as the run has begun
			code, _ = ask(t, "POST", link+"api/v1/annotations", `{"text": "deploy"}`)
		}
		if status, text := ask(t, "GET", link+"api/v1/runs", ""); status != 200 || !strings.Contains(text, `"state":"live"`) {
			t.Errorf("runs are %d %s", status, text)
		}
		if status, _ := ask(t, "GET", link+"api/v1/baseline", ""); status != 204 {
			t.Errorf("the baseline of none is %d", status)
		}
		if status, text := ask(t, "POST", link+"api/v1/users", `{"load": 0, "level": 5}`); status != 204 {
			t.Errorf("more users: %d %s", status, text)
		}
		if status, text := ask(t, "POST", link+"api/v1/users", `{"load": 0, "level": 1e9}`); status != 400 {
			t.Errorf("far too many users: %d %s", status, text)
		}
		if status, text := ask(t, "POST", link+"api/v1/users", `{"load": 0}`); status != 204 {
			t.Errorf("as the pattern says: %d %s", status, text)
		}
		if status, text := ask(t, "POST", link+"api/v1/stop", `{"now": true}`); status != 204 {
			t.Errorf("stop: %d %s", status, text)
		}
	})
	p.wants(t, exitInterrupted, "dashboard: http://127.0.0.1:")
}

func TestADashboardComparesWithTheBaseline(t *testing.T) {
	inFolder(t, nil)
	s := newSpy().stage()
	s.play(t, "-q", "--no-report").wants(t, 0, "")
	p := long().stage().live(t, []string{"--dashboard", "--dashboard-addr", anyPort, "--baseline", "latest", "-q"}, func(link string, _ *loudBuffer) {
		if status, text := ask(t, "GET", link+"api/v1/baseline", ""); status != 200 {
			t.Errorf("the baseline is %d %s", status, text)
		}
		ask(t, "POST", link+"api/v1/stop", `{"now": true}`)
	})
	p.wants(t, exitInterrupted, "dashboard: ")
}

func TestADashboardThatCantBeIsAMistake(t *testing.T) {
	inFolder(t, nil)
	newSpy().stage().play(t, "--dashboard", "--dashboard-addr", "8089").wants(t, exitUsage, `loadforge: "8089" is no address: write HOST:PORT, such as 127.0.0.1:8089; --dashboard-addr names another`)
	if runs, _ := filepath.Glob("results/*_*"); len(runs) > 0 {
		t.Errorf("there is a run: %v", runs)
	}
}

func TestABusyPortIsNoMistake(t *testing.T) {
	inFolder(t, nil)
	taken, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := newSpy().stage().live(t, []string{"--dashboard", "--dashboard-addr", taken.Addr().String()}, func(link string, _ *loudBuffer) {
		if strings.Contains(link, taken.Addr().String()) {
			t.Errorf("it is served at %s, which is taken", link)
		}
	})
	p.wants(t, 0, "dashboard: http://127.0.0.1:")
}

func TestVariablesMeanADashboard(t *testing.T) {
	inFolder(t, nil)
	s := newSpy().stage()
	s.env = map[string]string{"LOADFORGE_DASHBOARD": "true", "LOADFORGE_DASHBOARD_ADDR": anyPort, "LOADFORGE_DASHBOARD_TOKEN": "1"}
	s.play(t).wants(t, 0, "/?token=")
	newSpy().stage().play(t).wants(t, 0, "")
	inFolder(t, map[string]string{"loadforge.toml": "dashboard = true\ndashboard-addr = \"" + anyPort + "\"\n"})
	newSpy().stage().play(t).wants(t, 0, "dashboard: http://127.0.0.1:")
}

// A link with a token goes to the browser through a file, which goes with it.
func TestTheBrowserOpens(t *testing.T) {
	for _, c := range []struct {
		says   string
		args   []string
		fails  error
		opened string // what the browser is given
		said   string
	}{
		{says: "a link", args: []string{"--open"}, opened: `^http://127\.0\.0\.1:\d+/$`},
		{says: "a link with a token", args: []string{"--open", "--dashboard-token"}, opened: `^file:///.*/dashboard\.html$`},
		{says: "no browser", args: []string{"--open"}, fails: exec.ErrNotFound, opened: "http", said: "note: there is no browser to open; the link is above\n"},
		{says: "one that is broken", args: []string{"--open"}, fails: errors.New("no display"), opened: "http", said: "note: the browser does not open: no display; the link is above\n"},
		{says: "nobody asks", args: []string{"--dashboard"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			inFolder(t, nil)
			var out, said bytes.Buffer
			a := newSpy().stage().app(&out, &said)
			opened, file := "", ""
			a.browse = func(address string) error {
				opened = address
				if u, err := url.Parse(address); err == nil && u.Scheme == "file" {
					file = filepath.FromSlash(u.Path)
					if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "/?token=") {
						t.Errorf("the file says %s, %v", text, err)
					}
				}
				return c.fails
			}
			if code := a.main(t.Context(), append(c.args, "--dashboard-addr", anyPort)); code != 0 {
				t.Errorf("exit code is %d, want 0: %s", code, said.String())
			}
			if !regexp.MustCompile(c.opened).MatchString(opened) || (c.opened == "") != (opened == "") {
				t.Errorf("opened is %s, want %s", opened, c.opened)
			}
			if !strings.Contains(said.String(), c.said) {
				t.Errorf("it says %s", said.String())
			}
			if _, err := os.Stat(file); file != "" && err == nil {
				t.Errorf("%s is still there", file)
			}
		})
	}
}

func TestADashboardLingers(t *testing.T) {
	inFolder(t, nil)
	s := newSpy().stage()
	s.signals = make(chan os.Signal, 1)
	p := s.live(t, []string{"--dashboard", "--dashboard-addr", anyPort, "--linger", "1h"}, func(link string, said *loudBuffer) {
		said.until("it stays for 1h; Ctrl-C ends it\n")
		if status, _ := ask(t, "GET", link+"api/v1/page", ""); status != 200 {
			t.Errorf("after the run the page is %d", status)
		}
		s.signals <- os.Interrupt
	})
	p.wants(t, 0, "report:  results/")
}

// The dashboard is told of what a run does after it was taken up again: that is
// not a part of what was before, even if it is stored by the time that is read.
func TestThePastOfARunEndsWhereItIsTakenUp(t *testing.T) {
	w, err := store.Create(t.TempDir(), metrics.Run{Test: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	second := func(n int) error {
		return w.Second(&metrics.Snapshot{Second: n, Length: time.Second}, metrics.Progress{})
	}
	if err := errors.Join(w.Begin(metrics.Run{Test: "shop"}), second(0)); err != nil {
		t.Fatal(err)
	}
	s := &session{writer: w, state: []byte("{}")}
	take, drop := s.earlier()
	defer drop()
	if err := second(1); err != nil {
		t.Fatal(err)
	}
	reader, err := take()
	if err != nil || reader.Last() != 0 {
		t.Fatalf("the past is %v, %v; want second 0 alone", reader, err)
	}
	reader.Close()
	if _, err := take(); err == nil {
		t.Error("a reader that has an owner got another")
	}
	if take, _ := (&session{writer: w}).earlier(); take != nil {
		t.Error("a run that begins has a past")
	}
}

func TestStoredRunsHaveADashboard(t *testing.T) {
	inFolder(t, nil)
	s := newSpy().stage()
	s.play(t, "-q", "--no-report").wants(t, 0, "")
	s.play(t, "-q", "--no-report", "-o", "others").wants(t, 0, "")
	runs, err := filepath.Glob("results/*_*")
	if err != nil || len(runs) != 1 {
		t.Fatalf("runs are %v, %v", runs, err)
	}
	id := filepath.Base(runs[0])
	for _, c := range []struct {
		says string
		args []string
		path string // of the link
		runs int
	}{
		{"all", nil, "/", 1},
		{"those of a directory", []string{"others"}, "/", 1},
		{"those of two", []string{"results", "others"}, "/", 2},
		{"of one that is named twice", []string{"results", "results"}, "/", 1},
		{"a run by its directory", []string{runs[0]}, "/runs/" + id + "/", 1},
		{"a run by its ID", []string{id}, "/runs/" + id + "/", 1},
		{"the latest", []string{"latest"}, "/runs/" + id + "/", 1},
		{"a file of a run", []string{filepath.Join(runs[0], "run.json")}, "/runs/" + id + "/", 1},
		{"a run and all others", []string{runs[0], "others"}, "/", 2},
	} {
		t.Run(c.says, func(t *testing.T) {
			st := s
			st.signals = make(chan os.Signal, 1)
			p := st.live(t, append([]string{"dashboard", "--port", "0"}, c.args...), func(link string, _ *loudBuffer) {
				u, err := url.Parse(link)
				if err != nil || u.Path != c.path {
					t.Errorf("the link is %s, want %s", link, c.path)
				}
				var list struct{ Runs []struct{ ID string } }
				if _, text := ask(t, "GET", "http://"+u.Host+"/api/v1/runs", ""); json.Unmarshal([]byte(text), &list) != nil || len(list.Runs) != c.runs {
					t.Errorf("runs are %s, want %d", text, c.runs)
				}
				for _, r := range list.Runs {
					if status, _ := ask(t, "GET", "http://"+u.Host+"/runs/"+r.ID+"/api/v1/page", ""); status != 200 {
						t.Errorf("the page of %s is %d", r.ID, status)
					}
				}
				if status, _ := ask(t, "GET", "http://"+u.Host+"/runs/"+strings.Repeat("x", 9)+"/api/v1/page", ""); status != 404 {
					t.Errorf("the page of no run is %d", status)
				}
				st.signals <- os.Interrupt
			})
			p.wants(t, 0, "Ctrl-C ends it\n")
		})
	}
	s.play(t, "dashboard", "nowhere").wants(t, exitUsage, "nowhere")
	s.play(t, "dashboard", "--port", "1", "--addr", "localhost:1").wants(t, exitUsage, "--port and --addr exclude each other")
	s.env = map[string]string{"LOADFORGE_DASHBOARD_ADDR": "nonsense"}
	s.play(t, "dashboard").wants(t, exitUsage, `"nonsense" is no address`)
	s.env = map[string]string{"LOADFORGE_DASHBOARD_TOKEN": "perhaps"}
	s.play(t, "dashboard").wants(t, exitUsage, "LOADFORGE_DASHBOARD_TOKEN")
}
