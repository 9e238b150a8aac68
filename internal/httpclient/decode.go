package httpclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"sync"

	"github.com/loadforge/loadforge/internal/metrics"
)

var (
	errGzip    = &Error{Class: metrics.Body, Message: "body is not the gzip it claims to be"}
	errDeflate = &Error{Class: metrics.Body, Message: "body is not the deflate it claims to be"}
)

// A decoder is what decoding needs, 40 KiB of it: shared, as few users decode at
// the same time.
type decoder struct {
	source  bytes.Reader
	gzip    gzip.Reader
	deflate io.ReadCloser // also a flate.Resetter
}

// decoders is a pool of *decoder. The zero value is ready.
type decoders struct{ pool sync.Pool }

func (p *decoders) get() *decoder {
	if d, ok := p.pool.Get().(*decoder); ok {
		return d
	}
	return new(decoder)
}

// decode replaces the body by what it stands for. The clock is not read: this is
// our time, not the server's.
func (s *Session) decode() error {
	coding := s.head.encoding
	if coding == codingNone || coding == codingOther || len(s.resp.Body) == 0 || s.client.config.NoCompression {
		return nil
	}
	s.phase = phaseDecode
	d := s.client.decoders.get()
	defer s.client.decoders.pool.Put(d)
	d.source.Reset(s.resp.Body)
	s.resp.Body = nil
	reader, failure := d.reader(coding)
	if reader == nil {
		return failure
	}
	body, err := s.drain(reader)
	switch {
	case errors.Is(err, errBodyLimit):
		return errBodyLimit
	case err != nil:
		return failure
	}
	s.resp.Body = body
	return nil
}

// reader returns what decodes the source, nil if it does not begin as it must,
// and the error that any failure means.
func (d *decoder) reader(coding coding) (io.Reader, error) {
	if coding == codingGzip {
		if d.gzip.Reset(&d.source) != nil {
			return nil, errGzip
		}
		return &d.gzip, errGzip
	}
	return d.inflater(), errDeflate
}

// inflater reads deflate as it is defined, in zlib's format, or as some servers
// send it, without.
func (d *decoder) inflater() io.Reader {
	if reader, err := zlib.NewReader(&d.source); err == nil {
		return reader
	}
	_, _ = d.source.Seek(0, io.SeekStart)
	if d.deflate == nil {
		d.deflate = flate.NewReader(&d.source)
	} else if resetter, ok := d.deflate.(flate.Resetter); ok {
		_ = resetter.Reset(&d.source, nil)
	}
	return d.deflate
}

// drain reads all of r into the session's own buffer, up to the limit.
func (s *Session) drain(r io.Reader) ([]byte, error) {
	if s.plain == nil {
		s.plain = s.client.buffers.get(smallestBuffer)
	}
	n := 0
	for {
		if n == len(s.plain.bytes) {
			s.plain = s.client.buffers.extend(s.plain, n)
		}
		m, err := r.Read(s.plain.bytes[n:])
		if n += m; int64(n) > s.client.config.MaxBody {
			return nil, errBodyLimit
		}
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return s.plain.bytes[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
