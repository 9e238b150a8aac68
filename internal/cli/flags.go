package cli

import (
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

// options are the flags of run. Each has a variable LOADFORGE_NAME, and most
// have a key in loadforge.toml.
type options struct {
	shape      config.Shape
	maxRate    float64
	maxUsers   float64
	iterations float64
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
	thresholds   []string
	maxErrorRate float64
	failInvalid  bool
	config       string
	quiet        bool
	verbose      bool
	json         bool
	noColor      bool
}

// Groups of flags, in the order of the help.
const (
	groupLoad    = "Load"
	groupLimits  = "Limits"
	groupTarget  = "Target"
	groupRequest = "Request (with a URL)"
	groupVerdict = "Verdict"
	groupOutput  = "Output"
)

func groups() []string {
	return []string{groupLoad, groupLimits, groupTarget, groupRequest, groupVerdict, groupOutput}
}

const groupKey = "group"

// grouped defines flags and marks them with their group.
func grouped(fs *pflag.FlagSet, group string, define func(*pflag.FlagSet)) {
	part := pflag.NewFlagSet("", pflag.ContinueOnError)
	define(part)
	part.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupKey: {group}}
		fs.AddFlag(f)
	})
}

// define adds the flags that say what load goes where: those of run, pattern
// and validate.
func (o *options) define(fs *pflag.FlagSet) {
	o.shape = config.Shape{Users: DefaultUsers, Duration: DefaultDuration}
	o.defineLoad(fs)
	grouped(fs, groupLimits, func(fs *pflag.FlagSet) {
		fs.Var(rateValue{&o.maxRate}, "max-rps", "most requests per second over all users")
		fs.Var(levelValue{&o.maxUsers, true}, "max-users", "most users of the open model (default 10000)")
		fs.Var(levelValue{&o.iterations, true}, "iterations", "end after N iterations")
		fs.Uint64Var(&o.seed, "seed", 0, "seed of all random choices (default: a new one each run)")
		fs.Var(durationValue{&o.graceful}, "graceful-stop", "time for users to finish their task (default 30s)")
		fs.Var(durationValue{&o.warmup}, "warmup", "leave the first part of the run out of the totals")
	})
	grouped(fs, groupTarget, func(fs *pflag.FlagSet) {
		fs.StringVar(&o.target.BaseURL, "base-url", "", "where relative paths go")
		fs.StringArrayVarP(&o.headers, "header", "H", nil, "header field 'Name: value' of every request (repeatable)")
		fs.StringArrayVarP(&o.env, "env", "e", nil, "variable KEY=VALUE for ${KEY} (repeatable)")
		fs.Var(durationValue{&o.target.Timeout}, "timeout", "bound of a whole request (default 30s)")
		fs.BoolVar(&o.target.Insecure, "insecure", false, "accept any certificate")
		fs.StringVar(&o.target.HTTP, "http", "", "version of HTTP: 1.1 or 2 (default 1.1)")
		fs.StringArrayVar(&o.target.ConnectTo, "connect-to", nil, "HOST1:PORT1:HOST2:PORT2, as curl has it (repeatable)")
		fs.StringVar(&o.target.Proxy, "proxy", "", "proxy: http://, https:// or socks5:// HOST:PORT")
	})
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.config, "config", "c", "", "settings in TOML (default ./loadforge.toml if there is one)")
	})
}

func (o *options) defineLoad(fs *pflag.FlagSet) {
	grouped(fs, groupLoad, func(fs *pflag.FlagSet) {
		s := &o.shape
		fs.VarP(levelValue{&s.Users, true}, "users", "u", "concurrent users (closed model)")
		fs.VarP(rateValue{&s.Rate}, "rate", "r", "iterations per second (open model): 500, 500/s, 30/m")
		fs.VarP(durationValue{&s.Duration}, "duration", "d", "how long: 30s, 1h30m, or seconds")
		fs.StringVarP(&s.Pattern, "pattern", "p", s.Pattern, "constant, ramp, step, spike or diurnal; --users or --rate is its start level")
		fs.Var(levelValue{&s.RampTo, false}, "ramp-to", "ramp: the level at the end")
		fs.Var(levelValue{&s.StepSize, false}, "step-size", "step: how much each step adds")
		fs.Var(durationValue{&s.StepDuration}, "step-duration", "step: how long a step lasts (default a fifth)")
		fs.Var(levelValue{&s.SpikeTo, false}, "spike-to", "spike: the level at the top")
		fs.Var(durationValue{&s.SpikeDuration}, "spike-duration", "spike: how long it lasts (default a fifth)")
		fs.Var(levelValue{&s.Low, false}, "low", "diurnal: the level at night (default a fifth)")
		fs.Var(durationValue{&s.Period}, "period", "diurnal: the length of a day (default the duration)")
	})
}

// defineRun adds the flags of run alone.
func (o *options) defineRun(fs *pflag.FlagSet) {
	grouped(fs, groupVerdict, func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.thresholds, "threshold", nil, "what must hold, such as 'p95<300ms' (repeatable)")
		fs.Var(levelValue{&o.maxErrorRate, false}, "fail-on-error-rate", "fail above this share of errors, such as 0.05")
		fs.BoolVar(&o.failInvalid, "fail-on-invalid", false, "exit with 111 if the result can't be trusted")
	})
	grouped(fs, groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "results", "directory for results")
		fs.StringSliceVarP(&o.formats, "format", "f", []string{"html", "json", "csv", "junit", "md"}, "reports to write")
		fs.BoolVar(&o.noReport, "no-report", false, "write no report, only the run itself")
		fs.BoolVarP(&o.quiet, "quiet", "q", false, "show no progress")
		fs.BoolVarP(&o.verbose, "verbose", "v", false, "show more")
		fs.BoolVar(&o.json, "json", false, "print the result as JSON on standard output")
		fs.BoolVar(&o.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	})
}

// defineRequest adds curl's flags for the URL form.
func (o *options) defineRequest(fs *pflag.FlagSet) {
	grouped(fs, groupRequest, func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.method, "request", "X", "", "method (default GET, or POST with data)")
		fs.StringArrayVar(&o.data, "data", nil, "form data; @file reads a file (repeatable)")
		fs.StringVar(&o.binary, "data-binary", "", "data as it is; @file reads a file")
		fs.StringVar(&o.jsonData, "json-data", "", "JSON data, with its header fields; @file reads a file")
	})
}

// variable is the environment's name of a flag.
func variable(flag string) string {
	return "LOADFORGE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// local are flags that only make sense typed.
func local(flag string) bool {
	return slices.Contains([]string{"help", "env", "header", "request", "data", "data-binary", "json-data"}, flag)
}

// fromEnvironment sets the flags that were not given from their variables.
func fromEnvironment(cmd *cobra.Command, env Lookup) error {
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, ok := env(variable(f.Name))
		if !ok || f.Changed || local(f.Name) || failed != nil {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			failed = fmt.Errorf("%s: %s", variable(f.Name), reason(err))
		}
	})
	return failed
}

// reason is the last part of a flag error: what is wrong with the value.
func reason(err error) string {
	parts := strings.SplitN(err.Error(), " flag: ", 2)
	return parts[len(parts)-1]
}

// given lists which flags were set, on the command line or in the environment.
func given(fs *pflag.FlagSet) map[string]bool {
	set := map[string]bool{}
	fs.Visit(func(f *pflag.Flag) { set[f.Name] = true })
	return set
}

// retold returns the flags that were set as arguments for another program.
func retold(fs *pflag.FlagSet) (args []string) {
	fs.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok {
			for _, v := range list.GetSlice() {
				args = append(args, "--"+f.Name+"="+v)
			}
			return
		}
		args = append(args, "--"+f.Name+"="+f.Value.String())
	})
	return args
}
