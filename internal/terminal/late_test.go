package terminal

import (
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A second comes in several parts when a worker was cut off: none is longer for
// that, and a line that was written stays as it is.
func TestPlainLinesTakeLatePartsForWhatTheyAre(t *testing.T) {
	var b strings.Builder
	s := New(Config{Out: &b, Mode: Plain})
	f := calm()
	_ = s.Begin(f.run)
	part := func(second int, of *fixture) {
		snapshot, p := of.second(second)
		snapshot.Second, p.Elapsed, p.Now = second, time.Duration(second+1)*time.Second, nil
		_ = s.Second(snapshot, p)
	}
	for second := range 9 {
		part(second, f)
	}
	late := calm()
	for _, second := range []int{2, 6, 7, 8} {
		part(second, late)
	}
	part(9, f)
	_ = s.End(metrics.Outcome{})
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	// 5 seconds of 7 requests, and 3 parts of 7.
	if got, want := lines[len(lines)-1], "   10s  rate 32.0/20  users 6  11.2 req/s"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q first", got, want)
	}
	if len(lines) != 4 {
		t.Errorf("got %d lines, want 4: two at the start, two of five seconds", len(lines))
	}
}
