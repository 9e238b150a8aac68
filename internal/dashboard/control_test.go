package dashboard

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/store"
)

func TestControlsActOnTheRun(t *testing.T) {
	const text = "is deploying 2.3.1"
	for _, c := range []struct {
		says, path, body string
		status           int
		did              string // by the run
		mark             string // kept with it
		answer           string
	}{
		{"stop", "stop", `{"now": false}`, 204, "stop false", "", ""},
		{"stop without a word", "stop", `{}`, 204, "stop false", "", ""},
		{"stop now", "stop", `{"now": true}`, 204, "stop true", "", ""},
		{"stop at some time", "stop", `{"now": "soon"}`, 400, "", "", "can't be read"},
		{"stop and more", "stop", `{"now": true, "reason": "x"}`, 400, "", "", "unknown field"},
		{"stop twice in one", "stop", `{} {}`, 400, "", "", "one JSON object"},
		{"no JSON", "stop", `now`, 400, "", "", "can't be read"},
		{"nothing", "stop", ``, 400, "", "", "can't be read"},
		{"annotate", "annotations", `{"text": " deploy 2.3.1\n"}`, 204, "", "annotation deploy 2.3.1", ""},
		{"annotate with nothing", "annotations", `{"text": " "}`, 400, "", "", "1 to 500 bytes"},
		{"annotate with a book", "annotations", `{"text": "` + strings.Repeat("a", 501) + `"}`, 400, "", "", "1 to 500 bytes"},
		{"annotate with two", "annotations", `{"text": "` + strings.Repeat("a", 5000) + `"}`, 413, "", "", "longer than"},
		{"more users", "users", `{"load": 0, "level": 75}`, 204, "hold 0 at 75", "users shopper held at 75 users", ""},
		{"one user", "users", `{"load": 0, "level": 1}`, 204, "hold 0 at 1", "users shopper held at 1 user", ""},
		{"a rate", "users", `{"load": 1, "level": 0.5}`, 204, "hold 1 at 0.5", "users webhook held at 0.5/s", ""},
		{"none at all", "users", `{"load": 1, "level": 0}`, 204, "hold 1 at 0", "users webhook held at 0/s", ""},
		{"given back", "users", `{"load": 1}`, 204, "release 1", "users webhook follows its pattern again", ""},
		{"given back in other words", "users", `{"load": 0, "level": null}`, 204, "release 0", "users shopper follows its pattern again", ""},
		{"half a user", "users", `{"load": 0, "level": 1.5}`, 400, "", "", "whole number"},
		{"of no load", "users", `{"level": 5}`, 400, "", "", "load must be"},
		{"of a load that is not there", "users", `{"load": 2, "level": 5}`, 400, "", "", "there is no load 2"},
		{"of one before the first", "users", `{"load": -1, "level": 5}`, 400, "", "", "there is no load -1"},
		{"of no number", "users", `{"load": "` + text + `", "level": 5}`, 400, "", "", "can't be read"},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := &puppet{}
			live := tell(NewLive(LiveConfig{Run: testRun(), Controls: p}), 1).begin(t)
			w := ask(live, "POST", "http://localhost/api/v1/"+c.path, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.answer) {
				t.Errorf("the answer is %d %s, want %d %s", w.Code, w.Body, c.status, c.answer)
			}
			if got := strings.Join(p.did, ", "); got != c.did {
				t.Errorf("the run did %q, want %q", got, c.did)
			}
			var kept []string
			for _, e := range p.marks {
				kept = append(kept, string(e.Kind)+" "+e.Text)
			}
			if got := strings.Join(kept, ", "); got != c.mark {
				t.Errorf("kept is %q, want %q", got, c.mark)
			}
			told := live.log.after(live.log.oldest(), 1<<20).text()
			if c.mark != "" && !strings.Contains(told, "event: event\n") || c.mark == "" && strings.Contains(told, "event: event\n") {
				t.Errorf("told is %s", told)
			}
		})
	}
}

func TestControlsHaveTheirTime(t *testing.T) {
	const stop, note, users = "stop", "annotations", "users"
	bodies := map[string]string{stop: `{}`, note: `{"text":"x"}`, users: `{"load":0,"level":3}`}
	post := func(live *Live, what string) int {
		return ask(live, "POST", "http://localhost/api/v1/"+what, bodies[what]).Code
	}
	run := tell(NewLive(LiveConfig{Run: testRun(), Controls: &puppet{}}), 1)
	want := func(says string, codes ...int) {
		t.Helper()
		for i, what := range []string{stop, note, users} {
			if got := post(run.Live, what); got != codes[i] {
				t.Errorf("%s %s: %d, want %d", what, says, got, codes[i])
			}
		}
	}
	want("before the run", 204, 409, 409)
	run.begin(t)
	want("during the run", 204, 204, 204)
	run.end(t)
	want("after the run", 409, 409, 409)

	run = tell(NewLive(LiveConfig{Run: testRun()}), 1).begin(t)
	want("of a run that is only looked on", 403, 403, 403)
	run = tell(NewLive(LiveConfig{Run: testRun(), Controls: &puppet{failed: errors.New("the disk is full")}}), 1).begin(t)
	want("of a run that can't", 204, 500, 400)

	codes := map[int]int{}
	run = tell(NewLive(LiveConfig{Run: testRun(), Controls: &puppet{}}), 1).begin(t)
	for range 100 {
		codes[post(run.Live, note)]++
	}
	if codes[429] < 80 || codes[204] < 10 {
		t.Errorf("a hundred annotations at once get %v", codes)
	}
}

// A notebook is controls whose marks are kept with results.
type notebook struct {
	*puppet
	*store.Writer
}

func (n notebook) Mark(e store.Event) error { return n.Writer.Mark(e) }

// The results begin and end on their own, a moment before or after a dashboard.
func TestResultsThatTakeNoMarksAreAConflict(t *testing.T) {
	writer, err := store.Create(t.TempDir(), testRun())
	if err != nil {
		t.Fatal(err)
	}
	p := &puppet{}
	run := tell(NewLive(LiveConfig{Run: testRun(), Controls: notebook{p, writer}}), 1).begin(t)
	want := func(status int, says, did string) {
		t.Helper()
		p.did = nil
		for path, body := range map[string]string{"annotations": `{"text":"x"}`, "users": `{"load":0,"level":3}`} {
			w := ask(run.Live, "POST", "http://localhost/api/v1/"+path, body)
			if w.Code != status || !strings.Contains(w.Body.String(), says) {
				t.Errorf("%s: %d %s, want %d %s", path, w.Code, w.Body, status, says)
			}
		}
		if got := strings.Join(p.did, ", "); got != did {
			t.Errorf("the run did %q, want %q", got, did)
		}
	}
	want(409, "the run has not begun", "hold 0 at 3, release 0")
	if err := writer.Begin(testRun()); err != nil {
		t.Fatal(err)
	}
	want(204, "", "hold 0 at 3")
	if err := writer.End(metrics.Outcome{}); err != nil {
		t.Fatal(err)
	}
	want(409, "the run has ended", "hold 0 at 3, release 0")
}

// What is marked is in the page of those who come later, at its time.
func TestMarksAreInThePage(t *testing.T) {
	p := &puppet{}
	run := tell(NewLive(LiveConfig{Run: testRun(), Controls: p}), 1)
	begun := testRun()
	begun.Start = time.Now().Add(-90 * time.Second)
	if err := run.Begin(begun); err != nil {
		t.Fatal(err)
	}
	if err := run.mark(store.Annotation, "deploy"); err != nil {
		t.Fatal(err)
	}
	head := headOf(t, run.Live)
	if len(head.Events) != 1 || head.Events[0].Text != "deploy" || head.Events[0].At < 90 || head.Events[0].At > 95 {
		t.Errorf("events of the page are %+v", head.Events)
	}
	if got := p.marks[0].At; got < 90*time.Second || got != got.Round(time.Millisecond) || fmt.Sprint(got.Seconds()) != fmt.Sprint(head.Events[0].At) {
		t.Errorf("it is kept at %v, shown at %v", got, head.Events[0].At)
	}
}
