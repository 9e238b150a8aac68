package engine

import (
	"runtime"
	"time"
)

// A sleeper waits for the moments of a schedule, each given as time since the
// start of the run, so that being late for one never delays the next. It
// belongs to one goroutine.
//
// Go's timers ring up to a millisecond late on an idle Linux machine, because
// the poller counts in milliseconds. A precise sleeper has an alarm for the
// last two, and learns by how much that one is late, to set it earlier: at 5,000
// starts a second the median start lag falls from 500 us to 10 us, for a tenth
// of a processor.
type sleeper struct {
	start time.Time
	halt  <-chan struct{} // ends all waiting when closed
	bell  <-chan struct{} // ends it when there is a value; may be nil
	timer *time.Timer
	alarm alarm // nil: timers will do
	late  time.Duration
	past  int // moments since the last wait
	rung  bool
}

// An alarm waits precisely, and can't be interrupted.
type alarm interface {
	sleep(time.Duration)
	close()
}

const (
	// alarmFrom is how long before the moment the timer hands over to the alarm.
	alarmFrom = 2 * time.Millisecond
	// maxLate bounds what a sleeper learns on a busy machine.
	maxLate = 100 * time.Microsecond
	// maxSpin is for how long a sleeper that woke early keeps its processor.
	maxSpin = 10 * time.Microsecond
	// minNap is the shortest sleep after a wake that found several moments past:
	// they are denser than the alarm is exact, so more of them are taken
	// together. It keeps 50,000 starts a second from taking a processor.
	minNap = 100 * time.Microsecond
)

func newSleeper(start time.Time, halt, bell <-chan struct{}, precise bool) *sleeper {
	s := &sleeper{start: start, halt: halt, bell: bell, timer: time.NewTimer(0)}
	if precise {
		s.alarm = newAlarm()
	}
	return s
}

func (s *sleeper) close() {
	s.timer.Stop()
	if s.alarm != nil {
		s.alarm.close()
	}
}

// until waits until due. It returns false as soon as the sleeper is halted, or
// the bell has a value; who asks takes that off, if it is still there.
func (s *sleeper) until(due time.Duration) bool {
	s.rung = false
	for s.past++; !s.halted() && !s.rung && len(s.bell) == 0; {
		left := due - time.Since(s.start)
		switch {
		case left <= 0:
			return true
		case s.alarm == nil:
			s.wait(left)
		case left > alarmFrom:
			s.wait(left - alarmFrom)
		default:
			s.waitPrecisely(left)
		}
	}
	return false
}

func (s *sleeper) halted() bool {
	select {
	case <-s.halt:
		return true
	default:
		return false
	}
}

func (s *sleeper) wait(d time.Duration) {
	s.timer.Reset(d)
	select {
	case <-s.timer.C:
	case <-s.halt:
	case <-s.bell:
		s.rung = true
	}
}

func (s *sleeper) waitPrecisely(left time.Duration) {
	if left <= s.late && left <= maxSpin {
		runtime.Gosched() // those just woken first
		return
	}
	asked := max(left-s.late, 1)
	if s.past > 2 {
		asked = max(asked, minNap)
	}
	s.past = 0
	before := time.Now()
	s.alarm.sleep(asked)
	late := min(time.Since(before)-asked, maxLate)
	s.late += (late - s.late) / 16
}
