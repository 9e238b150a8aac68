package terminal

import (
	"slices"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestReasonsAreToldOnce(t *testing.T) {
	for _, c := range []struct {
		name      string
		workers   int
		told      []string
		want      []string
		wantPlain string
	}{
		{
			"three users of a lone worker", 1,
			[]string{
				"worker 0: user 2 of shop has not returned from buy for 4.691s",
				"worker 0: user 3 of shop has not returned from buy for 4.702s",
				"no CPU was left",
				"worker 0: user 14 of shop has not returned from buy for 5s",
			},
			[]string{"user 2 of shop has not returned from buy for 4.691s, and 2 more like this", "no CPU was left"},
			"verdict degraded: user 2 of shop has not returned from buy for 4.691s, and 2 more like this; no CPU was left",
		},
		{
			"a lone worker with a name", 0,
			[]string{"worker 0 (gen: 1): lost: no lease"},
			[]string{"lost: no lease"},
			"verdict degraded: lost: no lease",
		},
		{
			"one worker of two", 2,
			[]string{"worker 0: user 2 of shop has not returned from buy for 4.691s"},
			[]string{"worker 0: user 2 of shop has not returned from buy for 4.691s"},
			"verdict degraded: worker 0: user 2 of shop has not returned from buy for 4.691s",
		},
		{
			"two tasks", 1,
			[]string{"user 2 of shop has not returned from buy for 1s", "user 2 of shop has not returned from look for 1s"},
			[]string{"user 2 of shop has not returned from buy for 1s", "user 2 of shop has not returned from look for 1s"},
			"has not returned from buy for 1s; user 2 of shop",
		},
	} {
		f := calm()
		f.run.Workers = c.workers
		verdict := metrics.Verdict{State: metrics.Degraded, Reasons: c.told}
		p := planOf(f.run)
		if got := p.reasons(verdict); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		got := plainRun(f, Config{}, 1, func(_ int, p *metrics.Progress) { p.Verdict = verdict })
		if !strings.Contains(got, c.wantPlain) {
			t.Errorf("%s: %q is missing in\n%s", c.name, c.wantPlain, got)
		}
	}
}
