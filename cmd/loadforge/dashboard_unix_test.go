//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/loadforge/loadforge/internal/target"
)

// link waits for the line that tells where the dashboard is.
func (p *process) link(t *testing.T) string {
	t.Helper()
	p.says(t, "dashboard: ")
	_, link, _ := strings.Cut(p.said[len(p.said)-1], "dashboard: ")
	return link
}

// get asks a dashboard.
func get(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", url, response.Status, err, body)
	}
	return body
}

// post asks a dashboard to do something.
func post(t *testing.T, url, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-LoadForge", "1")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNoContent {
		t.Fatalf("%s: %s: %s", url, response.Status, text)
	}
}

// A standing is how a run stands, as pages and streams have it.
type standing struct {
	State  string
	Totals struct{ Requests, Cancelled uint64 }
}

// A shown page is the part of one that is JSON.
type shown struct {
	Seq    uint64
	Status standing
	Events []struct{ Kind, Text string }
}

func pageAt(t *testing.T, url string) (p shown) {
	t.Helper()
	block, err := io.ReadAll(flate.NewReader(bytes.NewReader(get(t, url+"api/v1/page"))))
	if err != nil {
		t.Fatal(err)
	}
	rest := bytes.TrimPrefix(block, []byte("LFP1"))
	size, n := binary.Uvarint(rest)
	if err := json.Unmarshal(rest[n:n+int(size)], &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// lastStatus follows the stream of a run to its end.
func lastStatus(t *testing.T, stream io.Reader) (last standing) {
	t.Helper()
	kind := ""
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if is, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kind = is
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && kind == "end" {
			if err := json.Unmarshal([]byte(data), &last); err != nil {
				t.Fatal(err)
			}
		}
	}
	return last
}

// What the page says at the end is what the target has counted, and so does the
// page of the stored run. What was done from the page is in both.
func TestTheDashboardShowsWhatTheTargetCounted(t *testing.T) {
	server := target.New(target.Config{Seed: 1})
	url, stop, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run := start(t, "run", url+"/", "-u", "5", "-d", "4s", "--max-rps", "200", "--dashboard", "--dashboard-addr", "127.0.0.1:0")
	link := run.link(t)
	stream, err := http.Get(link + "api/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	for state := "waiting"; state != "running"; state = pageAt(t, link).Status.State {
	}
	post(t, link+"api/v1/annotations", `{"text": "deploy 2.3.1"}`)
	post(t, link+"api/v1/users", `{"load": 0, "level": 9}`)
	end := lastStatus(t, stream.Body)
	if code := run.ends(t); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
	counted := server.Stats().Total
	if end.State != "finished" || end.Totals.Requests+end.Totals.Cancelled != counted || counted == 0 {
		t.Errorf("the page says %+v, the target counted %d", end, counted)
	}

	command := exec.Command("loadforge", "dashboard", "--port", "0")
	saved := startIn(t, command, run.Dir)
	link = saved.link(t)
	var list struct{ Runs []struct{ ID string } }
	if err := json.Unmarshal(get(t, link+"api/v1/runs"), &list); err != nil || len(list.Runs) != 1 {
		t.Fatalf("the history is %+v, %v", list, err)
	}
	page := pageAt(t, link+"runs/"+list.Runs[0].ID+"/")
	if page.Status.Totals != end.Totals {
		t.Errorf("the stored run has %+v, the live one had %+v", page.Status.Totals, end.Totals)
	}
	events := ""
	for _, e := range page.Events {
		events += e.Kind + ": " + e.Text + "\n"
	}
	if !strings.Contains(events, "annotation: deploy 2.3.1\n") || !strings.Contains(events, "held at 9 users\n") {
		t.Errorf("its events are\n%s", events)
	}
	if err := saved.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := saved.ends(t); code != 0 {
		t.Errorf("exit code of the dashboard is %d, want 0", code)
	}
}

func TestTheStopButtonEndsTheRun(t *testing.T) {
	server := target.New(target.Config{Seed: 1})
	url, stop, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run := start(t, "run", url+"/", "-u", "2", "-d", "1h", "--max-rps", "50", "--dashboard", "--dashboard-addr", "127.0.0.1:0")
	link := run.link(t)
	for pageAt(t, link).Status.Totals.Requests == 0 {
	}
	for range 3 { // more clicks than one make it no more urgent
		post(t, link+"api/v1/stop", `{"now": false}`)
	}
	run.says(t, "stopped from the dashboard")
	if code := run.ends(t); code != 105 {
		t.Errorf("exit code is %d, want 105", code)
	}
	if got := server.Stats().Total; got == 0 {
		t.Error("nothing was sent")
	}
}
