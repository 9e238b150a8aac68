package cluster

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loadforge/loadforge/internal/metrics"
)

// The first byte of an encoded message says how the rest is written.
const (
	bodyControl  = 'c' // JSON of the message
	bodySnapshot = 's' // encoding of the snapshot
)

// AppendMessage appends the encoding of a message to b. It fails, and returns b
// as it was, for a snapshot whose counts have overflowed.
func AppendMessage(b []byte, m Message) ([]byte, error) {
	if m.Snapshot != nil {
		out, err := m.Snapshot.AppendBinary(append(b, bodySnapshot))
		if err != nil {
			return b, err
		}
		return out, nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return b, fmt.Errorf("encode a message: %w", err)
	}
	return append(append(b, bodyControl), text...), nil
}

// ParseMessage reads what AppendMessage wrote. The input may come from anybody:
// whatever is wrong with it is an error. From is left empty.
func ParseMessage(b []byte) (m Message, err error) {
	if len(b) == 0 {
		return m, errors.New("read a message: it is empty")
	}
	switch b[0] {
	case bodySnapshot:
		m.V = Protocol
		m.Snapshot, err = metrics.DecodeSnapshot(b[1:])
	case bodyControl:
		err = json.Unmarshal(b[1:], &m)
	default:
		err = fmt.Errorf("unknown form %#02x", b[0])
	}
	if err != nil {
		return Message{}, fmt.Errorf("read a message: %w", err)
	}
	return m, nil
}

// Lasting reports whether a message has to arrive, however late: a transport
// that keeps messages keeps these. The others are said again until they are
// answered.
func (m Message) Lasting() bool { return m.Snapshot != nil || m.Done != nil }
