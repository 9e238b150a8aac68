package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The benchmarks build the hello example as a file outside any module, against
// this checkout or the one LOADFORGE_SDK names, and run it as far as its
// version. Their figures are medians, since a build is at the mercy of whatever
// else the machine does:
//
//	go test -run '^$' -bench . -benchtime 15x ./internal/build

// scenario writes the example and returns its path, its text and a builder that
// has built it once.
func scenario(b *testing.B) (path string, source []byte, builder Builder) {
	b.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "examples", "hello", "main.go"))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	path = filepath.Join(dir, "hello.go")
	if err := os.WriteFile(path, source, 0o600); err != nil {
		b.Fatal(err)
	}
	age := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, age, age); err != nil {
		b.Fatal(err)
	}
	builder = Builder{Cache: filepath.Join(dir, "cache")}
	if _, err := builder.Build(b.Context(), path); err != nil {
		b.Fatal(err)
	}
	return path, source, builder
}

// toRunning builds, runs the program, and fails if the wrong thing happened.
func toRunning(b *testing.B, builder Builder, path string, fresh bool) (building, all time.Duration) {
	b.Helper()
	start := time.Now()
	binary, err := builder.Build(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if binary.Fresh != fresh {
		b.Fatalf("built: %v, want %v", binary.Fresh, fresh)
	}
	building = time.Since(start)
	if out, err := exec.Command(binary.Path, "version").CombinedOutput(); err != nil {
		b.Fatalf("running the scenario: %v\n%s", err, out)
	}
	return building, time.Since(start)
}

func report(b *testing.B, building, all []time.Duration) {
	for unit, times := range map[string][]time.Duration{"ms-build": building, "ms-to-running": all} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, unit)
	}
	b.ReportMetric(0, "ns/op")
}

func BenchmarkUnchanged(b *testing.B) {
	path, _, builder := scenario(b)
	var building, all []time.Duration
	for b.Loop() {
		x, y := toRunning(b, builder, path, false)
		building, all = append(building, x), append(all, y)
	}
	report(b, building, all)
}

func BenchmarkEdit(b *testing.B) {
	path, source, builder := scenario(b)
	var building, all []time.Duration
	for b.Loop() {
		edit := fmt.Sprintf("%s\nfunc edit() int64 { return %d }\n\nvar _ = edit()\n", source, time.Now().UnixNano())
		if err := os.WriteFile(path, []byte(edit), 0o600); err != nil {
			b.Fatal(err)
		}
		x, y := toRunning(b, builder, path, true)
		building, all = append(building, x), append(all, y)
	}
	report(b, building, all)
}
