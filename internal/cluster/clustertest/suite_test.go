package clustertest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) { Run(t, NewMemoryBed, true) }

// Many seeds take minutes: make chaos.
func TestChaosInMemory(t *testing.T) {
	seeds, length := uint64(1), 2*time.Minute
	if os.Getenv("LOADFORGE_CHAOS") != "" {
		seeds, length = 40, 5*time.Minute
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { Chaos(t, NewMemoryBed, true, length, seed) })
	}
}
