package terminal

import (
	"slices"

	"github.com/loadforge/loadforge/internal/metrics"
)

const shownGroups = 3 // of the errors of a run that still goes on

// groupsOf returns the errors that are shown live.
func groupsOf(s *metrics.Summary) []errorGroup {
	errs := foremost(s.Errs, shownGroups)
	var groups []errorGroup
	for i := range errs[:min(len(errs), boardGroups)] {
		groups = append(groups, groupOf(s, &errs[i]))
	}
	return groups
}

// foremost puts the errors that matter most into the first n: the most frequent
// ones, but a panic is a mistake in the test itself, so the most frequent of
// those is always among them.
func foremost(errs []metrics.ErrorStats, n int) []metrics.ErrorStats {
	at := slices.IndexFunc(errs, func(e metrics.ErrorStats) bool { return e.Class == metrics.Panic })
	if at < n || n == 0 {
		return errs
	}
	return slices.Concat(errs[:n-1], errs[at:at+1], errs[n-1:at], errs[at+1:])
}

func groupOf(s *metrics.Summary, e *metrics.ErrorStats) errorGroup {
	g := errorGroup{class: e.Class.String(), name: e.Name, message: e.Message, count: e.Count}
	if g.name == "" {
		g.name = metrics.Unnamed
	}
	if stage := stageOf(s, e); stage != "" {
		g.name += " (" + stage + ")"
	}
	return g
}

// stageOf names the stage that all errors of a kind are from, if it is not the
// main one. Errors don't say so themselves, but the requests they are of do.
func stageOf(s *metrics.Summary, e *metrics.ErrorStats) string {
	failed := func(n metrics.NameSummary) bool { return n.Name == e.Name && n.ByClass[e.Class] > 0 }
	if slices.ContainsFunc(s.Names, failed) {
		return ""
	}
	at := slices.IndexFunc(s.Stages, failed)
	if at < 0 {
		return ""
	}
	stage := s.Stages[at].Stage
	other := func(n metrics.NameSummary) bool { return failed(n) && n.Stage != stage }
	if slices.ContainsFunc(s.Stages, other) {
		return "setup, teardown"
	}
	return stage.String()
}

// outage says what may be wrong when not a single request got as far as the
// target's answer, all for the same reason. It is empty if any did.
func outage(s *metrics.Summary, target string) string {
	class := metrics.OK
	for _, names := range [][]metrics.NameSummary{s.Names, s.Stages} {
		for i := range names {
			n := &names[i]
			if n.Kind != metrics.Request || n.Count == 0 {
				continue
			}
			if class == metrics.OK {
				class = firstClass(n)
			}
			if n.ByClass[class] != n.Count {
				return ""
			}
		}
	}
	return hintAt(class, messageOf(s, class), target)
}

// firstClass is a class that there are requests of.
func firstClass(n *metrics.NameSummary) metrics.Class {
	for c, count := range n.ByClass {
		if count > 0 {
			return metrics.Class(c)
		}
	}
	return metrics.OK
}

// messageOf is the most frequent message of a class.
func messageOf(s *metrics.Summary, class metrics.Class) string {
	for i := range s.Errs {
		if e := &s.Errs[i]; e.Class == class && e.Message != "" {
			return e.Message
		}
	}
	return class.String() + " error"
}

func hintAt(class metrics.Class, message, target string) string {
	at := ""
	if target != "" {
		at = " at " + target
	}
	question := ""
	switch class {
	case metrics.Connect:
		question = "is it running" + at + "?"
	case metrics.DNS:
		question = "is the name right?"
		if target != "" {
			question = "is the name in " + target + " right?"
		}
	case metrics.TLS:
		question = "does it speak TLS" + at + ", with a certificate that this machine trusts?"
	default:
		return ""
	}
	return "every request failed: " + message + "; " + question
}
