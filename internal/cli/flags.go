package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/config"
)

// Defaults of a run that nobody says more about.
const (
	DefaultUsers    = 10
	DefaultDuration = time.Minute
)

// resultsDir is where runs are kept unless --output says otherwise.
const resultsDir = "results"

// options are the flags of run. Each has a variable LOADFORGE_NAME, and most
// have a key in loadforge.toml.
type options struct {
	shape      config.Shape
	maxRate    float64
	maxUsers   float64
	iterations float64
	public     bool // the target may be one of the Internet
	seed       uint64
	graceful   time.Duration
	warmup     time.Duration

	target  Target
	headers []string
	env     []string

	method, binary, jsonData string
	data                     []string

	output       string
	formats      []string
	noReport     bool
	baseline     string // a run to compare with
	thresholds   []string
	maxErrorRate float64
	failInvalid  bool
	config       string
	noConfig     bool // nothing but flags and variables counts
	dashboard    board
	quiet        bool
	verbose      bool
	json         bool
	noColor      bool

	workers   float64
	expect    float64
	listen    string
	advertise string
	bus       string
	state     string
	joinFile  string
	keyFile   string
	ship      []string
	resume    bool
	onLoss    string
	lease     time.Duration
}

// Groups of flags, in the order of the help.
const (
	groupLoad    = "Load"
	groupLimits  = "Limits"
	groupTarget  = "Target"
	groupRequest = "Request (with a URL)"
	groupWorkers = "Workers"
	groupVerdict = "Verdict"
	groupBoard   = "Dashboard"
	groupOutput  = "Output"
)

func groups() []string {
	return []string{groupLoad, groupLimits, groupTarget, groupRequest, groupWorkers, groupVerdict, groupBoard, groupOutput}
}

const groupKey = "group"

// grouped defines flags and marks them with their group.
func grouped(fs *pflag.FlagSet, group string, define func(*pflag.FlagSet)) {
	part := pflag.NewFlagSet("", pflag.ContinueOnError)
	part.SortFlags, fs.SortFlags = false, false // the help has them in this order
	define(part)
	part.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupKey: {group}}
		fs.AddFlag(f)
	})
}

// define adds the flags that say what load goes where: those of run, pattern
// and validate.
func (o *options) define(fs *pflag.FlagSet) {
	o.defineLoad(fs)
	o.defineLimits(fs)
	o.defineTarget(fs)
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.config, "config", "c", "", "settings in TOML (default ./"+configFile+" if there is one)")
	})
}

func (o *options) defineLoad(fs *pflag.FlagSet) {
	o.shape = config.Shape{Users: DefaultUsers, Duration: DefaultDuration}
	grouped(fs, groupLoad, func(fs *pflag.FlagSet) {
		s := &o.shape
		fs.VarP(levelValue{&s.Users, true}, "users", "u", "concurrent users (closed model)")
		fs.VarP(rateValue{&s.Rate}, "rate", "r", "iterations started per second, or 30/m (open model)")
		fs.VarP(durationValue{&s.Duration}, "duration", "d", "30s, 1h30m, or a number of seconds")
		fs.StringVarP(&s.Pattern, "pattern", "p", "", "constant, ramp, step, spike or diurnal (default constant); --users or --rate is where it starts, of diurnal the highest")
		fs.Var(levelValue{&s.RampTo, false}, "ramp-to", "ramp: the level at the end")
		fs.Var(levelValue{&s.StepSize, false}, "step-size", "step: how much each step adds")
		fs.Var(durationValue{&s.StepDuration}, "step-duration", "step: how long a step lasts (default a fifth)")
		fs.Var(levelValue{&s.SpikeTo, false}, "spike-to", "spike: the level at the top")
		fs.Var(durationValue{&s.SpikeDuration}, "spike-duration", "spike: how long it lasts (default a fifth)")
		fs.Var(levelValue{&s.Low, false}, "low", "diurnal: the level at night (default a fifth)")
		fs.Var(durationValue{&s.Period}, "period", "diurnal: how long a day is (default the duration)")
	})
}

func (o *options) defineLimits(fs *pflag.FlagSet) {
	grouped(fs, groupLimits, func(fs *pflag.FlagSet) {
		fs.Var(rateValue{&o.maxRate}, "max-rps", "most requests per second over all users")
		fs.Var(levelValue{&o.maxUsers, true}, "max-users", "most users of the open model (default 10000)")
		fs.Var(levelValue{&o.iterations, true}, "iterations", "end after N iterations, of each scenario")
		fs.BoolVar(&o.public, "allow-public", false, allowPublicUsage())
		fs.Uint64Var(&o.seed, "seed", 0, "seed of all random choices (default a new one)")
		fs.Var(durationValue{&o.graceful}, "graceful-stop", "time for users to finish their task (default 30s)")
		fs.Var(durationValue{&o.warmup}, "warmup", "leave the first part of the run out of the totals")
	})
}

func (o *options) defineTarget(fs *pflag.FlagSet) {
	grouped(fs, groupTarget, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.target.BaseURL, "base-url", "", "where relative paths go")
		fs.StringArrayVarP(&o.headers, "header", "H", nil, "header field of every request (repeatable)")
		fs.StringArrayVarP(&o.env, "env", "e", nil, "variable for ${NAME} (repeatable)")
		fs.Var(durationValue{&o.target.Timeout}, "timeout", "bound of a whole request (default 30s)")
		fs.BoolVar(&o.target.Insecure, "insecure", false, "accept any certificate")
		fs.StringVar(&o.target.HTTP, "http", "", "version of HTTP: 1.1 or 2 (default 1.1)")
		fs.StringArrayVar(&o.target.ConnectTo, "connect-to", nil, "HOST1:PORT1:HOST2:PORT2, as curl has it (repeatable)")
		fs.StringVar(&o.target.Proxy, "proxy", "", "http://, https:// or socks5:// HOST:PORT")
		fs.StringSliceVar(&o.target.AllowHosts, "allow-host", nil, "send nothing to other hosts than NAME, *.NAME, ADDRESS or RANGE (repeatable)")
		fs.StringSliceVar(&o.target.LocalAddr, "local-addr", nil, "addresses of this machine that connections come from, in turn")
	})
}

// defineVerdict adds the flags that say what passing means.
func (o *options) defineVerdict(fs *pflag.FlagSet) {
	grouped(fs, groupVerdict, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.thresholds, "threshold", nil, "what must hold, such as 'p95<300ms' (repeatable)")
		fs.Var(shareValue{&o.maxErrorRate}, "fail-on-error-rate", "fail above this share of errors, such as 1%")
		fs.BoolVar(&o.failInvalid, "fail-on-invalid", false, "exit with 111 if the result can't be trusted")
	})
}

// defineRun adds the flags of what runs, besides those of define.
func (o *options) defineRun(fs *pflag.FlagSet) {
	o.defineVerdict(fs)
	o.dashboard.define(fs)
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", resultsDir, "directory for results")
		fs.StringSliceVarP(&o.formats, "format", "f", formats(), "reports to write")
		fs.BoolVar(&o.noReport, "no-report", false, "write no report, only the run itself")
		o.defineBaseline(fs)
		fs.BoolVarP(&o.quiet, "quiet", "q", false, "show neither progress nor summary")
		fs.BoolVarP(&o.verbose, "verbose", "v", false, "show a line each second and the whole summary")
		fs.BoolVar(&o.json, "json", false, "print the result as JSON on standard output")
		fs.BoolVar(&o.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	})
}

// defineWorkers adds the flags that say who sends the load.
func (o *options) defineWorkers(fs *pflag.FlagSet) {
	grouped(fs, groupWorkers, func(fs *pflag.FlagSet) {
		fs.VarP(levelValue{&o.workers, true}, "workers", "w", "worker processes on this machine (default none: this process does it)")
		fs.Var(levelValue{&o.expect, true}, "expect", "wait for so many workers of other machines")
		fs.StringVar(&o.listen, "listen", "", "HOST:PORT where they connect (default a free port of this machine only)")
		fs.StringVar(&o.advertise, "advertise", "", "HOST:PORT by which they reach it (default that of --listen)")
		fs.StringVar(&o.bus, "bus", "", "nats:// or tls:// of a NATS server that is there already (default one of its own)")
		fs.StringVar(&o.state, "state", "", "directory for what survives a crash of the coordinator (default .bus in --output)")
		fs.StringVar(&o.joinFile, "join-file", "", "write the join string to a file that only you can read")
		fs.StringVar(&o.keyFile, "key-file", "", "file with a key by which workers find the run, before it or after it has begun")
		fs.StringArrayVar(&o.ship, "ship", nil, "file that workers get beside the scenario (repeatable)")
		fs.BoolVar(&o.resume, "resume", false, "go on with the run of a coordinator that was killed; with --key-file begin it if there is none")
		fs.Var(durationValue{&o.lease}, "lease", "how long a worker may go on without the coordinator (default 10s)")
		fs.StringVar(&o.onLoss, "on-worker-loss", "", "rebalance, continue or abort (default rebalance)")
	})
}

// defineRequest adds curl's flags for the URL form.
func (o *options) defineRequest(fs *pflag.FlagSet) {
	grouped(fs, groupRequest, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.method, "request", "X", "", "method (default GET, or POST with data)")
		fs.StringArrayVar(&o.data, "data", nil, "form data; @file reads a file (repeatable)")
		fs.StringVar(&o.binary, "data-binary", "", "data as it is; @file reads a file")
		fs.StringVar(&o.jsonData, "json-data", "", "JSON, with its header fields; @file reads a file")
	})
}

// ownLoad says that the test has a load of its own, which is the default.
func ownLoad(fs *pflag.FlagSet) {
	for _, name := range []string{"users", "duration"} {
		fs.Lookup(name).DefValue = ""
	}
}

// variable is the environment's name of a flag.
func variable(flag string) string {
	return "LOADFORGE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// local are flags that only make sense typed.
func local(flag string) bool {
	return slices.Contains([]string{"help", "version", "env", "target", "request", "data", "data-binary", "json-data"}, flag)
}

// fromEnvironment sets the flags that were not given from their variables. An
// empty variable says nothing, as where a CI system knows no value for it.
func fromEnvironment(cmd *cobra.Command, env Lookup) error {
	typed := config.Shape{Given: given(cmd.Flags())}
	typed.Pattern, _ = cmd.Flags().GetString("pattern") // "" where there is no such flag
	var failed []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, ok := env(variable(f.Name))
		if !ok || value == "" || local(f.Name) || !typed.Takes(f.Name) {
			return
		}
		if err := setAll(cmd.Flags(), f, value); err != nil {
			failed = append(failed, fmt.Errorf("%s %s", variable(f.Name), reason(err)))
		}
	})
	return errors.Join(failed...)
}

// setAll sets a flag to the value of a variable.
func setAll(fs *pflag.FlagSet, f *pflag.Flag, value string) error {
	for _, v := range valuesOf(f, value) {
		if err := fs.Set(f.Name, v); err != nil {
			return err
		}
	}
	return nil
}

// valuesOf are those of a variable: flags that can be repeated have one on each
// line.
func valuesOf(f *pflag.Flag, value string) []string {
	if f.Value.Type() == "stringArray" {
		return strings.Split(strings.Trim(value, "\n"), "\n")
	}
	return []string{value}
}

// foresee reads the variables of the flags that say who sends the load and where
// runs are kept, for a decision that falls before all settings are known. They
// don't count as given: whoever runs the test reads them again, with all others.
func foresee(cmd *cobra.Command, env Lookup) error {
	var failed []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, ok := env(variable(f.Name))
		if !ok || value == "" || f.Changed || group(f) != groupWorkers && f.Name != "output" && f.Name != "config" {
			return
		}
		if err := setQuietly(f, valuesOf(f, value)); err != nil {
			failed = append(failed, fmt.Errorf("%s %s", variable(f.Name), reason(err)))
		}
	})
	return errors.Join(failed...)
}

// strayVariables names variables that look like those of flags and are not.
func strayVariables(cmd *cobra.Command, environ []string) (notes []string) {
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, variable(f.Name)) })
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" || !strings.HasPrefix(name, variable("")) || slices.Contains(known, name) {
			continue
		}
		if near := closest(name, known); near != "" {
			notes = append(notes, fmt.Sprintf("the variable %s means nothing here; did you mean %s?", name, near))
		}
	}
	return notes
}

// closest leaves the prefix that all have out of the comparison.
func closest(name string, known []string) string {
	var words []string
	for _, k := range known {
		words = append(words, strings.TrimPrefix(k, variable("")))
	}
	if near := config.Suggest(strings.TrimPrefix(name, variable("")), words); near != "" {
		return variable(near)
	}
	return ""
}

// given lists which flags were set, on the command line or in the environment.
func given(fs *pflag.FlagSet) map[string]bool {
	set := map[string]bool{}
	fs.Visit(func(f *pflag.Flag) { set[f.Name] = true })
	return set
}

// retold returns the flags that were set as arguments for another program.
// Variables are not among them: they go through its environment, where no list
// of processes shows them.
func retold(fs *pflag.FlagSet) (args []string) {
	fs.Visit(func(f *pflag.Flag) {
		list, repeated := f.Value.(pflag.SliceValue)
		switch {
		case f.Name == "env":
		case repeated && f.Value.Type() == "stringArray":
			for _, v := range list.GetSlice() {
				args = append(args, "--"+f.Name+"="+v)
			}
		case repeated: // in one, also when it is empty, which is not the same as not given
			args = append(args, "--"+f.Name+"="+commaSeparated(list.GetSlice()))
		default:
			args = append(args, "--"+f.Name+"="+f.Value.String())
		}
	})
	return args
}

// commaSeparated writes a list as flags of lists read it.
func commaSeparated(list []string) string {
	var text strings.Builder
	w := csv.NewWriter(&text)
	_ = w.Write(list)
	w.Flush()
	return strings.TrimSuffix(text.String(), "\n")
}
