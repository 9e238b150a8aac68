package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/config"
)

// applyLoad puts the loads of the config file, then those of flags, in the
// place of the scenario's.
func (o *options) applyLoad(p *cluster.Plan, set map[string]bool, file *config.File, bare bool) error {
	own, err := filePlan(p.Loads, file.Loads)
	if err != nil && bare {
		return fmt.Errorf("%s: %w; with a URL leave [[load]] out, or name another config file with -c", o.configName(), err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.configName(), err)
	}
	shape, err := o.shapeOf(set, file, bare && len(file.Loads) == 0)
	if err != nil {
		return err
	}
	loads := make([]config.Load, len(own))
	for i, l := range own {
		loads[i] = config.Load{
			Scenario: l.Scenario, Open: l.Model == cluster.Rate, Pattern: l.Pattern,
			Offset: l.Offset, MaxUsers: l.MaxUsers, Times: l.Iterations,
		}
	}
	if slices.ContainsFunc(loads, func(l config.Load) bool { return l.Pattern == nil }) {
		p.Loads = own
		return nil // the plan's own check names it
	}
	if loads, err = config.Override(loads, shape); err != nil {
		return err
	}
	for i, l := range loads {
		own[i] = placed(own[i], l)
	}
	p.Loads = own
	return nil
}

// shapeOf is what flags say about the load. Where that takes the place of the
// scenario's, or the test has no load of its own, the config file has a say too.
func (o *options) shapeOf(set map[string]bool, file *config.File, bare bool) (config.Shape, error) {
	o.shape.Given = maps.Clone(set)
	if !bare && !o.shape.Replaces() {
		return o.shape, nil
	}
	return mergeShape(o.shape, file)
}

// mergeShape adds the load settings of the config file that no flag has said.
func mergeShape(shape config.Shape, file *config.File) (config.Shape, error) {
	var merged options
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	merged.defineLoad(fs)
	merged.shape = shape
	merged.shape.Given = maps.Clone(shape.Given)
	for name, values := range file.Settings {
		f := fs.Lookup(name)
		if f == nil || !shape.Takes(name) {
			continue
		}
		if err := f.Value.Set(values[0]); err != nil {
			return shape, fmt.Errorf("%s: %s", name, reason(err))
		}
		merged.shape.Given[name] = true
	}
	return merged.shape, nil
}

// filePlan replaces the scenario's loads by those of the config file.
func filePlan(own []cluster.Load, wanted []config.Load) ([]cluster.Load, error) {
	if len(wanted) == 0 {
		return slices.Clone(own), nil
	}
	var out []cluster.Load
	for _, w := range wanted {
		i := slices.IndexFunc(own, func(l cluster.Load) bool { return l.Scenario == w.Scenario || w.Scenario == "" && len(own) == 1 })
		if i < 0 {
			return nil, fmt.Errorf("no scenario is called %q; the test has %s", w.Scenario, scenarioNames(own))
		}
		out = append(out, placed(own[i], w))
	}
	return out, nil
}

// leaveOut drops the scenarios that got none of too few users: a run that ends
// after some iterations of each would wait for theirs.
func leaveOut(p *cluster.Plan) (notes []string) {
	if !slices.ContainsFunc(p.Loads, rises) {
		return nil // which is another mistake
	}
	p.Loads = slices.DeleteFunc(p.Loads, func(l cluster.Load) bool {
		idle := !rises(l)
		if idle {
			notes = append(notes, fmt.Sprintf("%s is left out, for there are fewer users than scenarios", l.Scenario))
		}
		return idle
	})
	return notes
}

func scenarioNames(loads []cluster.Load) string {
	var names []string
	for _, l := range loads {
		names = append(names, fmt.Sprintf("%q", l.Scenario))
	}
	return strings.Join(names, ", ")
}

// placed puts a scenario under another load.
func placed(l cluster.Load, c config.Load) cluster.Load {
	l.Model = cluster.Users
	if c.Open {
		l.Model = cluster.Rate
	}
	l.Pattern, l.Offset = c.Pattern, c.Offset
	if c.MaxUsers > 0 {
		l.MaxUsers = c.MaxUsers
	}
	l.Iterations = c.Times
	if c.Open {
		l.PerUser = 0
	}
	return l
}
