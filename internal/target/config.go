package target

import (
	"fmt"
	"math"
	"time"
)

// Validate returns an error that says which setting makes no sense, or nil.
func (c Config) Validate() error {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"latency", c.Latency},
		{"jitter", c.Jitter},
		{"stall", c.Stall},
		{"stall period", c.StallEvery},
		{"queue limit", c.MaxQueue},
		{"grace", c.Grace},
	} {
		if d.value < 0 {
			return fmt.Errorf("target: %s %s is negative", d.name, d.value)
		}
	}
	switch {
	case !(c.ErrorRate >= 0 && c.ErrorRate <= 1):
		return fmt.Errorf("target: error rate %v is not between 0 and 1; 0.01 is 1%%", c.ErrorRate)
	case !(c.CacheHits <= 1):
		return fmt.Errorf("target: share of cache hits %v is above 1", c.CacheHits)
	case !(c.Capacity >= 0) || math.IsInf(c.Capacity, 1):
		return fmt.Errorf("target: capacity %v is not a number of requests per second", c.Capacity)
	case c.Stall > 0 && c.StallEvery <= c.Stall:
		return fmt.Errorf("target: a stall of %s every %s leaves no time to answer", c.Stall, c.StallEvery)
	case c.Trace < 0:
		return fmt.Errorf("target: trace of %d arrivals is negative", c.Trace)
	}
	return nil
}

// latency draws how long a request takes when nobody else is there.
func (c Config) latency(p *profile, d *dice) time.Duration {
	total := c.Latency
	if c.Jitter > 0 {
		total += time.Duration((2*d.float() - 1) * float64(c.Jitter))
	}
	if c.Realistic {
		total += p.draw(d)
	}
	return max(total, 0)
}

// A profile is how long a route takes in a realistic shop: lognormal around a
// median, as service times tend to be, and a share of requests that are slower
// by a factor.
type profile struct {
	median time.Duration
	spread float64 // standard deviation of the logarithm
	slow   float64 // share of requests
	factor float64 // by which those are slower
	broken float64 // share of requests that fail
}

func (p *profile) draw(d *dice) time.Duration {
	if p.median == 0 {
		return 0
	}
	x := float64(p.median) * math.Exp(p.spread*d.normal())
	if p.slow > 0 && d.float() < p.slow {
		x *= p.factor
	}
	return time.Duration(x)
}
