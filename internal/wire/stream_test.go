package wire

import (
	"bytes"
	"net"
	"reflect"
	"testing"
	"time"
)

func frames() []Frame {
	return []Frame{
		{Body: []byte{}},
		{Address: "process-1", Body: []byte("c{}")},
		{Address: "w", Lasting: true, Position: 1 << 40, Ahead: -3 * time.Second, Body: bytes.Repeat([]byte("x"), 1<<20)},
	}
}

func TestFramesArriveAsTheyWere(t *testing.T) {
	left, right := pair(t)
	for _, f := range frames() {
		if err := left.Post(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		if got := next(t, right); !reflect.DeepEqual(got, f) {
			t.Errorf("frame %.40v arrives as %.40v", f, got)
		}
	}
}

func TestClosingSendsWhatWaits(t *testing.T) {
	left, right := pair(t)
	for range 100 {
		if err := left.Post(t.Context(), Frame{Body: []byte("c")}); err != nil {
			t.Fatal(err)
		}
	}
	closed := make(chan error)
	go func() { closed <- left.Close() }()
	got := 0
	for range right.Frames() {
		got++
	}
	if <-closed; got != 100 {
		t.Errorf("%d frames arrived, want all 100", got)
	}
	if err := left.Post(t.Context(), Frame{}); err == nil {
		t.Error("a closed stream takes frames")
	}
}

func TestPeerThatDoesNotReadIsNotWaitedFor(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	s := NewStream(a)
	s.deadline = time.Millisecond
	defer s.Close()
	refused := false
	for range streamRoom + 2 {
		refused = refused || s.Post(t.Context(), Frame{Body: []byte("c")}) != nil
	}
	if !refused {
		t.Error("frames pile up without end")
	}
}

func TestTooLargeFrameEndsTheStream(t *testing.T) {
	a, b := net.Pipe()
	s := NewStream(a)
	defer s.Close()
	go func() { _, _ = b.Write([]byte{0xff, 0xff, 0xff, 0x7f}) }()
	if _, ok := <-s.Frames(); ok {
		t.Error("a frame of 2 GiB arrived")
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, seed := range frames() {
		f.Add(appendFrame(nil, &seed)[4:])
	}
	f.Add([]byte{1, 2, 3, 200, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := parseFrame(b)
		if err != nil {
			return
		}
		again, err := parseFrame(appendFrame(nil, &frame)[4:])
		if err != nil || !reflect.DeepEqual(again, frame) {
			t.Errorf("frame %v is read again as %v, %v", frame, again, err)
		}
	})
}
