package page

import (
	"strconv"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Row is a bucket as it is now, for those who know that many names.
func (b *Builder) Row(bucket, known int) Row {
	a := b.axes[0]
	a.settle(bucket)
	row := Row{Bucket: bucket, Names: b.Names()[min(known, len(b.names)):], Values: map[string]int64{}}
	for _, c := range a.table.columns {
		v := c.at(bucket)
		if v == 0 {
			continue
		}
		if c.opt {
			v--
		}
		row.Values[c.id] = v
	}
	if open := a.open[bucket]; open != nil {
		row.Heat = heat(open)
	}
	return row
}

func heat(b *bucket) map[string][]uint64 {
	list := map[string][]uint64{}
	for i, h := range b.names {
		if h == nil || h.Count() == 0 {
			continue
		}
		var c counts
		c.add(h)
		list[strconv.Itoa(i)] = c.pairs()
	}
	return list
}

// Dist is the distribution of all requests of the main stage, warm-up left out:
// pairs of how many empty buckets come and the count of the next.
func (b *Builder) Dist() []uint64 {
	var sum hdr.Histogram
	for i, n := range b.names {
		if n.Kind == "request" && n.Stage == "main" {
			sum.Merge(&b.dists[i])
		}
	}
	return distribution(&sum)
}
