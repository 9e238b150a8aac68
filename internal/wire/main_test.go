package wire

import (
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair makes two streams that are connected.
func pair(t *testing.T) (*Stream, *Stream) {
	t.Helper()
	a, b := net.Pipe()
	left, right := NewStream(a), NewStream(b)
	t.Cleanup(func() { _, _ = left.Close(), right.Close() })
	return left, right
}

// next waits for a frame.
func next(t *testing.T, c Carrier) Frame {
	t.Helper()
	select {
	case f, ok := <-c.Frames():
		if !ok {
			t.Fatal("the carrier ended")
		}
		return f
	case <-time.After(10 * time.Second):
		t.Fatal("no frame came")
	}
	return Frame{}
}
