package page

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
)

const magic = "LFP1"

// level of compression: a live run pays for it whenever a browser comes. The
// best one, and the standard library's of the same level, take ten times as
// long for 2 %.
const level = 6

// Encode writes the page. Seq is where the stream goes on, 0 where there is
// none.
func (b *Builder) Encode(w io.Writer, seq uint64, status *Status) error {
	block, err := b.container(seq, status)
	if err != nil {
		return err
	}
	z, err := flate.NewWriter(w, level)
	if err != nil {
		return fmt.Errorf("encoding the page: %w", err)
	}
	if _, err := z.Write(block); err != nil {
		return fmt.Errorf("encoding the page: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("encoding the page: %w", err)
	}
	return nil
}

// container is the page before it is compressed.
func (b *Builder) container(seq uint64, status *Status) ([]byte, error) {
	a := b.axes[0]
	for i := range a.open {
		a.settle(i)
	}
	head, err := json.Marshal(b.header(seq, status))
	if err != nil {
		return nil, fmt.Errorf("encoding the page: %w", err)
	}
	block := binary.AppendUvarint([]byte(magic), uint64(len(head)))
	block = append(block, head...)
	block = a.table.encode(block, a.count)
	for name := range b.names {
		block = b.cells.encode(block, name)
	}
	for name := range b.names {
		block = appendPairs(block, distribution(&b.dists[name]))
	}
	return block, nil
}

func (b *Builder) header(seq uint64, status *Status) *header {
	a := b.axes[0]
	h := &header{
		Version: Version,
		Seq:     seq,
		Run:     shapeOfRun(&b.run),
		Loads:   shapesOfLoads(b.run.Loads),
		Status:  *status,
		Events:  slices.SortedStableFunc(slices.Values(b.events), func(a, b Event) int { return cmp.Compare(a.At, b.At) }),
		Names:   append([]Name{}, b.names...),
		Buckets: axisShape{Count: a.count, Width: a.width},
		Cells:   axisShape{Count: b.cells.count, Width: b.cells.width},
		Columns: make([]columnNote, len(a.table.columns)),
	}
	for i, c := range a.table.columns {
		h.Columns[i] = columnNote{ID: c.id, N: a.count, Opt: c.opt}
	}
	if h.Events == nil {
		h.Events = []Event{}
	}
	if h.Status.Names == nil {
		h.Status.Names = []NameTotals{}
	}
	return h
}
