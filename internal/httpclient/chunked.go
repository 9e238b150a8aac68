package httpclient

import (
	"bytes"
	"strings"
)

// A dechunker decodes a chunked body (RFC 9112, section 7.1) in place: what is
// decoded ends at write, what is still to be decoded starts at read. It is as
// strict as net/http: no bare LF, no signs, at most 16 digits, bounded
// extensions.
type dechunker struct {
	read, write int
	scan        int    // before here, the line at read has no end
	left        uint64 // bytes of the present chunk still to come
	excess      int64  // how much more was framing than is decent
	state       chunkState
	drop        bool // do not keep the data
	trailer     head
}

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkData
	chunkEnd // the line break after the data
	chunkTrailer
	chunkDone
)

const (
	maxChunkLine   = 4096
	maxChunkExcess = 16 << 10
)

var (
	errChunkSize = protocolError("bad chunk size")
	errChunkLine = protocolError("bad chunk line")
	errChunkEnd  = protocolError("bad end of chunk")
	errChunkWeed = protocolError("more chunk framing than data")
)

// decode goes on with b, which holds all that was read so far, as far as it
// goes. state tells whether the end was reached.
func (d *dechunker) decode(b []byte) *Error {
	for {
		before := d.read
		var err *Error
		switch d.state {
		case chunkSize:
			err = d.size(b)
		case chunkData:
			d.data(b)
		case chunkEnd:
			err = d.lineBreak(b)
		case chunkTrailer:
			return d.trailers(b)
		}
		if err != nil || d.read == before {
			return err
		}
	}
}

// size reads a chunk's first line.
func (d *dechunker) size(b []byte) *Error {
	i := bytes.IndexByte(b[d.scan:], '\n')
	if i < 0 {
		d.scan = len(b)
		if len(b)-d.read >= maxChunkLine {
			return errChunkLine
		}
		return nil
	}
	newline := d.scan + i
	line := b[d.read : newline+1]
	if cr := bytes.IndexByte(line, '\r'); cr < 0 || cr != len(line)-2 || len(line) > maxChunkLine {
		return errChunkLine
	}
	if err := d.number(line[:len(line)-2]); err != nil {
		return err
	}
	d.read = newline + 1
	if d.left == 0 {
		d.state = chunkTrailer
		d.trailer.begin(d.read)
		d.trailer.fields = d.read
		return nil
	}
	d.state = chunkData
	// Chunks of one byte may be honest, long extensions are not: 16 bytes a chunk
	// and two for each of data are allowed.
	d.excess = max(0, d.excess+int64(len(line))-16-2*int64(min(d.left, 1<<60)))
	if d.excess > maxChunkExcess {
		return errChunkWeed
	}
	return nil
}

// number reads the hexadecimal size and leaves the extension unread.
func (d *dechunker) number(line []byte) *Error {
	for len(line) > 0 && isBlank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	digits, _, _ := bytes.Cut(line, semicolon)
	if len(digits) == 0 || len(digits) > 16 {
		return errChunkSize
	}
	d.left = 0
	for _, c := range digits {
		value := hexValue(c)
		if value > 15 {
			return errChunkSize
		}
		d.left = d.left<<4 | uint64(value)
	}
	return nil
}

var semicolon = []byte(";")

func hexValue(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// data moves what there is of a chunk.
func (d *dechunker) data(b []byte) {
	n := len(b) - d.read
	if uint64(n) > d.left {
		n = int(d.left)
	}
	if !d.drop {
		d.write += copy(b[d.write:], b[d.read:d.read+n])
	}
	d.read += n
	d.left -= uint64(n)
	if d.left == 0 {
		d.state = chunkEnd
	}
}

func (d *dechunker) lineBreak(b []byte) *Error {
	if len(b)-d.read < 2 {
		return nil
	}
	if b[d.read] != '\r' || b[d.read+1] != '\n' {
		return errChunkEnd
	}
	d.read += 2
	d.scan = d.read
	d.state = chunkSize
	return nil
}

// trailers reads, checks and forgets the fields after the last chunk.
func (d *dechunker) trailers(b []byte) *Error {
	done, err := d.trailer.parse(b)
	if !done || err != nil {
		return err
	}
	// No bare LF here either, where the message ends.
	if text := string(b[d.trailer.fields:d.trailer.end]); text != "\r\n" && !strings.HasSuffix(text, "\r\n\r\n") {
		return errChunkEnd
	}
	d.read, d.state = d.trailer.end, chunkDone
	return nil
}

// shift moves what is still to be decoded to where the decoded part ends, and
// returns the new end of the buffer's content.
func (d *dechunker) shift(b []byte) int {
	gap := d.read - d.write
	if gap == 0 {
		return len(b)
	}
	end := d.write + copy(b[d.write:], b[d.read:])
	d.read -= gap
	d.scan -= gap
	d.trailer.move(gap)
	return end
}

// readChunked reads a chunked body.
func (s *Session) readChunked(c *conn) error {
	d := &s.chunks
	*d = dechunker{read: s.body, write: s.body, scan: s.body, drop: s.call.request.DiscardBody}
	for {
		if err := d.decode(s.in.bytes[:s.have]); err != nil {
			return err
		}
		if d.state == chunkDone {
			s.bodyEnd = d.write
			return s.settle(d.read)
		}
		if err := s.chunksOverlong(d); err != nil {
			return err
		}
		s.have = d.shift(s.in.bytes[:s.have])
		if err := s.more(c); err != nil {
			return err
		}
	}
}

// chunksOverlong refuses a body, announced or read, or trailers, beyond the limit.
func (s *Session) chunksOverlong(d *dechunker) error {
	limits := &s.client.config
	switch {
	case d.state == chunkTrailer && int64(s.have-d.read) > limits.MaxHeader:
		return errHeaderLimit
	case !d.drop && d.left > uint64(max(0, limits.MaxBody-int64(d.write-s.body))):
		return errBodyLimit
	}
	return nil
}
