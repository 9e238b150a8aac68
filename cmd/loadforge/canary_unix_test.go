//go:build unix

package main

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// canary begins every secret of these tests. What follows says where it was put.
const canary = "Canary7hushhush"

// tattler answers with an error that repeats all it was told, as servers in a
// debug mode do: in the body, in the header, and in where it redirects to.
func tattler(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told := fmt.Sprintf("%s %s %v %s", r.Method, r.URL, r.Header, body)
		w.Header().Set("X-Told", strings.Join(strings.Fields(told), " "))
		switch {
		case strings.HasPrefix(r.URL.Path, "/redirect"):
			w.Header().Set("Location", "http://user:"+canary+"-location@[bad/?token="+canary+"-location")
			w.WriteHeader(http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/away"):
			w.Header().Set("Location", "http://user:"+canary+"-away@127.0.0.1:1/?token="+canary+"-away")
			w.WriteHeader(http.StatusFound)
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, told)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

var longBase64 = regexp.MustCompile(`[A-Za-z0-9+/]{100,}={0,2}`)

// opened returns what is in data, and in what is packed in it.
func opened(data []byte) []byte {
	all := slices.Clone(data)
	for _, text := range longBase64.FindAll(data, -1) {
		if plain, err := base64.StdEncoding.DecodeString(string(text)); err == nil {
			all = append(append(all, plain...), inflated(plain)...)
		}
	}
	all = append(all, inflated(data)...)
	magic := []byte{0x28, 0xb5, 0x2f, 0xfd}
	for at := 0; ; {
		next := bytes.Index(data[at:], magic)
		if next < 0 {
			return all
		}
		at += next
		decoder, err := zstd.NewReader(bytes.NewReader(data[at:]), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return all
		}
		plain, _ := io.ReadAll(decoder) // up to where the frame ends
		decoder.Close()
		all = append(all, plain...)
		at += len(magic)
	}
}

func inflated(data []byte) []byte {
	plain, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), 64<<20))
	return plain
}

// silent fails if a canary sings in data, which has to have a text in it: it was
// read right.
func silent(t *testing.T, what string, data []byte, has string) {
	t.Helper()
	all := opened(data)
	if has != "" && !bytes.Contains(all, []byte(has)) {
		t.Errorf("%s has no %q: the test does not read it right", what, has)
	}
	for _, secret := range []string{canary, base64.StdEncoding.EncodeToString([]byte("user:" + canary + "-userinfo")), base64.StdEncoding.EncodeToString([]byte(canary))[:12]} {
		if at := bytes.Index(all, []byte(secret)); at >= 0 {
			t.Errorf("%s gives a secret away: ...%q...", what, all[max(0, at-80):min(len(all), at+60)])
		}
	}
}

// silentFiles looks through all files below a directory.
func silentFiles(t *testing.T, dir, token, name string) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		has := ""
		switch base := filepath.Base(path); base {
		case "report.html", "result.json", "endpoints.csv", "run.frames":
			has, seen[base] = name, true
		case "junit.xml", "summary.md", "timeseries.csv", "run.json":
			seen[base] = true
		}
		silent(t, path, data, has)
		if token == "" || bytes.Contains(opened(data), []byte(token)) {
			t.Errorf("%s has the token of the dashboard in it", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 8 {
		t.Errorf("of the files of a run there are only %v", seen)
	}
}

// silentBoard asks a dashboard for all it has.
func silentBoard(t *testing.T, link, token, name string) {
	t.Helper()
	query := "?token=" + token
	silent(t, "the page", get(t, link+"api/v1/page"+query), name)
	silent(t, "the metrics", get(t, link+"metrics"+query), "loadforge_requests_total")
	for _, path := range []string{"api/v1/runs", "healthz"} {
		silent(t, "/"+path, get(t, link+path+query), "")
	}
	stream, err := http.Get(link + "api/v1/stream" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	begin := make([]byte, 64<<10)
	n, _ := io.ReadAtLeast(stream.Body, begin, 2000)
	silent(t, "the stream", begin[:n], "")
}

// Secrets get to the target and nowhere else: whatever brings them in, and
// whatever is made of a run.
func TestSecretsAreInNothingThatARunLeaves(t *testing.T) {
	for _, workers := range []string{"1", "2"} {
		t.Run("a URL, workers "+workers, func(t *testing.T) {
			t.Parallel()
			url := strings.Replace(tattler(t), "http://", "http://user:"+canary+"-userinfo@", 1)
			command := exec.Command("loadforge", "run", url+"/find?token="+canary+"-query&q=${SHOP_QUERY}",
				"-H", "X-Api-Key: "+canary+"-header", "-H", "X-Plain: ${SHOP_HEADER}", "-H", "Cookie: a=b; sid="+canary+"-cookie",
				"--json-data", `{"password":"`+canary+`-body","more":"${SHOP_BODY}"}`, "-e", "SHOP_BODY="+canary+"-typed",
				"-u", "2", "-d", "2s", "--max-rps", "50", "-v", "-w", workers, "--dashboard-token", "--dashboard", "--dashboard-addr", "127.0.0.1:0", "--linger", "1m")
			leavesNoSecret(t, command, "POST /find?token=xxxxx")
		})
	}
	t.Run("a careless scenario", func(t *testing.T) {
		t.Parallel()
		scenario, err := filepath.Abs(filepath.Join("testdata", "scenarios", "faults"))
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command("loadforge", "run", scenario, "-e", "FAULT=secret", "-e", "TARGET="+tattler(t), "-e", "SHOP_TOKEN="+canary+"-token",
			"-u", "2", "-d", "2s", "--max-rps", "50", "-v", "--dashboard-token", "--dashboard", "--dashboard-addr", "127.0.0.1:0", "--linger", "1m")
		command.Env = append(os.Environ(), goEnvironment(t)...)
		leavesNoSecret(t, command, "GET /search?q=${SHOP_TOKEN}")
	})
	t.Run("a redirect that leads nowhere", func(t *testing.T) {
		t.Parallel()
		command := exec.Command("loadforge", "run", tattler(t)+"/redirect?key="+canary+"-query",
			"-u", "1", "-d", "2s", "--max-rps", "20", "--dashboard-token", "--dashboard", "--dashboard-addr", "127.0.0.1:0", "--linger", "1m")
		leavesNoSecret(t, command, "GET /redirect?key=xxxxx")
	})
	t.Run("a redirect elsewhere", func(t *testing.T) {
		t.Parallel()
		command := exec.Command("loadforge", "run", tattler(t)+"/away", "--allow-host", "127.0.0.0/8", "-e", "UNUSED="+canary,
			"-u", "1", "-d", "2s", "--max-rps", "20", "--dashboard-token", "--dashboard", "--dashboard-addr", "127.0.0.1:0", "--linger", "1m")
		leavesNoSecret(t, command, "GET /away")
	})
}

func leavesNoSecret(t *testing.T, command *exec.Cmd, name string) {
	t.Helper()
	var out bytes.Buffer
	command.Stdout = &out
	dir := t.TempDir()
	dotenv := "SHOP_QUERY=" + canary + "-found\nSHOP_HEADER=" + canary + "-heard\n"
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(dotenv), 0o600); err != nil {
		t.Fatal(err)
	}
	run := startIn(t, command, dir)
	link, token, _ := strings.Cut(run.link(t), "?token=")
	run.says(t, "it stays for 1m") // with all of the run
	silentBoard(t, link, token, name)
	run.signal(t, os.Interrupt)
	run.ends(t)
	silent(t, "the terminal", []byte(strings.Join(run.said, "\n")), "errors")
	silent(t, "standard output", out.Bytes(), "")
	silentFiles(t, filepath.Join(run.Dir, "results"), token, name)
	again := startIn(t, exec.Command("loadforge", "report", "-v", "-f", "html,json,csv,junit,md"), run.Dir)
	again.ends(t)
	silent(t, "the terminal of report", []byte(strings.Join(again.said, "\n")), "")
	saved := startIn(t, exec.Command("loadforge", "dashboard", "--port", "0"), run.Dir)
	link = saved.link(t)
	var list struct{ Runs []struct{ ID string } }
	if err := json.Unmarshal(get(t, link+"api/v1/runs"), &list); err != nil || len(list.Runs) != 1 {
		t.Fatalf("the history is %+v, %v", list, err)
	}
	silent(t, "the history", get(t, link+"api/v1/runs"), "")
	silent(t, "the stored page", get(t, link+"runs/"+list.Runs[0].ID+"/api/v1/page"), name)
}
