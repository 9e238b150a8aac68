package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A balance holds what the generator reports against what a faulty server made,
// class by class. They are equal but for three things that the server can't know:
//
//   - what it refused, class connect: nothing was sent;
//   - requests that were under way, or in the queue of the kernel, when it closed
//     its door: they are reset, one a connection at most;
//   - answers that came too late, as on a machine that stood still: whatever they
//     were to be, they are reported as timeouts.
type balance struct {
	read      int64            // requests that the server has read
	made      map[string]int64 // what became of them, see bench/faulty
	reported  map[string]int64 // by class of error, "ok" without one
	cancelled int64            // by the end of the run
}

// classes are how many requests came to what.
func (r result) classes() map[string]int64 {
	all := map[string]int64{"ok": r.Totals.Requests - r.Totals.Errors}
	for _, request := range r.Requests {
		for class, n := range request.ByClass {
			all[class] += n
		}
	}
	return all
}

// sent is how many requests the generator says it sent.
func (b *balance) sent() (n int64) {
	for class, count := range b.reported {
		if class != "connect" {
			n += count
		}
	}
	return n + b.cancelled
}

// unread is how many of them the server has not seen.
func (b *balance) unread() int64 { return b.sent() - b.read }

// late is how many answers came later than users had patience for.
func (b *balance) late() int64 { return b.reported["timeout"] - b.made["timeout"] }

func (b *balance) table() string {
	var t strings.Builder
	t.WriteString("\n| class | reported | made by the server |\n|---|---|---|\n")
	for _, class := range slices.Sorted(maps.Keys(b.reported)) {
		made := fmt.Sprint(b.made[class])
		if class == "connect" {
			made = "refused unseen"
		}
		fmt.Fprintf(&t, "| %s | %d | %s |\n", class, b.reported[class], made)
	}
	fmt.Fprintf(&t, "\n%d requests reported as sent, %d read by the server. %d were reset before it read them: it closed %d connections.\n",
		b.sent(), b.read, b.unread(), b.made["cut"])
	fmt.Fprintf(&t, "%d answers came too late, %d requests were cut by the end.\n", b.late(), b.cancelled)
	return t.String()
}

// check says what does not add up.
func (b *balance) check() error {
	var all []error
	if n := b.unread(); n < 0 || n > b.made["cut"] {
		all = append(all, fmt.Errorf("%d requests reported as sent, but %d read and %d connections closed", b.sent(), b.read, b.made["cut"]))
	}
	for _, class := range []string{"ok", "reset", "body", "protocol", "timeout"} {
		least, most := b.bounds(class)
		if n := b.reported[class]; n < least || n > most {
			all = append(all, fmt.Errorf("%d requests of class %s reported, want %d to %d", n, class, least, most))
		}
	}
	for class, n := range b.reported {
		if n > 0 && !slices.Contains([]string{"ok", "reset", "body", "protocol", "timeout", "connect"}, class) {
			all = append(all, fmt.Errorf("%d requests of class %s reported, but the server makes none", n, class))
		}
	}
	return errors.Join(all...)
}

// bounds are how often a class may be reported: as often as it was made, less
// what came too late or was cut by the end, and what was reset unread.
func (b *balance) bounds(class string) (least, most int64) {
	made := b.made[class]
	least, most = made-max(b.late(), 0)-b.cancelled, made
	switch class {
	case "timeout":
		return made - b.cancelled, made + b.read/100
	case "reset":
		most += b.made["cut"]
	}
	return least, most
}
