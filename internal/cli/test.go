package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/internal/page"
)

// A Test is a test as the command line sees it: a name, and how to make its
// plan once the settings are known.
type Test struct {
	Name string
	// Bare says that the loads of the plan are the command line's defaults, so
	// that a config file may say otherwise.
	Bare bool
	// Plan makes the plan. Settings of the scenario stand between the two
	// targets: those of defaults lose against them, those of overrides win.
	// env answers ${NAME}. An error is a configuration error.
	Plan func(defaults, overrides Target, env Lookup) (cluster.Plan, error)
}

// A Lookup answers for the value of a variable, and whether it is set.
type Lookup func(name string) (string, bool)

// A Target is where requests go and how they are sent. Zero values mean "not
// said here".
type Target struct {
	BaseURL   string
	Header    http.Header
	Timeout   time.Duration
	Insecure  bool
	HTTP      string   // "1.1" or "2"
	ConnectTo []string // HOST1:PORT1:HOST2:PORT2, as curl has it
	Proxy     string
	LocalAddr []string // addresses of this machine
	// AllowHosts are the hosts that requests may go to. Lists don't replace each
	// other: a host must be in each that has anything in it.
	AllowHosts []string
}

// Tools are what only the loadforge command has, and a scenario's own binary
// has not. Any of them may be nil: the command then says that it lacks it.
type Tools struct {
	// Build turns a Go scenario into an executable and returns its path.
	Build func(ctx context.Context, target string) (path string, err error)
	// Ship builds a Go scenario for another machine.
	Ship func(ctx context.Context, target, goos, goarch, out string) error
	// Exec replaces this process with an executable, or runs it to its end
	// where the platform can't.
	Exec func(path string, args, env []string) error
	// Host runs a coordinator and holds the bus for it; see [HostRequest].
	Host func(context.Context, HostRequest) error
	// Enrol offers this machine to a run; see [EnrolRequest].
	Enrol func(context.Context, EnrolRequest) error
	// Request makes a test of one request given on the command line.
	Request func(httpfile.Request) Test
	// Target says what is wrong with the settings of a target, without a test.
	Target func(defaults, overrides Target, env Lookup) error
	// Runs lists the runs of a results directory, the newest first. Where it is
	// nil they are read one by one.
	Runs func(results string) ([]page.Entry, error)
	// Demo makes the test that shows off, against a demo target.
	Demo func(baseURL string) Test
}
