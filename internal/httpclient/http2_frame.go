package httpclient

import (
	"encoding/binary"
	"fmt"

	"github.com/loadforge/loadforge/internal/metrics"
)

// The numbers of RFC 9113, section 6.
const (
	frameHeader = 9

	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePush         = 5
	framePing         = 6
	frameGoAway       = 7
	frameWindow       = 8
	frameContinuation = 9

	flagAck        = 1
	flagEndStream  = 1
	flagEndHeaders = 4
	flagPadded     = 8
	flagPriority   = 32

	settingTable      = 1
	settingPush       = 2
	settingWindow     = 4
	settingMaxFrame   = 5
	settingHeaderList = 6
)

// A frame is one frame as it came.
type frame struct {
	kind, flags byte
	stream      uint32
	payload     []byte
}

func (f frame) has(flag byte) bool { return f.flags&flag != 0 }

// cutFrame returns the frame b starts with, or false if it is not complete.
func cutFrame(b []byte) (frame, bool, error) {
	if len(b) < frameHeader {
		return frame{}, false, nil
	}
	size := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	if size > defaultMaxFrame {
		return frame{}, false, errFrameSize
	}
	if len(b) < frameHeader+size {
		return frame{}, false, nil
	}
	return frame{
		kind: b[3], flags: b[4],
		stream:  binary.BigEndian.Uint32(b[5:]) & maxWindow,
		payload: b[frameHeader : frameHeader+size],
	}, true, nil
}

// unpadded returns the payload without padding and without the extra bytes that
// follow the padding's length.
func (f frame) unpadded(extra int) ([]byte, error) {
	payload, padding := f.payload, 0
	if f.has(flagPadded) {
		if len(payload) == 0 {
			return nil, errFrame
		}
		payload, padding = payload[1:], int(payload[0])
	}
	if len(payload) < extra+padding {
		return nil, errFrame
	}
	return payload[extra : len(payload)-padding], nil
}

// appendFrame appends the header of a frame of size bytes.
func appendFrame(b []byte, kind, flags byte, stream uint32, size int) []byte {
	b = append(b, byte(size>>16), byte(size>>8), byte(size), kind, flags)
	return binary.BigEndian.AppendUint32(b, stream)
}

func appendSetting(b []byte, name uint16, value uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, name), value)
}

func appendWindowUpdate(b []byte, stream, more uint32) []byte {
	return binary.BigEndian.AppendUint32(appendFrame(b, frameWindow, 0, stream, 4), more)
}

// resetError says why the server ended the stream.
func resetError(f frame) error {
	if len(f.payload) != 4 {
		return errFrame
	}
	code := binary.BigEndian.Uint32(f.payload)
	return &Error{Class: metrics.Reset, Message: "stream reset by the server: " + codeName(code)}
}

// codeNames are the error codes of RFC 9113, section 7.
var codeNames = []string{
	"no error", "protocol error", "internal error", "flow control error", "settings timeout", "stream closed",
	"frame size error", "refused", "cancelled", "compression error", "connect error", "enhance your calm",
	"inadequate security", "HTTP/1.1 required",
}

func codeName(code uint32) string {
	if int64(code) < int64(len(codeNames)) {
		return codeNames[code]
	}
	return fmt.Sprintf("code %d", code)
}
