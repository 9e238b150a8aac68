package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/loadforge/loadforge/pattern"
)

// load reads one [[load]].
func (t *table) load() Load {
	l := Load{
		Scenario: t.text("scenario"), Offset: t.duration("offset"),
		MaxUsers: int(t.whole("max-users")), Times: t.whole("iterations"),
	}
	switch model := t.text("model"); model {
	case "", "users":
	case "rate":
		l.Open = true
	default:
		t.report("model", "must be \"users\" or \"rate\", is %q", model)
	}
	if p := t.sub("pattern"); p != nil {
		before := len(t.d.problems)
		l.Pattern = p.pattern()
		if l.Pattern != nil && len(t.d.problems) == before {
			t.validate(l.Pattern)
		}
	} else if _, given := t.items["pattern"]; !given {
		t.d.report(t.path, "load has no pattern; give it one such as pattern = { constant = { level = 50, for = \"1m\" } }")
	}
	t.finish()
	return l
}

// validate reports what package pattern finds. Its paths are in its own words;
// the place is that of the pattern.
func (t *table) validate(p pattern.Pattern) {
	if err := pattern.Validate(p); err != nil {
		for line := range strings.Lines(err.Error()) {
			t.report("pattern", "%s", strings.TrimSpace(line))
		}
	}
}

// shapes are the patterns by their key. Each reads the table, or list, that is
// the key's value.
func shapes() map[string]func(parent *table, key string) pattern.Pattern {
	return map[string]func(*table, string) pattern.Pattern{
		"constant": single(func(t *table) pattern.Pattern {
			return pattern.Constant{Level: t.number("level"), For: t.duration("for")}
		}),
		"ramp": single(func(t *table) pattern.Pattern {
			return pattern.Ramp{From: t.number("from"), To: t.number("to"), For: t.duration("for")}
		}),
		"step": single(func(t *table) pattern.Pattern {
			return pattern.Step{
				From: t.number("from"), By: t.signed("by"), To: t.number("to"),
				Every: t.duration("every"), For: t.duration("for"),
			}
		}),
		"spike": single(func(t *table) pattern.Pattern {
			return pattern.Spike{
				Base: t.number("base"), Peak: t.number("peak"), Start: t.duration("start"),
				Rise: t.duration("rise"), Hold: t.duration("hold"), Fall: t.duration("fall"),
				Settle: t.number("settle"), SettleFor: t.duration("settle-for"),
			}
		}),
		"diurnal": single(func(t *table) pattern.Pattern {
			return pattern.Diurnal{
				Low: t.number("low"), High: t.number("high"), Period: t.duration("period"),
				PeakAt: t.duration("peak-at"), For: t.duration("for"),
			}
		}),
		"scale": single(func(t *table) pattern.Pattern {
			return pattern.Scale{Of: t.inner("of"), By: t.number("by")}
		}),
		"stretch": single(func(t *table) pattern.Pattern {
			return pattern.Stretch{Of: t.inner("of"), To: t.duration("to")}
		}),
		"repeat": single(func(t *table) pattern.Pattern {
			return pattern.Repeat{Of: t.inner("of"), Times: int(t.whole("times"))}
		}),
		"sequence": func(t *table, key string) pattern.Pattern { return pattern.Sequence(t.patterns(key)) },
		"sum":      func(t *table, key string) pattern.Pattern { return pattern.Sum(t.patterns(key)) },
	}
}

func single(read func(*table) pattern.Pattern) func(*table, string) pattern.Pattern {
	return func(parent *table, key string) pattern.Pattern {
		t := parent.sub(key)
		if t == nil {
			return nil
		}
		p := read(t)
		t.finish()
		return p
	}
}

// pattern reads a table with one key that names the kind of pattern.
func (t *table) pattern() pattern.Pattern {
	if strings.Count(t.path, ".") > 100 {
		t.d.report(t.path, "patterns are nested too deeply")
		return nil
	}
	known := shapes()
	names := slices.Sorted(maps.Keys(known))
	if len(t.items) != 1 {
		t.d.report(t.path, "a pattern has one of these keys: %s", strings.Join(names, ", "))
		return nil
	}
	for key := range t.items {
		if read := known[key]; read != nil {
			return read(t, key)
		}
	}
	t.asked = names
	t.finish()
	return nil
}

// inner reads the pattern that another one is about.
func (t *table) inner(key string) pattern.Pattern {
	if p := t.sub(key); p != nil {
		return p.pattern()
	}
	if _, given := t.items[key]; !given {
		t.d.report(t.path, "%s is missing: the pattern this one is made of", key)
	}
	return nil
}

func (t *table) patterns(key string) (out []pattern.Pattern) {
	elements := t.subs(key)
	for _, e := range elements {
		out = append(out, e.pattern())
	}
	if list, ok := t.items[key].([]any); ok && len(list) == 0 {
		t.d.report(join(t.path, key), "%s is empty", key)
	}
	return out
}
