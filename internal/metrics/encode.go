package metrics

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// The encoding of a snapshot, version 1: the version byte, then sections in any
// order, each a tag, the length of what follows, and its fields. Numbers are
// unsigned varints of encoding/binary unless said otherwise, texts have their
// length before them, fractions are eight bytes of IEEE 754, lowest byte first.
//
// A reader skips sections whose tag it doesn't know, and what follows the last
// field it knows of a section; a field that is missing at a section's end is
// zero. So both sides may be newer. A peak that is zero is left out.
const codecVersion = 1

// The tags of sections. Load, name, check, error and address come once for each.
const (
	tagHeader  = 1 + iota // worker (zig-zag), epoch, seq, second, length, workers, covered (fraction), peak
	tagLoad               // scenario, target (fraction), active, busy, scheduled, started, late, dropped, finished, failed, interrupted, setup failed, panics, peak
	tagName               // name, kind, stage, count, classes, codes, bytes out, bytes in, histograms
	tagCheck              // name, passed, failed
	tagError              // class, name, message, count, first, last, detail
	tagLag                // histogram
	tagHealth             // cpu (fraction), scheduler latency, GC pause, heap, goroutines, fds, fd limit, clock gap, stall, ports, port range, names overflow
	tagAddress            // name, address, opened
)

var _ encoding.BinaryAppender = (*Snapshot)(nil)

// AppendBinary appends the encoding of s to b. Equal snapshots have equal
// encodings. It fails, and returns b as it was, only if a histogram's count has
// overflowed.
func (s *Snapshot) AppendBinary(b []byte) ([]byte, error) {
	w := writer{out: append(b, codecVersion)}
	w.header(s)
	for i := range s.Loads {
		w.load(&s.Loads[i])
	}
	for i := range s.Names {
		w.name(&s.Names[i])
	}
	for i := range s.Checks {
		w.check(&s.Checks[i])
	}
	for i := range s.Errors {
		w.error(&s.Errors[i])
	}
	for i := range s.Addresses {
		w.address(&s.Addresses[i])
	}
	if s.Lag.Count() > 0 {
		w.histogram(&s.Lag)
		w.end(tagLag)
	}
	w.health(&s.Health)
	if w.err != nil {
		return b, w.err
	}
	return w.out, nil
}

// writer collects the fields of a section and appends it when it ends.
type writer struct {
	out     []byte
	section []byte
	err     error
}

func (w *writer) end(tag uint64) {
	w.out = binary.AppendUvarint(w.out, tag)
	w.out = binary.AppendUvarint(w.out, uint64(len(w.section)))
	w.out = append(w.out, w.section...)
	w.section = w.section[:0]
}

func (w *writer) numbers(vs ...uint64) {
	for _, v := range vs {
		w.section = binary.AppendUvarint(w.section, v)
	}
}

func (w *writer) text(s string) {
	w.numbers(uint64(len(s)))
	w.section = append(w.section, s...)
}

func (w *writer) fraction(x float64) {
	w.section = binary.LittleEndian.AppendUint64(w.section, math.Float64bits(x))
}

func (w *writer) header(s *Snapshot) {
	w.section = binary.AppendVarint(w.section, int64(s.Worker))
	w.numbers(uint64(s.Epoch), s.Seq, whole(s.Second), span(s.Length), whole(s.Workers))
	w.fraction(s.Covered)
	w.peak(s.Peak)
	w.end(tagHeader)
}

func (w *writer) load(l *LoadStats) {
	w.text(l.Scenario)
	w.fraction(l.Target)
	w.numbers(whole(l.Active), whole(l.Busy), l.Scheduled, l.Started, l.Late, l.Dropped,
		l.Finished, l.Failed, l.Interrupted, l.SetupFailed, l.Panics)
	w.peak(l.Peak)
	w.end(tagLoad)
}

// peak ends a section with a number that the first writers did not have.
func (w *writer) peak(n int) {
	if n > 0 {
		w.numbers(whole(n))
	}
}

func (w *writer) name(n *NameStats) {
	w.text(n.Name)
	w.numbers(uint64(n.Kind), uint64(n.Stage), n.Count)
	w.classes(n)
	w.codes(n.Codes)
	w.numbers(n.BytesOut, n.BytesIn)
	w.histograms(n)
	w.end(tagName)
}

// histograms writes which of the timings have values, a bit each, then their
// histograms.
func (w *writer) histograms(n *NameStats) {
	used := uint64(0)
	for t, h := range n.histograms() {
		if h != nil && h.Count() > 0 {
			used |= 1 << t
		}
	}
	w.numbers(used)
	for t, h := range n.histograms() {
		if used>>t&1 != 0 {
			w.histogram(h)
		}
	}
}

func (w *writer) histogram(h *hdr.Histogram) {
	b, err := h.AppendBinary(w.section)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("encoding snapshot: %w", err)
	}
	w.section = b
}

// classes writes how many classes have counts, then each class and its count.
func (w *writer) classes(n *NameStats) {
	used := uint64(0)
	for _, count := range n.ByClass {
		if count > 0 {
			used++
		}
	}
	w.numbers(used)
	for class, count := range n.ByClass {
		if count > 0 {
			w.numbers(uint64(class), count)
		}
	}
}

// codes writes how many statuses there are, then of each how far it is from the
// one before and its count.
func (w *writer) codes(codes []CodeCount) {
	w.numbers(uint64(len(codes)))
	last := uint16(0)
	for _, c := range codes {
		w.numbers(uint64(c.Code-last), c.Count)
		last = c.Code
	}
}

func (w *writer) check(c *CheckStats) {
	w.text(c.Name)
	w.numbers(c.Passed, c.Failed)
	w.end(tagCheck)
}

func (w *writer) error(e *ErrorStats) {
	w.numbers(uint64(e.Class))
	w.text(e.Name)
	w.text(e.Message)
	w.numbers(e.Count, span(e.First), span(e.Last))
	w.text(e.Detail)
	w.end(tagError)
}

func (w *writer) health(h *Health) {
	w.fraction(h.CPU)
	w.numbers(span(h.SchedLatency), span(h.GCPause), h.Heap, whole(h.Goroutines), whole(h.FDs),
		whole(h.FDLimit), span(h.ClockGap), span(h.Stall), whole(h.PortsInUse), whole(h.PortRange),
		h.NamesOverflow)
	w.end(tagHealth)
}

func whole(n int) uint64          { return uint64(max(n, 0)) }
func span(d time.Duration) uint64 { return uint64(max(d, 0)) }
