package store

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"
)

// An entry says where a frame is.
type entry struct {
	offset int64
	size   uint32 // header and payload
	second uint32
}

// An index is where the frames of a log are. It takes less memory than the log.
type index struct {
	heads     []entry
	snapshots []entry // by second, parts of one in the order of the log
	remarks   []entry // events and crossings
	outcomes  []entry
	end       int64 // of the last intact frame
	lost      int64 // bytes that belong to no intact frame
}

// maxRemarks bounds the events and crossings that are read.
const maxRemarks = 10_000

// scan reads a log and finds every intact frame. Damage in the middle costs the
// frames it hit: the search goes on at the next magic.
func scan(log *window) (*index, error) {
	x := new(index)
	// What looks like a frame and is not has to be read to know. A log made to
	// have many of those would take for ever.
	budget := 4*log.size + 64<<20
	for at := int64(0); at < log.size; {
		h, frame, err := log.frame(at)
		if err != nil {
			return nil, err
		}
		if frame != nil && h.intact(frame) {
			x.add(h, at, len(frame))
			at += int64(len(frame))
			x.end = at
			continue
		}
		next := log.size
		if budget -= int64(len(frame)); budget > 0 {
			if next, err = log.find(at + 1); err != nil {
				return nil, err
			}
		}
		x.lost += next - at
		at = next
	}
	slices.SortStableFunc(x.snapshots, func(a, b entry) int { return cmp.Compare(a.second, b.second) })
	return x, nil
}

func (x *index) add(h header, at int64, size int) {
	e := entry{offset: at, size: uint32(size), second: h.second}
	switch h.kind {
	case headFrame:
		x.heads = append(x.heads, e)
	case snapshotFrame:
		x.snapshots = append(x.snapshots, e)
	case eventFrame, crossingFrame:
		if len(x.remarks) < maxRemarks {
			x.remarks = append(x.remarks, e)
		}
	case outcomeFrame:
		x.outcomes = append(x.outcomes, e)
	}
}

// A window reads a file in large pieces. What it returns is valid until its
// next call. It belongs to one goroutine at a time.
type window struct {
	file   io.ReaderAt
	size   int64 // of the file; what is written later is not seen
	buffer []byte
	start  int64 // of buffer in the file
}

const windowSize = 256 << 10

// at returns n bytes from an offset, fewer at the end of the file.
func (w *window) at(offset int64, n int) ([]byte, error) {
	n = int(min(int64(n), w.size-offset))
	if n <= 0 {
		return nil, nil
	}
	if from := offset - w.start; from >= 0 && from+int64(n) <= int64(len(w.buffer)) {
		return w.buffer[from : from+int64(n)], nil
	}
	want := int(min(int64(max(n, windowSize)), w.size-offset))
	w.buffer, w.start = slices.Grow(w.buffer[:0], want)[:want], offset
	got, err := w.file.ReadAt(w.buffer, offset)
	w.buffer = w.buffer[:got]
	if got < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return w.buffer[:n], nil
}

// frame returns the frame at an offset, nil if there is none or only a part.
func (w *window) frame(offset int64) (h header, frame []byte, err error) {
	b, err := w.at(offset, frameHeader)
	if err != nil || len(b) < frameHeader {
		return h, nil, err
	}
	h, ok := parseHeader(b)
	if !ok {
		return h, nil, nil
	}
	size := frameHeader + int(h.length)
	frame, err = w.at(offset, size)
	if err != nil || len(frame) < size {
		return h, nil, err
	}
	return h, frame, nil
}

// find returns where the next magic is, from an offset on, or the end of the file.
func (w *window) find(offset int64) (int64, error) {
	for offset < w.size {
		n := windowSize
		if here := w.start + int64(len(w.buffer)) - offset; here >= int64(len(frameMagic)) && offset >= w.start {
			n = int(here) // what is in memory first
		}
		b, err := w.at(offset, n)
		if err != nil {
			return 0, err
		}
		if i := bytes.Index(b, []byte(frameMagic)); i >= 0 {
			return offset + int64(i), nil
		}
		if len(b) < len(frameMagic) {
			break
		}
		offset += int64(len(b) - len(frameMagic) + 1)
	}
	return w.size, nil
}
