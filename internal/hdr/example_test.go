package hdr_test

import (
	"fmt"
	"time"

	"github.com/loadforge/loadforge/internal/hdr"
)

// Two goroutines record a second each into a window of their own; their
// percentiles are those of all values together, never an average.
func Example() {
	var fast, slow hdr.Window
	for i := range 900 {
		fast.Record(int64(time.Millisecond) * int64(1+i/100))
	}
	for i := range 100 {
		slow.Record(int64(time.Millisecond) * int64(100+i))
	}

	var second hdr.Histogram
	fast.MergeInto(&second)
	slow.MergeInto(&second)

	for _, q := range []float64{0.5, 0.95, 0.99, 0.999} {
		if !second.Reliable(q) {
			fmt.Printf("p%g: too few values\n", 100*q)
			continue
		}
		lo, hi := second.Interval(q, 0.95)
		fmt.Printf("p%g: %.1f ms (%.1f to %.1f)\n", 100*q, ms(second.Quantile(q)), ms(lo), ms(hi))
	}
	fmt.Printf("max: %.1f ms\n", ms(second.Max()))
	// Output:
	// p50: 5.0 ms (5.0 to 6.0)
	// p95: 149.4 ms (134.2 to 164.6)
	// p99: 189.3 ms (181.4 to 197.1)
	// p99.9: too few values
	// max: 199.0 ms
}

func ms(ns int64) float64 { return float64(ns) / 1e6 }

// A histogram crosses the network as bytes and goes on as if it had been there.
func ExampleHistogram_AppendBinary() {
	var worker hdr.Histogram
	worker.RecordN(int64(20*time.Millisecond), 40)
	worker.RecordN(int64(35*time.Millisecond), 2)
	message, err := worker.AppendBinary(nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	var received, total hdr.Histogram
	if _, err := received.Decode(message); err != nil {
		fmt.Println(err)
		return
	}
	total.Record(int64(500 * time.Millisecond))
	total.Merge(&received)
	fmt.Println(len(message), "bytes;", total.Count(), "values; largest", time.Duration(total.Max()))
	// Output: 22 bytes; 43 values; largest 500ms
}
