package page

import "encoding/binary"

// maxValue bounds the values of columns: what a float64, and so JavaScript, has
// exactly.
const maxValue = 1<<53 - 2

// tailLength is how many values of a column are kept as numbers; those before
// are kept as they are written, in about a byte each.
const tailLength = 32

// A column is one value a bucket. Values are appended and those of the latest
// buckets changed quickly; changing an old one takes time.
type column struct {
	id  string
	opt bool // values are plus 1, and 0 is none

	sealed []byte // the first values, as they are written
	n      int    // how many
	last   int64  // the last of them
	tail   []int64
}

// at returns a value as it is written: 0 where there is none.
func (c *column) at(i int) int64 {
	switch {
	case i >= c.n+len(c.tail):
		return 0
	case i < c.n:
		return c.unsealed()[i]
	}
	return c.tail[i-c.n]
}

// put sets a value as it is written.
func (c *column) put(i int, v int64) {
	if i < c.n {
		if c.at(i) == v {
			return
		}
		c.tail = append(c.unsealed(), c.tail...)
		c.sealed, c.n, c.last = c.sealed[:0], 0, 0
	}
	c.grow(i)
	c.tail[i-c.n] = max(0, min(v, maxValue))
}

// grow makes room for value i. What stays behind is sealed.
func (c *column) grow(i int) {
	if v := i - c.n - len(c.tail); v >= 0 {
		c.tail = append(c.tail, make([]int64, v+1)...)
	}
	if len(c.tail) < 2*tailLength {
		return
	}
	seal := min(len(c.tail)-tailLength, i-c.n) // never value i, which is to be set
	if seal <= 0 {
		return
	}
	c.sealed = c.write(c.sealed, c.tail[:seal])
	c.last, c.n = c.tail[seal-1], c.n+seal
	c.tail = append(c.tail[:0], c.tail[seal:]...)
}

// write appends values that follow the sealed ones to b.
func (c *column) write(b []byte, values []int64) []byte {
	before := c.last
	for _, v := range values {
		b = binary.AppendVarint(b, v-before)
		before = v
	}
	return b
}

func (c *column) unsealed() []int64 {
	values := make([]int64, c.n, c.n+len(c.tail)+1)
	before, rest := int64(0), c.sealed
	for i := range values {
		d, n := binary.Varint(rest)
		before, rest = before+d, rest[n:]
		values[i] = before
	}
	return values
}

// add adds to a value of a column without opt.
func (c *column) add(i int, n uint64) {
	if n > 0 {
		c.put(i, c.at(i)+int64(min(n, maxValue)))
	}
}

// raise makes a value at least v.
func (c *column) raise(i int, v int64) {
	if c.opt {
		v++
	}
	if v > c.at(i) {
		c.put(i, v)
	}
}

// set sets a value of a column with opt, to none if it is not known.
func (c *column) set(i int, v int64, known bool) {
	if !known {
		v = -1
	}
	c.put(i, v+1)
}

// encode appends the first n values to b.
func (c *column) encode(b []byte, n int) []byte {
	b = append(b, c.sealed...)
	b = c.write(b, c.tail)
	for i := c.n + len(c.tail); i < n; i++ {
		d := int64(0)
		if i > 0 && i == c.n+len(c.tail) {
			d = -c.at(i - 1)
		}
		b = binary.AppendVarint(b, d)
	}
	return b
}
