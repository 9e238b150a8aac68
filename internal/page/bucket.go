package page

import (
	"encoding/binary"

	"github.com/loadforge/loadforge/internal/hdr"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A bucket is what values that don't add up are made of: the histograms that
// percentiles are read from, and sums of levels.
type bucket struct {
	levels   []levels      // by load
	response hdr.Histogram // of the requests of the main stage
	service  hdr.Histogram
	lag      hdr.Histogram
	names    []*hdr.Histogram // response times by name, nil or empty without any
	dirty    bool             // something changed since they were read
}

// levels are sums over seconds.
type levels struct {
	active int64
	target int64 // on the grid
}

// targetGrid is the grid on which metrics merges targets: sums of parts of a
// second are exact there.
const targetGrid = 1 << 20

func levelsOf(l *metrics.LoadStats, seconds int64) levels {
	return levels{active: seconds * int64(l.Active), target: seconds * round(targetGrid*l.Target)}
}

// mean is the levels over so many seconds, the target in thousandths.
func (l levels) mean(seconds int64) (active, target int64) {
	n := float64(max(1, seconds))
	return round(float64(l.active) / n), round(float64(l.target) * 1000 / targetGrid / n)
}

// addLevels adds the levels of a load, held for so many seconds.
func (b *bucket) addLevels(load int, l levels) {
	for len(b.levels) <= load {
		b.levels = append(b.levels, levels{})
	}
	b.levels[load].active += l.active
	b.levels[load].target += l.target
}

// name returns the histogram of a name.
func (b *bucket) name(i int) *hdr.Histogram {
	for len(b.names) <= i {
		b.names = append(b.names, nil)
	}
	if b.names[i] == nil {
		b.names[i] = new(hdr.Histogram)
	}
	return b.names[i]
}

// pack puts a bucket away in a tenth of its room.
func (b *bucket) pack() []byte {
	out := binary.AppendUvarint(nil, uint64(len(b.levels)))
	for _, l := range b.levels {
		out = binary.AppendVarint(binary.AppendVarint(out, l.active), l.target)
	}
	out = appendHistogram(out, &b.response)
	out = appendHistogram(out, &b.service)
	out = appendHistogram(out, &b.lag)
	for i, h := range b.names {
		if h != nil && h.Count() > 0 {
			out = binary.AppendUvarint(out, uint64(i))
			out = appendHistogram(out, h)
		}
	}
	return out
}

// appendHistogram appends a histogram; one that has overflowed, which takes
// more values than any run has, as an empty one.
func appendHistogram(b []byte, h *hdr.Histogram) []byte {
	out, err := h.AppendBinary(b)
	if err != nil {
		out, _ = new(hdr.Histogram).AppendBinary(b)
	}
	return out
}

// reset empties a bucket and keeps its memory.
func (b *bucket) reset() {
	b.levels, b.dirty = b.levels[:0], false
	b.response.Reset()
	b.service.Reset()
	b.lag.Reset()
	for _, h := range b.names {
		if h != nil {
			h.Reset()
		}
	}
}

// unpack fills an empty bucket with what pack put away; nothing leaves it empty.
func (b *bucket) unpack(packed []byte) {
	if len(packed) == 0 {
		return
	}
	loads, packed := uvarint(packed)
	for load := range int(loads) {
		active, n := binary.Varint(packed)
		target, m := binary.Varint(packed[n:])
		b.addLevels(load, levels{active, target})
		packed = packed[n+m:]
	}
	for _, h := range []*hdr.Histogram{&b.response, &b.service, &b.lag} {
		packed, _ = h.Decode(packed)
	}
	for len(packed) > 0 {
		i, n := binary.Uvarint(packed)
		packed, _ = b.name(int(i)).Decode(packed[n:])
	}
}
