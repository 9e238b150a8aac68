// Package feed reads rows of test data and deals them to virtual users.
//
// Reading and dealing are two steps. [CSV], [JSON] and [Lines] read rows into a
// slice; [Circular], [Random] and [Unique] make a [Feed] of a slice:
//
//	//go:embed accounts.csv
//	var accountsCSV string
//
//	type Account struct {
//		Email    string `csv:"email"`
//		Password string `csv:"password"`
//	}
//
//	accounts := feed.Circular(feed.Must(feed.CSV[Account](strings.NewReader(accountsCSV))))
//	...
//	account := accounts.Next(vu)
//
// A feed may be used by all users at once. What Circular and Random deal
// depends on the run's seed, the user and the iteration alone, so a run with
// the same seed repeats it.
package feed

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/loadforge/loadforge"
)

// A Feed deals rows to users. It is safe for concurrent use.
type Feed[T any] struct {
	rows []T
	next func(*loadforge.VU) int
}

// Next returns the user's next row. The row is shared: a user that changes
// what a row points to changes it for all.
func (f *Feed[T]) Next(vu *loadforge.VU) T { return f.rows[f.next(vu)] }

// Len returns the number of rows.
func (f *Feed[T]) Len() int { return len(f.rows) }

// Circular deals the rows in turn to all users of a scenario, and begins again
// after the last. In the closed model user 1 gets the first row, user 2 the
// second; in the open model the first iteration gets the first row.
func Circular[T any](rows []T) *Feed[T] {
	f := &Feed[T]{rows: atLeastOne(rows, "Circular")}
	f.next = func(vu *loadforge.VU) int { return int(vu.Draw(f) % int64(len(rows))) }
	return f
}

// Random deals rows at random, each as likely as any other, with the user's
// own random numbers.
func Random[T any](rows []T) *Feed[T] {
	f := &Feed[T]{rows: atLeastOne(rows, "Random")}
	f.next = func(vu *loadforge.VU) int { return vu.Rand.IntN(len(rows)) }
	return f
}

// ErrExhausted is what a task fails with when a [Unique] feed has no row left.
var ErrExhausted = errors.New("no unused row is left in the feed")

// A UniqueFeed deals each row once in the whole run.
type UniqueFeed[T any] struct {
	rows []T
	used atomic.Int64
}

// Unique deals each row once, in order. When all are used, Next returns
// [ErrExhausted]. Several workers share the rows by their part of the load: a
// row is one worker's, also when that dies before it has used it, and a worker
// that joins a run late has none.
func Unique[T any](rows []T) *UniqueFeed[T] {
	return &UniqueFeed[T]{rows: atLeastOne(rows, "Unique")}
}

// Next returns a row that nobody had before, or an error when none is left.
func (f *UniqueFeed[T]) Next(vu *loadforge.VU) (T, error) {
	for f.Left() > 0 {
		n := f.used.Add(1) - 1
		if n < int64(len(f.rows)) && vu.Deals(n) {
			return f.rows[n], nil
		}
	}
	var none T
	return none, fmt.Errorf("unique feed of %d rows: %w", len(f.rows), ErrExhausted)
}

// Left returns how many rows are left to deal, here or on another worker.
func (f *UniqueFeed[T]) Left() int {
	return int(max(int64(len(f.rows))-f.used.Load(), 0))
}

// Must returns rows, and panics if there is an error. It is for data that is
// part of the program.
func Must[T any](rows []T, err error) []T {
	if err != nil {
		panic(fmt.Sprintf("feed: %v", err))
	}
	return rows
}

// atLeastOne panics for a feed that could deal nothing: the mistake is in the
// program, and shows when it starts.
func atLeastOne[T any](rows []T, kind string) []T {
	if len(rows) == 0 {
		panic("feed: " + kind + " needs at least one row")
	}
	return rows
}
