package metrics

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Limits of what a decoder accepts from a network. They are far above what a
// recorder makes.
const (
	// MaxEncoded bounds the bytes of an encoded snapshot.
	MaxEncoded = 32 << 20
	// MaxLoads bounds the loads of a plan.
	MaxLoads = 1000
	// maxDecoded bounds the memory of the histograms of one snapshot: a few
	// bytes can name a bucket in each octave of each histogram.
	maxDecoded = 256 << 20
	// maxEntries is how many names a merge leaves: each in every stage, and
	// those for others in every stage and kind.
	maxEntries = int(numStages) * (MaxNames + 2)
	maxSpan    = 10 * 365 * 24 * time.Hour
	maxTarget  = 1e12
)

var errTruncated = errors.New("truncated")

// DecodeSnapshot decodes what [Snapshot.AppendBinary] made. b may come from
// anywhere: DecodeSnapshot returns an error for what no recorder or merge could
// have made, and bounds the memory it takes. It keeps nothing of b.
func DecodeSnapshot(b []byte) (*Snapshot, error) {
	s, err := decodeSnapshot(b, maxDecoded)
	if err != nil {
		return nil, fmt.Errorf("decoding snapshot: %w", err)
	}
	return s, nil
}

func decodeSnapshot(b []byte, budget int) (*Snapshot, error) {
	switch {
	case len(b) == 0:
		return nil, errTruncated
	case len(b) > MaxEncoded:
		return nil, fmt.Errorf("%d bytes, the limit is %d", len(b), MaxEncoded)
	case b[0] != codecVersion:
		return nil, fmt.Errorf("version %d, want %d", b[0], codecVersion)
	}
	d := decoder{snapshot: new(Snapshot)}
	in := reader{rest: b[1:]}
	for len(in.rest) > 0 {
		tag := in.number()
		section := reader{rest: in.bytes(in.number()), budget: budget}
		if in.err != nil {
			return nil, in.err
		}
		if err := d.section(tag, &section); err != nil {
			return nil, err
		}
		budget = section.budget
	}
	return d.finish()
}

// decoder collects the sections of a snapshot.
type decoder struct {
	snapshot *Snapshot
	errors   errorSet
	once     uint64 // the tags seen of which there may be one, a bit each
}

func (d *decoder) section(tag uint64, r *reader) error {
	switch tag {
	case tagHeader:
		d.first(tag, r)
		r.header(d.snapshot)
	case tagLoad:
		d.load(r)
	case tagName:
		d.name(r)
	case tagCheck:
		d.check(r)
	case tagError:
		d.error(r)
	case tagLag:
		d.first(tag, r)
		r.histogram(&d.snapshot.Lag)
	case tagHealth:
		d.first(tag, r)
		r.health(&d.snapshot.Health)
	case tagAddress:
		d.address(r)
	}
	return r.err
}

// first refuses a second section of a tag.
func (d *decoder) first(tag uint64, r *reader) {
	if d.once>>tag&1 != 0 {
		r.fail("two sections of tag %d", tag)
	}
	d.once |= 1 << tag
}

func (d *decoder) finish() (*Snapshot, error) {
	if d.once>>tagHeader&1 == 0 {
		return nil, errors.New("no header")
	}
	d.snapshot.Errors = d.errors.sorted()
	return d.snapshot, nil
}

func (d *decoder) load(r *reader) {
	if len(d.snapshot.Loads) == MaxLoads {
		r.fail("more than %d loads", MaxLoads)
		return
	}
	d.snapshot.Loads = append(d.snapshot.Loads, LoadStats{})
	r.load(&d.snapshot.Loads[len(d.snapshot.Loads)-1])
}

func (d *decoder) name(r *reader) {
	names := &d.snapshot.Names
	if len(*names) == maxEntries {
		r.fail("more than %d names", maxEntries)
		return
	}
	*names = append(*names, NameStats{})
	n := len(*names)
	r.name(&(*names)[n-1])
	if n > 1 && (*names)[n-2].compare(&(*names)[n-1]) >= 0 {
		r.fail("names are not in order")
	}
}

func (d *decoder) check(r *reader) {
	checks := &d.snapshot.Checks
	if len(*checks) > MaxChecks {
		r.fail("more than %d checks", MaxChecks)
		return
	}
	*checks = append(*checks, CheckStats{Name: r.text(MaxName), Passed: r.number(), Failed: r.number()})
	n := len(*checks)
	if n > 1 && (*checks)[n-2].Name >= (*checks)[n-1].Name {
		r.fail("checks are not in order")
	}
}

func (d *decoder) error(r *reader) {
	e := ErrorStats{
		Class:   r.class(),
		Name:    r.text(MaxName),
		Message: r.text(MaxMessage),
		Count:   r.number(),
		First:   r.span(),
		Last:    r.span(),
		Detail:  r.lines(MaxDetail),
	}
	if r.err == nil {
		d.errors.merge(&e)
	}
}

func (r *reader) header(s *Snapshot) {
	s.Worker = r.signed()
	s.Epoch = uint32(r.upTo(math.MaxUint32, "epoch"))
	s.Seq = r.number()
	s.Second = int(r.upTo(uint64(maxSpan/time.Second), "second"))
	s.Length = r.span()
	s.Workers = r.whole()
	s.Covered = r.fraction(1)
	s.Peak = r.whole()
}

func (r *reader) load(l *LoadStats) {
	l.Scenario = r.text(MaxName)
	l.Target = r.fraction(maxTarget)
	l.Active = r.whole()
	l.Busy = r.whole()
	for _, to := range []*uint64{
		&l.Scheduled, &l.Started, &l.Late, &l.Dropped, &l.Finished,
		&l.Failed, &l.Interrupted, &l.SetupFailed, &l.Panics,
	} {
		*to = r.number()
	}
	l.Peak = r.whole()
}

func (r *reader) name(n *NameStats) {
	n.Name = r.text(MaxName)
	n.Kind = Kind(r.upTo(uint64(Group), "kind"))
	n.Stage = Stage(r.upTo(uint64(Teardown), "stage"))
	n.Count = r.number()
	for left := r.upTo(256, "classes"); left > 0 && r.err == nil; left-- {
		n.ByClass[r.class()] += r.number()
	}
	r.codes(n)
	n.BytesOut = r.number()
	n.BytesIn = r.number()
	used := r.number()
	for t, h := range n.histograms() {
		if h != nil && used>>t&1 != 0 {
			r.histogram(h)
		}
	}
}

func (r *reader) codes(n *NameStats) {
	code := uint64(0)
	for left := r.upTo(maxCode, "statuses"); left > 0 && r.err == nil; left-- {
		step := r.upTo(maxCode, "status")
		code += step
		if step == 0 || code > maxCode {
			r.fail("status %d after %d", code, code-step)
		}
		n.Codes = append(n.Codes, CodeCount{Code: uint16(code), Count: r.number()})
	}
}

func (r *reader) health(h *Health) {
	h.CPU = r.fraction(math.MaxUint16)
	h.SchedLatency = r.span()
	h.GCPause = r.span()
	h.Heap = r.number()
	h.Goroutines = r.whole()
	h.FDs = r.whole()
	h.FDLimit = r.whole()
	h.ClockGap = r.span()
	h.Stall = r.span()
	h.PortsInUse = r.whole()
	h.PortRange = r.whole()
	h.NamesOverflow = r.number()
}

// reader reads the fields of a section. Where the section has ended every field
// is zero; after an error, too.
type reader struct {
	rest   []byte
	budget int // bytes of histograms that may still be allocated
	err    error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.rest = nil
}

func (r *reader) number() uint64 {
	if len(r.rest) == 0 {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail("malformed number")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) signed() int {
	if len(r.rest) == 0 {
		return 0
	}
	v, n := binary.Varint(r.rest)
	if n <= 0 || v < math.MinInt32 || v > math.MaxInt32 {
		r.fail("malformed number")
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) upTo(limit uint64, what string) uint64 {
	v := r.number()
	if v > limit {
		r.fail("%s %d is above %d", what, v, limit)
		return 0
	}
	return v
}

func (r *reader) whole() int { return int(r.upTo(math.MaxInt32, "whole number")) }

func (r *reader) span() time.Duration { return time.Duration(r.upTo(uint64(maxSpan), "duration")) }

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("truncated")
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) text(limit int) string {
	s := string(r.bytes(r.upTo(uint64(limit), "length of text")))
	if !isClean(s) {
		r.fail("text with control characters or broken UTF-8")
		return ""
	}
	return s
}

func (r *reader) lines(limit int) string {
	s := string(r.bytes(r.upTo(uint64(limit), "length of text")))
	if cleanLines(s, limit) != s {
		r.fail("text with control characters or broken UTF-8")
		return ""
	}
	return s
}

func (r *reader) fraction(limit float64) float64 {
	if len(r.rest) == 0 {
		return 0
	}
	b := r.bytes(8)
	if b == nil {
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if !(x >= 0 && x <= limit) {
		r.fail("fraction %v is not from 0 to %v", x, limit)
		return 0
	}
	return x
}

// class reads a class. One of a newer writer counts as Protocol.
func (r *reader) class() Class {
	v := r.number()
	if v >= uint64(NumClasses) {
		return Protocol
	}
	return Class(v)
}

// histogram reads a histogram. It takes a page of memory for each octave in use:
// at most those from its minimum to its maximum, and no more than it has bytes.
func (r *reader) histogram(h *hdr.Histogram) {
	const page = 1 << 10
	if r.err != nil {
		return
	}
	rest, err := h.Decode(r.rest)
	if err != nil {
		r.fail("%w", err)
		return
	}
	octaves := 1 + bits.Len64(uint64(h.Max())) - bits.Len64(uint64(h.Min()))
	r.budget -= min(octaves, len(r.rest)-len(rest)) * page
	if r.budget < 0 {
		r.fail("histograms take too much memory")
	}
	r.rest = rest
}
