package metrics

import (
	"slices"

	"github.com/loadforge/loadforge/internal/hdr"
)

// A timing is one of the times of a sample that has a histogram.
type timing uint8

const (
	responseTiming timing = iota
	serviceTiming
	ttfbTiming
	dnsTiming
	connectTiming
	tlsTiming

	numTimings = int(tlsTiming) + 1
)

// A cell counts the samples of one name and stage on one shard in one second.
//
// Its times start as a list of numbers and become histograms when the list
// would be longer than these: 2,000 names on eight shards, all in use, take 7
// MB that way where histograms take 75 and more, and the memory of a cell is
// bounded by the samples of its second, whatever the number of names and shards.
type cell struct {
	count    uint32
	quiet    uint32 // seconds in a row with too few samples for histograms
	used     uint32 // turn of the page it was last used in
	code     uint16 // the first status seen, nearly always the only one
	answers  uint32 // with that status
	classes  [NumClasses]uint32
	codes    []CodeCount // the other statuses
	bytesOut uint64
	bytesIn  uint64
	few      []uint64 // times as nanoseconds<<3 | timing, while many is nil
	many     *windows
}

type windows [numTimings]hdr.Window

const (
	// maxFew is the length at which the list of times is as large as the empty
	// histograms that replace it.
	maxFew = 96
	// quietSeconds is after how many seconds of few samples a cell goes back
	// from histograms to the list.
	quietSeconds = 8
	// maxCode is the largest status there is; HTTP gives it three digits.
	maxCode = 999
)

func (c *cell) add(s *Sample) {
	c.count++
	c.bytesOut += uint64(max(s.BytesOut, 0))
	c.bytesIn += uint64(max(s.BytesIn, 0))
	class := min(s.Class, Cancelled)
	c.classes[class]++
	// What was cut short by the end of the run or failed on this machine says
	// nothing about the target: its times would only blur the others.
	if class >= Generator {
		return
	}
	c.addCode(s.Code)
	if c.many != nil {
		c.many.add(s)
		return
	}
	c.addFew(s)
}

func (c *cell) addCode(code uint16) {
	switch {
	case code == 0:
	case code == c.code:
		c.answers++
	case c.code == 0:
		c.code, c.answers = code, 1
	default:
		c.codes = countCode(c.codes, min(code, maxCode), 1)
	}
}

// sent reports whether a sample got as far as being sent; the response time of
// others would say how fast they failed.
func (s *Sample) sent() bool { return s.Service > 0 || s.Class == OK || s.Code != 0 }

func (w *windows) add(s *Sample) {
	if s.sent() {
		w[responseTiming].Record(s.Response)
		w[serviceTiming].Record(s.Service)
	}
	if s.TTFB > 0 {
		w[ttfbTiming].Record(s.TTFB)
	}
	if s.DNS|s.Connect|s.TLS != 0 {
		w.addConnection(s)
	}
}

func (w *windows) addConnection(s *Sample) {
	if s.DNS > 0 {
		w[dnsTiming].Record(s.DNS)
	}
	if s.Connect > 0 {
		w[connectTiming].Record(s.Connect)
	}
	if s.TLS > 0 {
		w[tlsTiming].Record(s.TLS)
	}
}

// addFew is windows.add for the list.
func (c *cell) addFew(s *Sample) {
	if len(c.few)+numTimings > maxFew {
		c.toMany()
		c.many.add(s)
		return
	}
	if s.sent() {
		c.push(responseTiming, s.Response)
		c.push(serviceTiming, s.Service)
	}
	for t, ns := range [...]int64{ttfbTiming: s.TTFB, dnsTiming: s.DNS, connectTiming: s.Connect, tlsTiming: s.TLS} {
		if ns > 0 {
			c.push(timing(t), ns)
		}
	}
}

func (c *cell) push(t timing, ns int64) {
	const longest = 1<<60 - 1 // 36 years
	c.few = append(c.few, uint64(min(max(ns, 0), longest))<<3|uint64(t))
}

func (c *cell) toMany() {
	c.many = new(windows)
	for _, v := range c.few {
		c.many[v&7].Record(int64(v >> 3))
	}
	c.few = nil
}

// addTo adds what the cell has counted to n.
func (c *cell) addTo(n *NameStats) {
	for class, count := range c.classes {
		n.ByClass[class] += uint64(count)
	}
	n.Count += uint64(c.count - c.classes[Cancelled])
	n.BytesOut += c.bytesOut
	n.BytesIn += c.bytesIn
	if c.code != 0 {
		n.Codes = countCode(n.Codes, min(c.code, maxCode), uint64(c.answers))
	}
	for _, code := range c.codes {
		n.Codes = countCode(n.Codes, code.Code, code.Count)
	}
	to := n.histograms()
	for _, v := range c.few {
		to[v&7].Record(int64(v >> 3))
	}
	if c.many != nil {
		for t := range c.many {
			c.many[t].MergeInto(to[t])
		}
	}
}

// reset empties the cell for another second and keeps the memory it is likely
// to need there.
func (c *cell) reset() {
	if c.many != nil && 2*numTimings*int(c.count) < maxFew {
		c.quiet++
	} else {
		c.quiet = 0
	}
	many := c.many
	if c.quiet >= quietSeconds {
		many = nil
	}
	*c = cell{quiet: c.quiet, used: c.used, codes: c.codes[:0], few: c.few[:0], many: many}
	if many != nil {
		for t := range many {
			many[t].Reset()
		}
	}
}

// countCode adds n answers with a status to counts sorted by status.
func countCode(counts []CodeCount, code uint16, n uint64) []CodeCount {
	i, found := slices.BinarySearchFunc(counts, code, func(c CodeCount, code uint16) int {
		return int(c.Code) - int(code)
	})
	if !found {
		counts = slices.Insert(counts, i, CodeCount{Code: code})
	}
	counts[i].Count += n
	return counts
}

// histograms returns the histograms of n by timing.
func (n *NameStats) histograms() [8]*hdr.Histogram {
	return [8]*hdr.Histogram{
		responseTiming: &n.Response,
		serviceTiming:  &n.Service,
		ttfbTiming:     &n.TTFB,
		dnsTiming:      &n.DNS,
		connectTiming:  &n.Connect,
		tlsTiming:      &n.TLS,
	}
}
