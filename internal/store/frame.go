package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
)

// A frame of the log, integers with the lowest byte first:
//
//	 0  magic    4 bytes, F5 4C 46 52
//	 4  type     1 byte, see frameType
//	 5  flags    1 byte, bit 0: the payload is compressed with zstd
//	 6  zero     2 bytes
//	 8  second   4 bytes, of a snapshot, event or crossing: since the start of the run
//	12  length   4 bytes, of the payload as stored
//	16  crc      4 bytes, CRC-32C of bytes 4 to 15 and the payload
//	20  payload
//
// No UTF-8 text has a byte F5, so that a text in a payload is never taken for a
// frame when a damaged log is searched for the next one.
const (
	frameMagic  = "\xf5LFR"
	frameHeader = 20
	flagZstd    = 1

	// maxPayload bounds a payload, stored or not; it is above what a snapshot
	// may have.
	maxPayload = 33 << 20
	// compressFrom is the size from which compression gains more than it costs.
	compressFrom = 4 << 10
)

// A frameType says what a payload is. Readers skip types they don't know.
type frameType uint8

const (
	headFrame     frameType = 1 + iota // what run.json holds
	snapshotFrame                      // metrics.Snapshot.AppendBinary
	eventFrame                         // Event as JSON
	crossingFrame                      // Crossing as JSON
	outcomeFrame                       // metrics.Outcome as JSON
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is the fixed part of a frame.
type header struct {
	kind   frameType
	flags  uint8
	second uint32
	length uint32
	crc    uint32
}

// parseHeader reads a header from the first frameHeader bytes of b.
func parseHeader(b []byte) (h header, ok bool) {
	if string(b[:4]) != frameMagic {
		return h, false
	}
	h = header{
		kind:   frameType(b[4]),
		flags:  b[5],
		second: binary.LittleEndian.Uint32(b[8:]),
		length: binary.LittleEndian.Uint32(b[12:]),
		crc:    binary.LittleEndian.Uint32(b[16:]),
	}
	return h, h.length <= maxPayload
}

// intact reports whether a whole frame is what was written.
func (h header) intact(frame []byte) bool { return checksum(frame) == h.crc }

func checksum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[4:16], castagnoli), castagnoli, frame[frameHeader:])
}

// A framer makes frames. It belongs to one goroutine at a time.
type framer struct{ encoder *zstd.Encoder }

func newFramer() (*framer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	return &framer{encoder: encoder}, nil
}

func (f *framer) close() { _ = f.encoder.Close() }

// frame returns a new frame.
func (f *framer) frame(kind frameType, second int, payload []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("a frame of %d bytes is above the limit of %d", len(payload), maxPayload)
	}
	frame := make([]byte, frameHeader, frameHeader+len(payload))
	copy(frame, frameMagic)
	frame[4] = byte(kind)
	frame = f.appendPayload(frame, payload)
	binary.LittleEndian.PutUint32(frame[8:], uint32(max(second, 0)))
	binary.LittleEndian.PutUint32(frame[12:], uint32(len(frame)-frameHeader))
	binary.LittleEndian.PutUint32(frame[16:], checksum(frame))
	return frame, nil
}

func (f *framer) appendPayload(frame, payload []byte) []byte {
	if len(payload) > compressFrom {
		frame[5] = flagZstd
		if packed := f.encoder.EncodeAll(payload, frame); len(packed)-frameHeader < len(payload) {
			return packed
		}
		frame[5] = 0
	}
	return append(frame[:frameHeader], payload...)
}

// A unpacker gets payloads back. It belongs to one goroutine at a time.
type unpacker struct {
	decoder *zstd.Decoder
	buffer  []byte
}

func newUnpacker() (*unpacker, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPayload))
	if err != nil {
		return nil, fmt.Errorf("preparing decompression: %w", err)
	}
	return &unpacker{decoder: decoder}, nil
}

func (u *unpacker) close() { u.decoder.Close() }

var errFlags = errors.New("the frame is of a newer format")

// payload returns what a frame holds. It is valid until the next call.
func (u *unpacker) payload(h header, frame []byte) ([]byte, error) {
	stored := frame[frameHeader:]
	switch h.flags {
	case 0:
		return stored, nil
	case flagZstd:
		b, err := u.decoder.DecodeAll(stored, u.buffer[:0])
		if err != nil {
			return nil, fmt.Errorf("decompressing: %w", err)
		}
		u.buffer = b
		return b, nil
	}
	return nil, errFlags
}
