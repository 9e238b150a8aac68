package cluster

import "time"

// A lease is a worker's permission to start work. It is counted from when a
// heartbeat was sent, not from when its answer came, so that it never ends
// later than the coordinator believes.
type lease struct {
	length time.Duration // zero: for ever
	until  time.Time
	beat   uint64
	sent   map[uint64]time.Time // heartbeats without an answer
}

func newLease(length time.Duration, now time.Time) *lease {
	return &lease{length: length, until: now.Add(length), sent: map[uint64]time.Time{}}
}

// next numbers the heartbeat that is sent now.
func (l *lease) next(now time.Time) uint64 {
	l.beat++
	l.sent[l.beat] = now
	return l.beat
}

// renew takes in the answer to a heartbeat. Answers may come in any order, or
// more than once.
func (l *lease) renew(beat uint64) {
	at, ok := l.sent[beat]
	if !ok {
		return
	}
	if until := at.Add(l.length); until.After(l.until) {
		l.until = until
	}
	for b := range l.sent {
		if b <= beat {
			delete(l.sent, b)
		}
	}
}

func (l *lease) expired(now time.Time) bool { return l.length > 0 && now.After(l.until) }
