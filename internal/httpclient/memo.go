package httpclient

import (
	"bytes"
	"sync/atomic"
)

// A Memo remembers the header of an answer and what it meant. A server repeats
// itself to all users alike until its Date changes, and what is the same to the
// byte need not be parsed again: comparing costs a fifth of that, and as all who
// ask the same thing share a Memo, it stays in the processor's cache however many
// they are. The zero Memo is ready; it is safe for concurrent use. A nil Memo
// remembers nothing.
type Memo struct{ known atomic.Pointer[known] }

// A known header never changes.
type known struct {
	text []byte
	head head
	at   int64
}

const (
	maxMemo    = 512                // the largest header that is remembered
	memoPeriod = int64(100_000_000) // nanoseconds for which a memo is kept, though answers differ
)

// recall fills h if b, read from its start, begins with the remembered header.
func (m *Memo) recall(b []byte, h *head) bool {
	if m == nil {
		return false
	}
	k := m.known.Load()
	if k == nil || h.scan > 0 || len(b) < len(k.text) || !bytes.Equal(b[:len(k.text)], k.text) {
		return false
	}
	*h = k.head
	return true
}

// note remembers the header at the start of b. Where each answer has another
// one, that would be work for nothing: it is done ten times a second at most.
func (m *Memo) note(now int64, b []byte, h *head) {
	if m == nil || h.end > maxMemo {
		return
	}
	if k := m.known.Load(); k != nil && now-k.at < memoPeriod {
		return
	}
	m.known.Store(&known{text: bytes.Clone(b[:h.end]), head: *h, at: now})
}
