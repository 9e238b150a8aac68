package httpclient

import (
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// hot is how long a connection that was just used is believed to be as it was.
const hot = int64(time.Millisecond)

// trusted reports whether a connection can do without a look, which would be a
// third system call for every exchange.
func (s *Session) trusted(c *conn) bool { return !s.wary && s.now-c.last < hot }

// disappointed has a session look from now on if it trusted a connection and
// should not have: this server closes after its answers without a word.
func (s *Session) disappointed(err error) {
	if s.trusting && s.first && err != nil && classify(err, s.phase).Class == metrics.Reset {
		s.wary = true
	}
}

// settle notes where in the buffer the answer ends. More than that was not asked
// for. If nobody looked before sending it may have been there already: which of
// two answers is the one can not be told.
func (s *Session) settle(end int) error {
	s.keep = s.have == end
	if !s.keep && s.trusting && s.head.status != 101 {
		return errSurplus
	}
	return nil
}
