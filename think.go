package loadforge

import (
	"math"
	"math/rand/v2"
	"time"
)

// Think is the pause of a user between its tasks. The zero value is none.
type Think struct {
	pause func(*rand.Rand) time.Duration
	pace  time.Duration
	err   string
}

// Fixed pauses for d each time.
//
// Users that all pause equally long tend to move in step; [Between] with a
// range around d is closer to people.
func Fixed(d time.Duration) Think {
	return Think{
		pause: func(*rand.Rand) time.Duration { return d },
		err:   problem(d < 0, "must not be negative"),
	}
}

// Between pauses for a time drawn evenly from low to high.
func Between(low, high time.Duration) Think {
	if low < 0 || high < low {
		return Think{err: "needs 0 <= low <= high"}
	}
	return Think{pause: func(r *rand.Rand) time.Duration {
		return low + time.Duration(r.Int64N(int64(high-low)+1))
	}}
}

// Exponential pauses for a time drawn from an exponential distribution with
// the given mean, cut at ten times the mean.
func Exponential(mean time.Duration) Think {
	return Think{
		pause: func(r *rand.Rand) time.Duration {
			return time.Duration(math.Min(r.ExpFloat64(), 10) * float64(mean))
		},
		err: problem(mean < 0, "must not be negative"),
	}
}

// Every starts a user's iterations d apart, however long they take. An
// iteration whose predecessor took longer starts at once, and the time it is
// late counts into the response time of its first request.
func Every(d time.Duration) Think {
	return Think{pace: d, err: problem(d <= 0, "must be positive")}
}

// pauses says whether a user waits at all.
func (t Think) pauses() bool { return t.pause != nil || t.pace > 0 }

func problem(bad bool, what string) string {
	if bad {
		return what
	}
	return ""
}
