package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// goVariables are the variables of the environment that change what go makes.
var goVariables = []string{
	"GOFLAGS", "GOEXPERIMENT", "GOTOOLCHAIN", "GOWORK", "GOENV", "GOROOT", "GOPATH", "GOMODCACHE", "GOFIPS140",
	"GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM",
	"CGO_ENABLED", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS", "CC", "CXX", "FC", "AR", "PKG_CONFIG",
}

// A NoToolchainError says that there is no go command to build with.
type NoToolchainError struct {
	Go  string // what was looked for
	Err error
}

func (e *NoToolchainError) Error() string {
	return fmt.Sprintf(`a Go scenario is compiled before it runs, and there is no Go toolchain here (%v)
three ways on:
  install Go (https://go.dev/dl) and run this again
  run `+"`loadforge build`"+` on a machine that has Go, with --os and --arch for this one, and run the binary here
  do without a scenario: loadforge run https://host/path -u 50 -d 30s`, e.Err)
}

func (e *NoToolchainError) Unwrap() error { return e.Err }

// An OldToolchainError says that the go command is too old and may not, or
// can't, fetch a newer one by itself.
type OldToolchainError struct {
	Have    string // such as 1.22.1; "" if it can't tell
	Need    string
	Setting string // the GOTOOLCHAIN that keeps it from fetching another, such as local; "" if it just can't
}

func (e *OldToolchainError) Error() string {
	have := ""
	if e.Have != "" {
		have = " (" + e.Have + ")"
	}
	text := fmt.Sprintf("the Go toolchain here%s is too old: this scenario needs Go %s or newer\nhint: install a newer Go (https://go.dev/dl)", have, e.Need)
	if e.Setting != "" {
		text += ", or set GOTOOLCHAIN=auto instead of " + e.Setting + ", so that go fetches one by itself"
	}
	return text
}

// A toolchain is a go command.
type toolchain struct {
	path string // absolute
	size int64
	time time.Time
}

func findToolchain(name string) (toolchain, error) {
	if name == "" {
		name = "go"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return toolchain{}, &NoToolchainError{name, err}
	}
	if path, err = filepath.Abs(path); err != nil {
		return toolchain{}, &NoToolchainError{name, err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return toolchain{}, &NoToolchainError{name, err}
	}
	return toolchain{path, info.Size(), info.ModTime()}, nil
}

// id stands for the version of Go, which only running it would tell.
func (t toolchain) id() string {
	return fmt.Sprintf("%s %d %d", t.path, t.size, t.time.UnixNano())
}

// output runs go and returns what it prints. It is interrupted, not killed,
// when ctx ends, so that it can stop the compilers it started.
func (t toolchain) output(ctx context.Context, inv invocation, args []string, stderr io.Writer) ([]byte, error) {
	var stdout bytes.Buffer
	cmd := exec.CommandContext(ctx, t.path, args...)
	cmd.Dir, cmd.Env = inv.dir, inv.env
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return stdout.Bytes(), err
}

// A failure is what go build said when it failed.
type failure struct {
	stdout []byte // of go build -json
	stderr string
	err    error
}

func (f *failure) Error() string { return "go build: " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// build runs go build with -json among its arguments. If go refuses to build,
// the error is a *failure.
func (t toolchain) build(ctx context.Context, inv invocation, args []string, says *progress) error {
	stderr := &chatter{says: says}
	stdout, err := t.output(ctx, inv, args, stderr)
	rest := stderr.rest()
	var exit *exec.ExitError
	switch {
	case err == nil:
		says.print(rest)
		return nil
	case errors.As(err, &exit):
		return &failure{stdout, rest, err}
	case ctx.Err() != nil:
		return err
	}
	return fmt.Errorf("running %s: %w", t.path, err)
}

var (
	requiresNewer = regexp.MustCompile(`requires go >= ([0-9][^ )]*) \(running go ([0-9][^ ;)]*)(?:; GOTOOLCHAIN=([^;)]+))?`)
	unavailable   = regexp.MustCompile(`go: download go([0-9][^ ]*) for [^ ]+: `)
	ancientGo     = regexp.MustCompile(`flag provided but not defined: -json|invalid go version '|unknown directive: (?:toolchain|ignore|tool)`)
)

// tooOld recognises the ways in which one version of go says that a newer one
// is needed.
func (f *failure) tooOld() *OldToolchainError {
	text := f.stderr + string(f.stdout)
	if m := requiresNewer.FindStringSubmatch(text); m != nil {
		return &OldToolchainError{Have: m[2], Need: m[1], Setting: m[3]}
	}
	if m := unavailable.FindStringSubmatch(text); m != nil {
		return &OldToolchainError{Need: m[1]}
	}
	if ancientGo.MatchString(text) {
		return &OldToolchainError{Need: oldestGo}
	}
	return nil
}

// toolchainName is what GOTOOLCHAIN calls a version, which has three parts
// there.
func toolchainName(version string) string {
	if strings.Count(version, ".") == 1 && !strings.Contains(version, "rc") {
		version += ".0"
	}
	return "go" + version
}

// isNews reports whether a line on go's standard error is worth showing at
// once. Everything else waits, because it may be an error.
func isNews(line string) bool {
	for _, prefix := range []string{"go: downloading ", "go: finding ", "go: found ", "go: added ", "go: upgraded "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}
