package terminal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestOutage(t *testing.T) {
	name := func(stage metrics.Stage, kind metrics.Kind, a metrics.Class, n uint64, b metrics.Class, m uint64) metrics.NameSummary {
		return metrics.NameSummary{Name: "GET /", Stage: stage, Kind: kind, Count: n + m, ByClass: classes(a, n, b, m)}
	}
	all := func(c metrics.Class) []metrics.NameSummary {
		return []metrics.NameSummary{name(metrics.Main, metrics.Request, c, 9, metrics.OK, 0)}
	}
	for _, c := range []struct {
		what          string
		names, stages []metrics.NameSummary
		target, want  string
	}{
		{
			"nothing listens", all(metrics.Connect), nil, "http://127.0.0.1:1",
			"every request failed: because; is it running at http://127.0.0.1:1?",
		},
		{"nothing listens, target unknown", all(metrics.Connect), nil, "", "every request failed: because; is it running?"},
		{"no such name", all(metrics.DNS), nil, "http://shpo", "every request failed: because; is the name in http://shpo right?"},
		{"no such name, target unknown", all(metrics.DNS), nil, "", "every request failed: because; is the name right?"},
		{
			"no TLS", all(metrics.TLS), nil, "https://shop",
			"every request failed: because; does it speak TLS at https://shop, with a certificate that this machine trusts?",
		},
		{"only the setup has run", nil, all(metrics.Connect), "", "every request failed: because; is it running?"},
		{"the setup has worked", all(metrics.Connect), all(metrics.OK), "", ""},
		{"one request has worked", []metrics.NameSummary{name(metrics.Main, metrics.Request, metrics.Connect, 9, metrics.OK, 1)}, nil, "", ""},
		{"two reasons", append(all(metrics.Connect), all(metrics.DNS)...), nil, "", ""},
		{
			"a step around the requests", append(all(metrics.Connect), name(metrics.Main, metrics.Group, metrics.OK, 0, metrics.Check, 3)), nil, "",
			"every request failed: because; is it running?",
		},
		{"the target answers, badly", all(metrics.Status5xx), nil, "", ""},
		{"all is well", all(metrics.OK), nil, "", ""},
		{"no request", nil, nil, "http://127.0.0.1:1", ""},
	} {
		s := &metrics.Summary{Names: c.names, Stages: c.stages}
		for _, class := range []metrics.Class{metrics.Check, metrics.Connect, metrics.DNS, metrics.TLS} {
			s.Errs = append(s.Errs, metrics.ErrorStats{Class: class, Message: "because"})
		}
		if got := outage(s, c.target); got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, got, c.want)
		}
	}
	s := &metrics.Summary{Names: all(metrics.Connect)}
	if got, want := outage(s, ""), "every request failed: connect error; is it running?"; got != want {
		t.Errorf("without a message: got %q, want %q", got, want)
	}
}

func TestErrorsOfSetupsAreMarked(t *testing.T) {
	failing := func(name string, stage metrics.Stage) metrics.NameSummary {
		return metrics.NameSummary{Name: name, Stage: stage, Count: 1, ByClass: classes(metrics.Timeout, 1, metrics.OK, 0)}
	}
	s := &metrics.Summary{
		Names: []metrics.NameSummary{failing("both", metrics.Main), {Name: "login", Count: 1, ByClass: classes(metrics.OK, 1, metrics.OK, 1)}},
		Stages: []metrics.NameSummary{
			failing("both", metrics.Setup), failing("login", metrics.Setup), failing("logout", metrics.Teardown),
			failing("ping", metrics.Setup), failing("ping", metrics.Teardown), failing("", metrics.Setup),
		},
	}
	for _, c := range []struct{ name, want string }{
		{"both", "both"},
		{"login", "login (setup)"},
		{"logout", "logout (teardown)"},
		{"ping", "ping (setup, teardown)"},
		{"", metrics.Unnamed + " (setup)"},
		{"other", "other"},
	} {
		if got := groupOf(s, &metrics.ErrorStats{Class: metrics.Timeout, Name: c.name}).name; got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPanicsAreNeverLeftOut(t *testing.T) {
	errs := func(classes ...metrics.Class) (list []metrics.ErrorStats) {
		for _, c := range classes {
			list = append(list, metrics.ErrorStats{Class: c})
		}
		return list
	}
	const other, panicked, timeout = metrics.Status5xx, metrics.Panic, metrics.Timeout
	for _, c := range []struct{ of, want []metrics.ErrorStats }{
		{errs(), errs()},
		{errs(other, other, other, other), errs(other, other, other, other)},
		{errs(other, panicked, other, other), errs(other, panicked, other, other)},
		{errs(other, other, timeout, timeout, panicked, panicked, other), errs(other, other, panicked, timeout, timeout, panicked, other)},
	} {
		if got := foremost(c.of, 3); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("of %v: got %v, want %v", c.of, got, c.want)
		}
	}
}

// What no rate of errors counts is shown all the same.
func TestScreenShowsErrorsOfTasksAndTheirMessages(t *testing.T) {
	f := calm()
	f.extra = func(s *metrics.Snapshot) {
		s.Loads[0].Failed = 2
		s.Errors = append(s.Errors, metrics.ErrorStats{Class: metrics.Check, Name: "order", Message: "order 0 was not found", Count: 2})
	}
	screen := strings.Join(f.board(5).draw(newLook(false, false), 100, 40), "\n")
	for _, want := range []string{"10 failed", "order 0 was not found"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is missing in\n%s", want, screen)
		}
	}
	got := plainRun(f, Config{}, 12, func(int, *metrics.Progress) {})
	if n := strings.Count(got, " in order: order 0 was not found\n"); n != 1 {
		t.Errorf("got the message %d times, want once:\n%s", n, got)
	}
}
