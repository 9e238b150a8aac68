package httpclient

import (
	"sync"
	"unsafe"
)

// A buffer is memory that wanders between sessions: a user that thinks has none.
type buffer struct {
	bytes []byte // always of full length
	class int    // index of its pool; -1: too large to keep
}

const (
	smallestBuffer = 4 << 10
	bufferClasses  = 8 // 4 KiB to 64 MiB, a factor of four each
	largestBuffer  = smallestBuffer << (2 * (bufferClasses - 1))
)

// buffers is a set of pools by size. The zero value is ready; it is safe for
// concurrent use.
type buffers struct {
	pools [bufferClasses]sync.Pool
}

// get returns a buffer of at least size bytes with anything in it.
func (p *buffers) get(size int) *buffer {
	have := smallestBuffer
	for class := range bufferClasses {
		if size <= have {
			if b, ok := p.pools[class].Get().(*buffer); ok {
				return b
			}
			return &buffer{bytes: make([]byte, have), class: class}
		}
		have *= 4
	}
	return &buffer{bytes: make([]byte, size), class: -1}
}

// put takes a buffer back; nil is fine.
func (p *buffers) put(b *buffer) {
	if b != nil && b.class >= 0 {
		p.pools[b.class].Put(b)
	}
}

// grow returns a buffer of at least size bytes that begins with the first keep
// bytes of b, which it takes back.
func (p *buffers) grow(b *buffer, keep, size int) *buffer {
	bigger := p.get(size)
	copy(bigger.bytes, b.bytes[:keep])
	p.put(b)
	return bigger
}

// extend is grow for when it is not known how much is to come.
func (p *buffers) extend(b *buffer, keep int) *buffer {
	size := keep + 1
	if size > largestBuffer { // where get gives exactly what is asked for
		size = keep + keep/4
	}
	return p.grow(b, keep, size)
}

// holds reports whether p lies in b; nil holds nothing.
func (b *buffer) holds(p []byte) bool {
	if b == nil || len(p) == 0 {
		return false
	}
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(p))) - uintptr(unsafe.Pointer(unsafe.SliceData(b.bytes)))
	return offset < uintptr(len(b.bytes))
}

// setAside takes the buffers of the latest answer out of use if that is what is
// to be sent: answers, interim ones and those of redirects too, must not
// overwrite it.
func (s *Session) setAside(r *Request) {
	s.dropAside()
	for i, b := range [...]**buffer{&s.in, &s.plain} {
		if (*b).holds(r.Body) || (*b).holds(r.Path) {
			s.aside[i], *b = *b, nil
		}
	}
}

// dropAside gives back what an earlier request lay in.
func (s *Session) dropAside() {
	for i, b := range s.aside {
		if b != nil {
			s.client.buffers.put(b)
			s.aside[i] = nil
		}
	}
}
