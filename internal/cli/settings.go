package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/config"
	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

// configFile is read when it is there and no other is named.
const configFile = "loadforge.toml"

// settle reads what is said besides flags, in the order default, config file,
// scenario, environment, flag: later ones win.
func (a *app) settle(cmd *cobra.Command, o *options) (*config.File, error) {
	dotenv, err := config.ReadEnv(".env", a.getenv)
	if err != nil {
		return nil, err
	}
	a.getenv = layered(a.getenv, lookup(dotenv))
	if err := fromEnvironment(cmd, a.getenv); err != nil {
		return nil, err
	}
	a.note(strayVariables(cmd, append(a.environ(), list(dotenv)...))...)
	typed, err := pairs(o.env)
	if err != nil {
		return nil, err
	}
	a.getenv = layered(lookup(typed), a.getenv)
	export(dotenv, typed)
	file, err := o.readConfig()
	if err != nil {
		return nil, err
	}
	a.getenv = layered(a.getenv, lookup(file.Env))
	return file, nil
}

// note says what is worth knowing and no error.
func (a *app) note(notes ...string) {
	if a.post != nil {
		return // the coordinator says it
	}
	for _, text := range notes {
		fmt.Fprintf(a.err, "note: %s\n", text)
	}
}

// list writes variables as the environment has them.
func list(variables map[string]string) (out []string) {
	for name, value := range variables {
		out = append(out, name+"="+value)
	}
	return out
}

func lookup(m map[string]string) Lookup {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

// layered asks one after the other.
func layered(layers ...Lookup) Lookup {
	return func(name string) (string, bool) {
		for _, ask := range layers {
			if v, ok := ask(name); ok {
				return v, true
			}
		}
		return "", false
	}
}

// export gives a scenario's own os.Getenv the variables of .env, where they are
// not set, and of -e.
func export(dotenv, typed map[string]string) {
	for name, value := range dotenv {
		if _, ok := os.LookupEnv(name); !ok {
			_ = os.Setenv(name, value) // the names were checked when they were read
		}
	}
	for name, value := range typed {
		_ = os.Setenv(name, value)
	}
}

// pairs reads NAME=VALUE.
func pairs(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range list {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--env %q: want NAME=VALUE", pair)
		}
		out[name] = value
	}
	return out, nil
}

func (o *options) readConfig() (*config.File, error) {
	if o.noConfig {
		return config.Parse(configFile, nil)
	}
	if o.config != "" {
		return config.Read(o.config)
	}
	file, err := config.Read(configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Parse(configFile, nil)
	}
	return file, err
}

// configName is the config file in messages.
func (o *options) configName() string {
	if o.config != "" {
		return o.config
	}
	return configFile
}

// applyFile sets the flags that only the config file speaks of. Those that
// describe target and load are lower than the scenario's own and stay out.
func applyFile(flags *pflag.FlagSet, file *config.File) error {
	for _, name := range slices.Sorted(maps.Keys(file.Settings)) {
		f := flags.Lookup(name)
		if f == nil || f.Changed || group(f) == groupLoad || group(f) == groupTarget {
			continue
		}
		if err := setQuietly(f, file.Settings[name]); err != nil {
			return fmt.Errorf("%s: %s", name, reason(err))
		}
	}
	return nil
}

// setQuietly sets a flag without counting it as given. Those that take a single
// value have a single one.
func setQuietly(f *pflag.Flag, values []string) error {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.Replace(values)
	}
	return f.Value.Set(values[0])
}

func group(f *pflag.Flag) string {
	if g := f.Annotations[groupKey]; len(g) > 0 {
		return g[0]
	}
	return ""
}

// gather reads all settings into the options. What the config file says of the
// target is apart, for it is lower than the scenario's own.
func (a *app) gather(cmd *cobra.Command, o *options) (file *config.File, defaults Target, err error) {
	if file, err = a.settle(cmd, o); err != nil {
		return nil, Target{}, err
	}
	if err := applyFile(cmd.Flags(), file); err != nil {
		return nil, Target{}, err
	}
	if o.target.Header, err = headers(o.headers); err != nil {
		return nil, Target{}, err
	}
	defaults, err = fileTarget(file)
	return file, defaults, err
}

// plan makes the plan of a test under all settings.
func (a *app) plan(cmd *cobra.Command, o *options, test *Test) (cluster.Plan, error) {
	file, defaults, err := a.gather(cmd, o)
	if err != nil {
		return cluster.Plan{}, err
	}
	if test.Bare {
		o.target.BaseURL = "" // a variable, which is weaker than a URL that was typed
	}
	a.asked = new(ledger)
	p, err := test.Plan(defaults, o.target, a.asked.watch(a.getenv))
	if err != nil {
		return cluster.Plan{}, err
	}
	err = o.apply(&p, cmd.Flags(), file, test.Bare)
	if err == nil {
		err = o.check(p)
	}
	if err == nil {
		err = o.confine(cmd.Context(), &p, false)
	}
	if err != nil {
		closePlan(p)
		return cluster.Plan{}, err
	}
	own := !test.Bare && !o.shape.Replaces()
	if own {
		a.note(o.unused(file)...)
	} else {
		a.note(leaveOut(&p)...)
	}
	p.Run.Settings = echo(cmd.Flags(), file, own)
	return p, nil
}

// check finds all that is wrong with a plan, before anything is written or
// sent.
func (o *options) check(p cluster.Plan) error {
	if err := errors.Join(p.Validate(), o.checkRules(p.Thresholds)); err != nil {
		return err
	}
	return checkCourse(p)
}

// checkRules checks what a run is judged and conducted by.
func (o *options) checkRules(thresholds []threshold.Rule) error {
	_, err := o.policy()
	problems := []error{err}
	for _, rule := range thresholds {
		problems = append(problems, rule.Validate())
	}
	return errors.Join(problems...)
}

// checkCourse refuses valid loads that come to nothing. One of several may stay
// at zero.
func checkCourse(p cluster.Plan) error {
	length := p.Duration()
	switch {
	case !slices.ContainsFunc(p.Loads, rises):
		return errors.New("the load is 0 all the time, so nothing would be sent; give --users, --rate or the pattern a level above 0")
	case p.Warmup < 0:
		return fmt.Errorf("warm-up must not be negative, is %s", p.Warmup)
	case p.Warmup > 0 && p.Warmup >= length:
		return fmt.Errorf("a warm-up of %s leaves nothing to measure of a run of %s: shorten the warm-up or lengthen the run", words(p.Warmup), words(length))
	}
	return nil
}

// rises says that a load has a user, or a rate, at some time.
func rises(l cluster.Load) bool {
	top := pattern.Max(l.Pattern)
	return pattern.Whole(top) > 0 || l.Model == cluster.Rate && top > 0
}

// unused names the settings of the config file that lose against a scenario
// with a load of its own.
func (o *options) unused(file *config.File) (notes []string) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(options).defineLoad(fs)
	for _, name := range slices.Sorted(maps.Keys(file.Settings)) {
		if fs.Lookup(name) != nil {
			notes = append(notes, fmt.Sprintf("%s: %s is not used, for the scenario says itself what its load is; [[load]] or --%s would replace that", o.configName(), name, name))
		}
	}
	return notes
}

func closePlan(p cluster.Plan) {
	if p.Close != nil {
		p.Close()
	}
}

func headers(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, err := httpfile.ParseHeader(line)
		if err != nil {
			return nil, err
		}
		h.Add(name, value)
	}
	return h, nil
}

// fileTarget is the target as the config file has it.
func fileTarget(file *config.File) (Target, error) {
	var o options
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.define(fs)
	for name, values := range file.Settings {
		f := fs.Lookup(name)
		if f == nil || group(f) != groupTarget {
			continue
		}
		if err := setQuietly(f, values); err != nil {
			return Target{}, fmt.Errorf("%s: %s", name, reason(err))
		}
	}
	o.target.Header = file.Header
	return o.target, nil
}

// apply puts limits, thresholds and load over those of the scenario.
func (o *options) apply(p *cluster.Plan, flags *pflag.FlagSet, file *config.File, bare bool) error {
	set := given(flags)
	if err := o.applyLoad(p, set, file, bare); err != nil {
		return err
	}
	said := func(name string) bool { return set[name] || file.Settings[name] != nil }
	if said("max-rps") {
		p.MaxRate = o.maxRate
	}
	if said("seed") {
		p.Seed = o.seed
	}
	if said("graceful-stop") {
		p.Graceful = o.graceful
		if o.graceful == 0 {
			p.Graceful = -1 // zero stands for the default
		}
	}
	if said("warmup") {
		p.Warmup = o.warmup
	}
	for i := range p.Loads {
		if said("max-users") {
			p.Loads[i].MaxUsers = int(o.maxUsers)
		}
		if said("iterations") {
			p.Loads[i].Iterations = int64(o.iterations)
		}
	}
	return o.applyThresholds(p, file, said)
}

func (o *options) applyThresholds(p *cluster.Plan, file *config.File, said func(string) bool) error {
	p.Thresholds = append(slices.Clone(p.Thresholds), file.Thresholds...)
	for _, text := range o.thresholds {
		rule, err := threshold.Parse(text)
		if err != nil {
			return fmt.Errorf("--threshold: %w", err)
		}
		p.Thresholds = append(p.Thresholds, rule)
	}
	if said("fail-on-error-rate") {
		p.Thresholds = append(p.Thresholds, threshold.ErrorRate(o.maxErrorRate))
	}
	return nil
}
