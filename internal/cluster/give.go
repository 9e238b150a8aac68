package cluster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/loadforge/loadforge/internal/metrics"
)

// giveFinal gives out the seconds that have become final.
func (c *coordinator) giveFinal() {
	for _, s := range c.timeline.pop(c.late) {
		c.give(s)
	}
}

// give adds a second, or a part of one that came late, to the totals, judges it
// and passes it on.
func (c *coordinator) give(s *metrics.Snapshot) {
	c.count(s)
	c.abort(s)
	c.hearSinks()
	if len(c.couriers) == 0 {
		return
	}
	progress := c.progress(s)
	for _, courier := range c.couriers {
		courier.second(s, progress)
	}
}

// count adds a second, or a part of one, to the totals.
func (c *coordinator) count(s *metrics.Snapshot) {
	if c.latest == nil || s.Second >= c.latest.Second {
		c.latest = s
	}
	c.total.Add(s)
	c.judge.Add(s)
	c.given++
}

// abortCoverage is how much of the load a second must speak for to end a run.
// What is less is the part of a worker that came late, or one whose share is
// about to be given to others.
const abortCoverage = 0.9

// abort ends the run if a threshold asks for that.
func (c *coordinator) abort(s *metrics.Snapshot) {
	if c.level > goOn || s.Covered < abortCoverage && c.options.OnLoss == Rebalance {
		return
	}
	if rule, ok := c.judge.ShouldAbort(s.End()); ok {
		c.aborted = rule.String()
		c.stop(stopGracefully, "threshold "+c.aborted+" failed: the run ends")
	}
}

// progress is where the run stands.
func (c *coordinator) progress(s *metrics.Snapshot) metrics.Progress {
	state := "running"
	if c.level > goOn {
		state = "stopping"
	}
	total := c.total.Summary(0)
	return metrics.Progress{
		State:      state,
		Elapsed:    max(s.End(), c.latest.End()),
		Now:        c.latest,
		Total:      total,
		Thresholds: c.judge.Status(),
		Verdict:    c.verdict(total, true),
		Message:    c.message,
		Workers:    c.statuses(),
	}
}

// verdict judges the run from its totals and what the coordinator saw.
func (c *coordinator) verdict(total *metrics.Summary, running bool) metrics.Verdict {
	lost := c.gone()
	v := metrics.Assess(total, metrics.Facts{
		Running: running, MaxUsers: c.maxUsers(), Workers: c.options.Workers, Lost: len(lost),
	})
	reasons := slices.Concat(lost, c.reasons, c.gaps())
	for _, courier := range c.couriers {
		if missed, problem := courier.trouble(); missed > 0 {
			reasons = append(reasons, fmt.Sprintf("%d seconds are missing in one of the outputs: %v", missed, problem))
		} else if problem != nil {
			reasons = append(reasons, fmt.Sprintf("one of the outputs may be incomplete: %v", problem))
		}
	}
	if len(reasons) > 0 && v.State == metrics.Valid {
		v.State = metrics.Degraded
	}
	v.Reasons = append(v.Reasons, reasons...)
	return v
}

// gaps says which seconds of which worker are missing, of those workers that
// are not missing themselves.
func (c *coordinator) gaps() (gaps []string) {
	for _, m := range c.members {
		if c.timeline == nil || len(c.members) == 1 || m.lost != "" {
			continue
		}
		if missing := c.timeline.workers[m.index].missing; len(missing) > 0 {
			gaps = append(gaps, fmt.Sprintf("%s: no data for second %s", m.title(), ranges(missing)))
		}
	}
	return gaps
}

// ranges writes rising numbers as in "3, 5-7".
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		part := strconv.Itoa(numbers[i])
		if last > i {
			part += "-" + strconv.Itoa(numbers[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return strings.Join(parts, ", ")
}

// maxUsers is the limit of each load's pool, zero in the closed model.
func (c *coordinator) maxUsers() []int {
	limits := make([]int, len(c.plan.Loads))
	for i := range c.plan.Loads {
		limits[i] = maxUsers(&c.plan.Loads[i])
	}
	return limits
}

// hearSinks reports the problems of sinks, each sink's once.
func (c *coordinator) hearSinks() {
	for _, courier := range c.couriers {
		if _, problem := courier.trouble(); problem != nil && !courier.reported {
			courier.reported = true
			c.notice(problem.Error())
		}
	}
}
