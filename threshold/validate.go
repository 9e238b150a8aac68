package threshold

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// maxExact is the largest whole number up to which a float64 holds every whole
// number. As nanoseconds it is 104 days.
const maxExact = 1 << 53

// A part of a rule is what an error is about; Parse knows where it stands.
type part uint8

const (
	partMetric part = iota
	partLimit
	partName
	partWindow
	partAbort
	parts // how many there are
)

// Validate returns an error that says what is wrong with the rule, or nil. A
// rule that can never pass is wrong.
func (r Rule) Validate() error {
	if _, err := r.check(); err != nil {
		return fmt.Errorf("threshold %s: %w", r, err)
	}
	return nil
}

func (r Rule) check() (part, error) {
	for _, c := range []struct {
		part part
		err  error
	}{
		{partMetric, r.checkMetric()},
		{partLimit, r.checkLimit()},
		{partLimit, r.checkPossible()},
		{partName, r.checkName()},
		{partWindow, r.checkWindow()},
		{partAbort, r.checkAbort()},
	} {
		if c.err != nil {
			return c.part, c.err
		}
	}
	return partMetric, nil
}

func (r Rule) checkMetric() error {
	switch {
	case !r.Metric.known():
		return errors.New("it has no metric; start from threshold.P95, threshold.ErrorRate or one of the others")
	case !r.Op.known():
		return fmt.Errorf("%s is no comparison; expected Below, AtMost, Above or AtLeast", r.Op)
	case r.Service && !r.Metric.Latency():
		return fmt.Errorf("%s has no service time; only latencies have", r.Metric)
	case r.Metric != LatencyQuantile && r.Quantile != 0:
		return fmt.Errorf("%s takes no quantile", r.Metric)
	case r.Metric == LatencyQuantile && !(r.Quantile > 0 && r.Quantile < 1):
		return fmt.Errorf("quantile %v is not between 0 and 1; 0.95 is p95", r.Quantile)
	}
	return nil
}

func (r Rule) checkLimit() error {
	switch {
	case math.IsNaN(r.Limit) || math.IsInf(r.Limit, 0):
		return fmt.Errorf("limit %v is not a finite number", r.Limit)
	case r.Metric.Latency():
		return checkNanoseconds(r.Limit)
	case r.Limit < 0:
		return errors.New("limit is negative")
	case r.Metric.Share() && r.Limit > 1:
		return errors.New("limit is above 100%; 0.01 is 1%")
	case r.Metric == RequestCount || r.Metric == DroppedCount:
		return checkWhole(r.Limit)
	}
	return nil
}

func checkNanoseconds(limit float64) error {
	switch {
	case limit <= 0:
		return errors.New("limit is not above zero; no response takes less than no time")
	case limit > maxExact:
		return errors.New("limit is above 104 days")
	case limit != math.Trunc(limit):
		return errors.New("limit is not a whole number of nanoseconds")
	}
	return nil
}

func checkWhole(limit float64) error {
	if limit != math.Trunc(limit) || limit > maxExact {
		return fmt.Errorf("limit %v is not a whole number up to %d", limit, int64(maxExact))
	}
	return nil
}

// checkPossible finds rules that no value can meet. Limits are in range here.
func (r Rule) checkPossible() error {
	switch {
	case r.Op == Below && r.Limit == 0:
		return fmt.Errorf("nothing is below zero; to allow none write %s<=%s", r.Metric, r.limitText())
	case r.Metric.Share() && r.Op == Above && r.Limit == 1:
		return fmt.Errorf("nothing is above 100%%; to ask for all write %s>=100%%", r.Metric)
	}
	return nil
}

func (r Rule) checkName() error {
	if r.Name != "" && r.Metric == DroppedCount {
		return fmt.Errorf("dropped iterations have no request; leave out on %q", r.Name)
	}
	return nil
}

func (r Rule) checkWindow() error {
	if r.Window < 0 || r.Window%time.Second != 0 {
		return fmt.Errorf("window %s is not a whole number of seconds", durationText(r.Window))
	}
	return nil
}

func (r Rule) checkAbort() error {
	switch {
	case !r.Abort && r.Grace != 0:
		return errors.New("it has a grace time and no abort; use AbortAfter")
	case r.Grace < 0:
		return fmt.Errorf("grace time %s is negative", durationText(r.Grace))
	case r.Abort && r.Window == 0 && r.Metric == RequestCount && !r.Op.upper():
		return errors.New("a lower limit for the count is only known at the end of the run; leave out abort or count over a window")
	}
	return nil
}
