package cluster

import (
	"testing"
	"time"
)

func TestLeaseIsCountedFromTheHeartbeat(t *testing.T) {
	start := time.Now()
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

	l := newLease(10*time.Second, start)
	first, second := l.next(at(1)), l.next(at(2))
	for _, step := range []struct {
		says    string
		do      func()
		holds   int
		expired int
	}{
		{"a new lease holds for its length", func() {}, 10, 11},
		{"the answer to the second heartbeat counts from that", func() { l.renew(second) }, 12, 13},
		{"a late answer to the first changes nothing", func() { l.renew(first) }, 12, 13},
		{"an answer that comes twice changes nothing", func() { l.renew(second) }, 12, 13},
		{"an answer to nothing changes nothing", func() { l.renew(99) }, 12, 13},
	} {
		step.do()
		if l.expired(at(step.holds)) || !l.expired(at(step.expired)) {
			t.Errorf("%s: lease until %v, want %v", step.says, l.until.Sub(start), at(step.holds).Sub(start))
		}
	}
	if len(l.sent) != 0 {
		t.Errorf("%d heartbeats wait for an answer, want none", len(l.sent))
	}
}

func TestLeaseWithoutLengthNeverEnds(t *testing.T) {
	now := time.Now()
	if newLease(0, now).expired(now.Add(1000 * time.Hour)) {
		t.Error("expired, want for ever")
	}
}
