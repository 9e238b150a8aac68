package pattern

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// A builder makes a pattern of bytes. Missing bytes are zero.
type builder struct {
	data  []byte
	depth int
}

func (b *builder) byte() byte {
	if len(b.data) == 0 {
		return 0
	}
	first := b.data[0]
	b.data = b.data[1:]
	return first
}

func (b *builder) uint64() uint64 {
	var word [8]byte
	b.data = b.data[copy(word[:], b.data):]
	return binary.LittleEndian.Uint64(word[:])
}

// level is a plain number or any bits at all.
func (b *builder) level() float64 {
	if n := b.byte(); n < 250 {
		return float64(n) * 1.25
	}
	return math.Float64frombits(b.uint64())
}

// length is a plain duration or any bits at all.
func (b *builder) length() time.Duration {
	switch n := time.Duration(b.byte()); {
	case n < 128:
		return n * time.Second
	case n < 250:
		return n * 999_983
	}
	return time.Duration(b.uint64())
}

func (b *builder) elements() []Pattern {
	list := make([]Pattern, b.byte()%4)
	for i := range list {
		list[i] = b.pattern()
	}
	return list
}

func (b *builder) pattern() Pattern {
	b.depth++
	defer func() { b.depth-- }()
	kind := b.byte() % 14
	if b.depth > 5 {
		kind %= 7
	}
	switch kind {
	case 0:
		return Constant{b.level(), b.length()}
	case 1:
		return Ramp{b.level(), b.level(), b.length()}
	case 2:
		return Step{b.level(), b.level() - 100, b.level(), b.length(), b.length()}
	case 3:
		return Spike{b.level(), b.level(), b.length(), b.length(), b.length(), b.length(), b.level(), b.length()}
	case 4:
		return Diurnal{b.level(), b.level(), b.length(), b.length(), b.length()}
	case 5:
		level := b.level()
		return &Func{F: func(t time.Duration) float64 { return level + t.Seconds() }, For: b.length()}
	case 6:
		return nil
	case 7, 8:
		return Sequence(b.elements())
	case 9, 10:
		return Sum(b.elements())
	case 11:
		return Scale{b.pattern(), b.level() / 10}
	case 12:
		return Stretch{b.pattern(), b.length()}
	default:
		return &Repeat{b.pattern(), int(int8(b.byte()))}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 80, 60})
	f.Add([]byte{7, 3, 1, 0, 80, 60, 0, 80, 120, 1, 80, 0, 60})
	f.Add([]byte{12, 9, 2, 4, 10, 100, 100, 50, 0, 3, 0, 90, 40, 5, 10, 5, 0, 0, 30})
	f.Add([]byte{13, 2, 10, 120, 40, 5, 60, 3})
	f.Add([]byte{11, 5, 7, 60, 33})
	f.Add([]byte{0, 255, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f, 255, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := builder{data: data}
		p := b.pattern()
		err := Validate(p)
		if p == nil {
			if err == nil {
				t.Fatal("nil is valid")
			}
			return
		}
		survive(p, b.moment(p))
		if err == nil {
			holdPromises(t, p, b.moment(p), b.moment(p))
		}
	})
}

// moment is any moment of p, the borders more often.
func (b *builder) moment(p Pattern) time.Duration {
	length := p.Duration()
	switch n := b.byte(); {
	case n == 0 || length == 0:
		return 0
	case n == 1:
		return length - 1
	case n < 200:
		return length / 256 * time.Duration(n)
	}
	return time.Duration(b.uint64() % uint64(length))
}

// survive asks for everything; nothing may panic, valid or not.
func survive(p Pattern, at time.Duration) {
	for _, t := range []time.Duration{-1, 0, at, at + 1, math.MaxInt64, math.MinInt64} {
		p.At(t)
		Integral(p, t)
	}
	Describe(p)
	Max(p)
	Phases(p)
	Draw(p, 20, 4)
	c := NewCursor(p)
	for i := range 20 {
		c.Next(c.Total() * float64(i) / 17)
	}
	n := 0
	if len(pieces(p, 1000)) == 1000 {
		return // may take long to get to a hundred changes
	}
	for range Crossings(p) {
		if n++; n > 100 {
			break
		}
	}
}

// holdPromises checks what Validate promises of a pattern without problems.
func holdPromises(t *testing.T, p Pattern, from, to time.Duration) {
	if p.Duration() <= 0 {
		t.Fatalf("%v is valid and lasts %v", Describe(p), p.Duration())
	}
	from, to = min(from, to), max(from, to)
	top := Max(p)
	for _, at := range []time.Duration{0, from, to, p.Duration() - 1} {
		if level := p.At(at); !(level >= 0 && level <= top*(1+1e-6)+1e-6) {
			t.Fatalf("At(%v) of %v = %v, want 0 to %v", at, Describe(p), level, top)
		}
	}
	for _, at := range []time.Duration{-1, p.Duration(), p.Duration() + 1} {
		if level := p.At(at); level != 0 {
			t.Fatalf("At(%v) of %v, outside, = %v", at, Describe(p), level)
		}
	}
	first, second, total := Integral(p, from), Integral(p, to), Integral(p, p.Duration())
	slack := 1e-9 * (1 + total)
	if !(first >= -slack && second >= first-slack && total >= second-slack) || math.IsInf(total, 0) {
		t.Fatalf("integral of %v to %v, %v, end = %v, %v, %v", Describe(p), from, to, first, second, total)
	}
	if at, ok := Inverse(p, total/2); !ok || at < 0 || at > p.Duration() {
		t.Fatalf("half the area of %v is reached at %v, %v", Describe(p), at, ok)
	}
}
