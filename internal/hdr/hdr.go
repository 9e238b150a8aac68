// Package hdr counts durations so that any percentile can be read later with a
// bounded error, and so that the counts of many writers, seconds and machines
// add up to exactly what one histogram would have counted.
//
// There are two types. [Window] is what one goroutine records into: small
// counters, nothing shared, emptied and used again every second. [Histogram] is
// what is kept, merged, asked and sent: 64-bit counters. The zero value of each
// is empty and ready.
//
//	var second hdr.Window
//	second.Record(1_250_000) // nanoseconds
//
//	var total hdr.Histogram
//	second.MergeInto(&total)
//	p99 := total.Quantile(0.99)
//
// # Resolution
//
// Buckets are log-linear, as in Gil Tene's HdrHistogram: 128 of equal width in
// every octave (power of two), so a wider bucket only ever holds larger values.
//
//	value (ns)                   bucket width (ns)   error of a quantile
//	0 to 511                     4                   at most 2 ns
//	512 to 1,023                 4                   below 1/256
//	1,024 to 2,047               8                   below 1/256
//	...                          ...                 below 1/256
//	2^41 to 2^42 - 1 (73 min)    2^34                below 1/256
//
// A quantile is the middle of the bucket its sample lies in; the error is
// against that very sample. The count, the smallest and the largest value and
// the sum are exact. A negative value counts as 0. A value of [Limit] or more
// counts in the last bucket, and is told by Clamped; minimum, maximum and sum
// still take it as it was.
//
// # Guarantees
//
// Merging is exact, associative and commutative, also where counters reach
// their end: they stay there instead of wrapping. Equal contents have
// byte-identical encodings, in whatever order and from whatever parts they were
// merged. Recording does not allocate once the octave of a value has been hit.
// No method starts a goroutine or reads a clock, and nothing is safe for
// concurrent use: a histogram belongs to one goroutine at a time.
package hdr
