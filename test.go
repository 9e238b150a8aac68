package loadforge

import (
	"net/http"
	"time"

	"github.com/loadforge/loadforge/threshold"
)

// A Test is a load test: where requests go, which scenarios run under which
// load, and what passing means. Only Load is required, and BaseURL when paths
// are relative.
type Test struct {
	// Name names the run and its directory. Empty means the program's name.
	Name string
	// BaseURL is put before every relative path. ${NAME} is replaced by the
	// variable NAME of the environment, or of the file .env.
	BaseURL string
	// Header is sent with every request; ${NAME} is replaced here too.
	Header http.Header
	// Load is built by [Scenario.Users] and [Scenario.Rate]. All of it runs
	// side by side.
	Load []Load
	// Thresholds decide whether the run passed.
	Thresholds []threshold.Rule

	// HTTP says how requests are sent. The zero value suits most tests.
	HTTP HTTP
	// MaxRate caps the requests per second of all users together. Zero means
	// no cap.
	MaxRate float64
	// GracefulStop is how long a user may finish its task when it has to
	// stop. Zero means 30 seconds; negative means not at all.
	GracefulStop time.Duration
	// Seed makes random choices repeatable. Zero means a new seed each run;
	// the report names it.
	Seed uint64
	// Warmup leaves the first part of the run out of the totals.
	Warmup time.Duration

	// Setup runs once before any user starts, Teardown once after the last has
	// gone, even when the run was cut short. Their requests are not part of
	// the results. If Setup fails nothing else runs.
	Setup    func(*VU) error
	Teardown func(*VU) error
}

// HTTP says how requests are sent. Every zero value is a sound default.
type HTTP struct {
	// Version is "1.1" (the default) or "2".
	Version string
	// Timeout bounds a whole request, from the first byte sent to the last
	// byte read, connecting included. Zero means 30 seconds; negative means
	// no bound.
	Timeout time.Duration
	// ConnectTimeout bounds connecting, TLS included. Zero means 10 seconds.
	ConnectTimeout time.Duration
	// Insecure accepts any certificate.
	Insecure bool
	// CertFile and KeyFile hold a client certificate in PEM, CAFile the
	// authorities to trust instead of the system's.
	CertFile, KeyFile, CAFile string
	// Proxy is the URL of a proxy: http, https or socks5. Empty means none;
	// the environment's proxy variables are not read.
	Proxy string
	// ConnectTo sends connections meant for one HOST:PORT to another.
	ConnectTo map[string]string
	// LocalAddr lists the addresses of this machine that connections come from,
	// in turn. One address has no more than the system's range of ports, about
	// 28,000 on Linux, for connections to one server; several have as many each.
	LocalAddr []string
	// AllowHosts lists the hosts that requests may go to: names ("shop.test"), all
	// names below one ("*.shop.test"), addresses and ranges of them
	// ("10.0.0.0/8"), with a port where only that is allowed. A request or
	// redirect to any other host fails and is not sent. Empty means all. Lists of
	// the config file and of --allow-host take away from this one; they add
	// nothing. What a step sends with a client of its own is not looked at.
	AllowHosts []string
	// AllowPublic says that the target may be a public address under more than
	// 50 users or 100 iterations per second, all loads together at their peak
	// and no more than MaxRate. Without it such a test is refused, and where only a
	// scenario or a redirect names such an address, the request: a mistyped host
	// must not become an attack. It is about the target of the test: of one that
	// --base-url names, --allow-public has to say so.
	AllowPublic bool
	// UnixSocket sends every connection to a socket in the file system.
	UnixSocket string
	// MaxRedirects is how many redirects are followed. Zero means 10;
	// negative means that a redirect is an answer like any other.
	MaxRedirects int
	// MaxBody bounds the body of an answer, decompressed; a longer one is an
	// error. Zero means 64 MiB.
	MaxBody int64
	// NoCompression stops asking for gzip.
	NoCompression bool
	// Connections says how long a user keeps its connections.
	Connections Connections
}

// Connections says how long a user keeps its connections.
type Connections uint8

const (
	// PerUser keeps a user's connections open between requests and
	// iterations, as a browser does. It is the default.
	PerUser Connections = iota
	// PerIteration closes them after each iteration, and forgets its cookies,
	// so that every iteration is a new visitor.
	PerIteration
	// PerRequest opens a connection for every request.
	PerRequest
)
