package target

import "time"

// A stall is a clock that stands still at the end of every period, like a
// process that freezes: worked is what it shows at a time, wall is when it
// shows that. Work that starts at t and takes d ends at wall(worked(t) + d),
// so that what arrives in a stall starts when it is over. The zero stall is
// an ordinary clock.
type stall struct {
	every time.Duration // period; zero never stalls
	run   time.Duration // time in each period that the clock runs
}

func newStall(length, every time.Duration) stall {
	if length <= 0 || every <= length {
		return stall{}
	}
	return stall{every: every, run: every - length}
}

func (s stall) worked(t time.Duration) time.Duration {
	if s.every == 0 {
		return t
	}
	return t/s.every*s.run + min(t%s.every, s.run)
}

// wall returns the end of the stall for what would be done just as it begins.
func (s stall) wall(worked time.Duration) time.Duration {
	if s.every == 0 {
		return worked
	}
	return worked/s.run*s.every + worked%s.run
}
