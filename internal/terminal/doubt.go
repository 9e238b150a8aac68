package terminal

import (
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
)

// doubts are n reasons at most why the result can't be trusted, or not fully.
func (v *view) doubts(n int) []row {
	i := warnBold
	switch v.verdict.State {
	case metrics.Degraded:
	case metrics.Invalid:
		i = badBold
	default:
		return nil
	}
	sign := seg{v.alert + " " + string(v.verdict.State) + ":", i}
	var rows []row
	reasons := v.reasons(v.verdict)
	for at, reason := range reasons[:min(n, len(reasons))] {
		if at > 0 {
			sign.text = strings.Repeat(" ", width(sign.text))
		}
		rows = append(rows, v.remark(keepVerdict-15*min(at, 1)-at, sign, seg{v.clean(reason), plainInk})...)
	}
	if more := len(reasons) - n; more > 0 {
		rows = append(rows, row{keep: keepGroups, left: []field{of(0, "   and "+plural(uint64(more), "more reason"), faint)}})
	}
	return rows
}

// reasons are those of the verdict. Of several that differ in their numbers only
// the first is there, with how many there are, and the name of a worker only if
// there are others.
func (p *plan) reasons(verdict metrics.Verdict) []string {
	var reasons, kinds []string
	alike := map[string]uint64{}
	for _, reason := range verdict.Reasons {
		if p.fleet <= 1 {
			reason = withoutWorker(reason)
		}
		kind := strings.Map(noDigit, reason)
		if alike[kind]++; alike[kind] == 1 {
			reasons, kinds = append(reasons, reason), append(kinds, kind)
		}
	}
	for i, kind := range kinds {
		if n := alike[kind] - 1; n > 0 {
			reasons[i] += ", and " + count(n) + " more like this"
		}
	}
	return reasons
}

// withoutWorker leaves out the name of a worker that a reason begins with.
func withoutWorker(reason string) string {
	if _, rest, found := strings.Cut(reason, "): "); found && strings.HasPrefix(reason, "worker 0 (") {
		return rest
	}
	return strings.TrimPrefix(reason, "worker 0: ")
}

func noDigit(r rune) rune {
	if r >= '0' && r <= '9' || r == '.' || r == ',' {
		return -1
	}
	return r
}
