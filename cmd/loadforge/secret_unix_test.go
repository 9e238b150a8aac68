//go:build unix

package main

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets are told to the target and to nobody else: not to who looks on, not
// to the files of the run, not to who lists the processes.
func TestSecretsAreToldToTheTargetAlone(t *testing.T) {
	t.Parallel()
	told := make(chan string, 1000)
	arguments := make(chan string, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := new(strings.Builder)
		_ = r.Write(body)
		select {
		case told <- body.String():
			arguments <- argumentsOf(t, "loadforge")
		default:
		}
		w.WriteHeader(http.StatusTeapot) // an error, so that there are messages
	}))
	t.Cleanup(server.Close)
	url := strings.Replace(server.URL, "http://", "http://me:${PASSWORD}@", 1) + "/login?token=${TOKEN}&page=2"
	p := startWith(t, exec.Command("loadforge", "run", url, "-H", "X-Key: ${KEY}", "--data", "secret=${BODY}", "-w", "2", "-v",
		"--iterations", "4", "-u", "2", "--dashboard-addr", "127.0.0.1:0", "--dashboard-token"), t.TempDir(),
		"PASSWORD="+canary+"-password", "TOKEN="+canary+"-token", "KEY="+canary+"-key", "BODY="+canary+"-body")
	p.ends(t)
	if len(told) == 0 {
		t.Fatalf("the target was not asked:\n%s", strings.Join(p.said, "\n"))
	}
	for _, secret := range []string{"token", "key", "body"} {
		if first := <-told; !strings.Contains(first, canary+"-"+secret) {
			t.Errorf("the target was not told the %s:\n%s", secret, first)
		} else {
			told <- first
		}
	}
	silent(t, "what it says", []byte(strings.Join(p.said, "\n")), "")
	silent(t, "the list of processes", []byte(<-arguments), "")
	err := filepath.WalkDir(p.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		silent(t, filepath.Base(path), text, "")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	list, err := exec.Command("sh", "-c", `cd "$0" && loadforge report -v -f html,json,csv,junit,md 2>&1`, p.Dir).Output()
	if err != nil {
		t.Error(err)
	}
	silent(t, "loadforge report", list, "")
}

// argumentsOf lists the arguments of the processes of a name.
func argumentsOf(t *testing.T, name string) string {
	out, err := exec.Command("ps", "-A", "-o", "args=").Output()
	if err != nil {
		t.Logf("ps: %v", err)
	}
	var list []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, name) {
			list = append(list, line)
		}
	}
	return strings.Join(list, "")
}
