// Package profile looks into a benchmark scenario from the start of its load to
// its end, without being in the way when nobody asks.
package profile

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/loadforge/loadforge"
)

// Variables name the files to be written.
const (
	CPU         = "BENCH_CPUPROFILE"  // a CPU profile
	Allocations = "BENCH_ALLOCATIONS" // lines of: time in nanoseconds, allocations, their bytes
)

// Around returns the test with whatever the variables ask for around its load.
// It uses the setup and teardown of the test.
func Around(t loadforge.Test) loadforge.Test {
	switch path := os.Getenv(CPU); {
	case path != "":
		return during(t, path, cpu)
	case os.Getenv(Allocations) != "":
		return during(t, os.Getenv(Allocations), allocations)
	}
	return t
}

// during has a file written from the setup of a test to its teardown.
func during(t loadforge.Test, path string, write func(*os.File) (stop func(), err error)) loadforge.Test {
	var file *os.File
	var stop func()
	t.Setup = func(*loadforge.VU) (err error) {
		if file, err = os.Create(path); err != nil {
			return fmt.Errorf("create the profile: %w", err)
		}
		stop, err = write(file)
		return err
	}
	t.Teardown = func(*loadforge.VU) error {
		stop()
		return file.Close()
	}
	return t
}

func cpu(file *os.File) (stop func(), err error) {
	return pprof.StopCPUProfile, pprof.StartCPUProfile(file)
}

// allocations writes a line ten times a second.
func allocations(file *os.File) (stop func(), err error) {
	ticker, end := time.NewTicker(100*time.Millisecond), make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		var m runtime.MemStats
		for {
			select {
			case <-end:
				return
			case now := <-ticker.C:
				runtime.ReadMemStats(&m)
				fmt.Fprintln(file, now.UnixNano(), m.Mallocs, m.TotalAlloc)
			}
		}
	})
	return func() {
		ticker.Stop()
		close(end)
		writer.Wait()
	}, nil
}
