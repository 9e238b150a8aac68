// Package profile takes a CPU profile of a benchmark scenario from the start of
// its load to its end, without being in the way when nobody asks for one.
package profile

import (
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/loadforge/loadforge"
)

// Variable names the file that the profile is written to.
const Variable = "BENCH_CPUPROFILE"

// Around returns the test with a profile taken around its load, if [Variable]
// is set. It uses the setup and teardown of the test.
func Around(t loadforge.Test) loadforge.Test {
	path := os.Getenv(Variable)
	if path == "" {
		return t
	}
	var file *os.File
	t.Setup = func(*loadforge.VU) (err error) {
		if file, err = os.Create(path); err != nil {
			return fmt.Errorf("create the profile: %w", err)
		}
		return pprof.StartCPUProfile(file)
	}
	t.Teardown = func(*loadforge.VU) error {
		pprof.StopCPUProfile()
		return file.Close()
	}
	return t
}
