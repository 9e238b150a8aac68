package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/pattern"
)

// What a public address may get without a word of consent: a look at a site of
// one's own, but nothing that its owner or its neighbours would notice. A typing
// mistake in a host name must not become an attack on somebody.
const (
	publicUsers = 50
	publicRate  = 100 // iterations per second
)

// lookupPatience bounds how long the names of a target may take.
const lookupPatience = 5 * time.Second

func allowPublicUsage() string {
	return fmt.Sprintf("the target may be a public address under more than %d users or %d iterations/s", publicUsers, publicRate)
}

// A peak is the most that the loads of a plan ask for, were all of them at their
// highest at once.
type peak struct{ users, rate float64 }

// peakOf is the peak of a plan. Loads that are held have a level instead of
// their pattern.
func peakOf(p *cluster.Plan, held map[int]float64) (m peak) {
	for i, l := range p.Loads {
		top, ok := held[i]
		if !ok {
			top = pattern.Max(l.Pattern)
		}
		if l.Model == cluster.Rate {
			m.rate += top
		} else {
			m.users += top
		}
	}
	if p.MaxRate > 0 {
		m.rate = min(m.rate, p.MaxRate)
	}
	return m
}

func (m peak) high() bool { return m.users > publicUsers || m.rate > publicRate }

func (m peak) String() string {
	var parts []string
	if m.users > 0 {
		parts = append(parts, count(m.users)+" users")
	}
	if m.rate > 0 {
		parts = append(parts, count(m.rate)+" iterations/s")
	}
	return strings.Join(parts, " and ")
}

// A publicError says that a plan would put more load on a public address than
// one may by accident.
type publicError struct {
	address string
	peak    peak
	consent string // how to say that it is meant
}

func (e *publicError) Error() string {
	return fmt.Sprintf("%s is a public address, and %s are more than the %d users or %d iterations/s it may get unasked; "+
		"if it is yours to load, say so with %s", e.address, e.peak, publicUsers, publicRate, e.consent)
}

// consent is how the command is told that a public address is meant.
func consent() string {
	return "--allow-public or " + variable("allow-public") + "=true"
}

// Confine keeps a load that is high away from public addresses: a target that is
// known is refused here, one that only a scenario or a redirect names when it is
// reached. Names are asked for if ask says so; consent is what the error names
// as the way to say that such an address is meant.
func Confine(ctx context.Context, p *cluster.Plan, ask bool, consent string) error {
	m := peakOf(p, nil)
	if !m.high() {
		return nil
	}
	if err := exposed(ctx, p, m, ask, consent); err != nil {
		return err
	}
	if p.StayPrivate != nil {
		p.StayPrivate()
	}
	return nil
}

// confine is Confine, unless somebody said that public addresses are meant.
func (o *options) confine(ctx context.Context, p *cluster.Plan, ask bool) error {
	if o.public {
		return nil
	}
	return Confine(ctx, p, ask, consent())
}

func exposed(ctx context.Context, p *cluster.Plan, m peak, ask bool, consent string) error {
	if p.Exposed == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	if address := p.Exposed(ctx, ask); address != "" {
		return &publicError{address, m, consent}
	}
	return nil
}

// mayHold refuses levels that are asked for while the run goes, and would have
// been refused before it.
func (o *options) mayHold(p *cluster.Plan, held map[int]float64) error {
	m := peakOf(p, held)
	if o.public || !m.high() {
		return nil
	}
	return exposed(context.Background(), p, m, true, consent())
}
