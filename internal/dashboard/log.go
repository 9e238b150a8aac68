package dashboard

import (
	"strconv"
	"sync"
)

// The kinds of events of a stream. Those of docs/page-data.md, and one more: a
// brief is a status that leaves the names out.
const (
	rowEvent    = "row"
	statusEvent = "status"
	briefEvent  = "brief"
	markEvent   = "event"
	resetEvent  = "reset"
	endEvent    = "end"
)

// A log is what was told of a run: events with numbers that rise by one, each
// encoded once, whoever reads it. It keeps the latest of them, up to a number of
// bytes. Of statuses only the last counts, so the others are let go.
type log struct {
	room int // bytes

	mu      sync.Mutex
	first   uint64 // the number of the first that is kept
	entries []entry
	size    int
	status  uint64        // the number of the last status
	brief   uint64        // likewise
	grown   chan struct{} // closed, and replaced, by wake
	ended   bool
}

type entry struct {
	kind  string
	frame []byte // as it is sent; nil for what is left out
}

// entryBytes is what an entry takes besides its frame.
const entryBytes = 64

// newLog returns an empty log whose first event has that number.
func newLog(first uint64, room int) *log {
	return &log{room: room, first: first, grown: make(chan struct{})}
}

// add adds an event with its data in one line. Readers that wait are woken by
// wake, when all that belongs together is there.
func (l *log) add(kind string, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	number := l.end()
	l.supersede(kind, number)
	frame := frameOf(number, kind, data)
	l.entries = append(l.entries, entry{kind, frame})
	l.size += len(frame) + entryBytes
	for l.size > l.room && len(l.entries) > 1 {
		l.size -= len(l.entries[0].frame) + entryBytes
		l.entries[0] = entry{} // the array is still there
		l.entries = l.entries[1:]
		l.first++
	}
	l.ended = kind == endEvent
}

// wake lets readers look for more.
func (l *log) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.grown)
	l.grown = make(chan struct{})
}

// supersede lets the statuses go that the event with that number takes the place
// of. A brief one leaves the last that is not.
func (l *log) supersede(kind string, number uint64) {
	switch kind {
	case statusEvent:
		l.drop(l.status)
		l.drop(l.brief)
		l.status = number
	case briefEvent:
		l.drop(l.brief)
		l.brief = number
	}
}

// drop leaves an event out, if it is still there.
func (l *log) drop(number uint64) {
	if number < l.first || number >= l.end() {
		return
	}
	e := &l.entries[number-l.first]
	l.size -= len(e.frame)
	e.frame = nil
}

// frameOf is an event as it is sent.
func frameOf(number uint64, kind string, data []byte) []byte {
	if kind == briefEvent {
		kind = statusEvent
	}
	b := make([]byte, 0, len(data)+64)
	b = append(b, "id: "...)
	b = strconv.AppendUint(b, number, 10)
	b = append(b, "\nevent: "...)
	b = append(b, kind...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

// last is the number of the last event.
func (l *log) last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end() - 1
}

func (l *log) end() uint64 { return l.first + uint64(len(l.entries)) }

// A batch is what a reader gets at a time.
type batch struct {
	frames [][]byte
	last   uint64          // the number of the last event that it covers
	lost   bool            // the events after the given one are not all there
	ended  bool            // nothing comes after it
	grown  <-chan struct{} // closed when there is more; nil if there is already
}

// after returns the events after a number, up to some bytes of them. A reader
// that has lost some has to begin anew at the end; how the run ended it still
// gets.
func (l *log) after(number uint64, most int) batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number+1 < l.first || number >= l.end() {
		last := l.end() - 1
		if l.ended {
			last--
		}
		return batch{last: last, lost: true}
	}
	b := batch{last: number}
	for _, e := range l.entries[number+1-l.first:] {
		if most <= 0 {
			return b
		}
		b.last++
		if e.frame != nil {
			b.frames = append(b.frames, e.frame)
			most -= len(e.frame)
		}
	}
	b.ended, b.grown = l.ended, l.grown
	return b
}

// oldest is the number before the first event that is kept.
func (l *log) oldest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first - 1
}
