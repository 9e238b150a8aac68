package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
)

// The programs of scenarios that the tests start beside loadforge. As they are
// the test program under another name, nothing has to be built.

// phases asks in each phase of its run for a path of that phase, so that a
// target can hold any of them up.
func phases() {
	visitor := loadforge.Func("visitor", func(vu *loadforge.VU) error { return vu.Get("/load").Err() })
	visitor.Think = loadforge.Fixed(10 * time.Millisecond)
	steady, _ := time.ParseDuration(os.Getenv("STEADY"))
	loadforge.Main(loadforge.Test{
		Name:    "phases",
		BaseURL: "${TARGET}",
		Load: []loadforge.Load{visitor.Users(pattern.Sequence{
			pattern.Ramp{To: phasesUsers, For: 400 * time.Millisecond},
			pattern.Constant{Level: phasesUsers, For: steady},
		})},
		Setup:    func(vu *loadforge.VU) error { return vu.Get("/setup").Err() },
		Teardown: func(vu *loadforge.VU) error { return vu.Get("/teardown").Err() },
	})
}

const phasesUsers = 4

// mischief does to its own process what MISCHIEF says, after a while of harmless
// work: that much has to survive.
func mischief() {
	do, begun := mischiefs[os.Getenv("MISCHIEF")], time.Now()
	if do == nil {
		panic("there is no such mischief")
	}
	visitor := loadforge.Func("visitor", func(vu *loadforge.VU) error {
		err := vu.Get("/").Err()
		if vu.Sleep(50 * time.Millisecond); time.Since(begun) > 2500*time.Millisecond {
			do(vu)
		}
		return err
	})
	loadforge.Main(loadforge.Test{
		Name:         "mischief",
		BaseURL:      "${TARGET}",
		GracefulStop: 300 * time.Millisecond,
		Load:         []loadforge.Load{visitor.Users(pattern.Constant{Level: 2, For: 3 * time.Second})},
	})
}

var mischiefs = map[string]func(*loadforge.VU){
	"write a map at once": func(*loadforge.VU) {
		counts := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					counts[i%100]++
				}
			}()
		}
		time.Sleep(time.Minute)
	},
	"recurse for ever": func(*loadforge.VU) {
		debug.SetMaxStack(1 << 20)
		fmt.Fprintln(os.Stderr, deeper(1))
	},
	"exit in one of two processes": func(vu *loadforge.VU) {
		if vu.ID == 1 {
			os.Exit(3)
		}
	},
	"exit":         func(*loadforge.VU) { os.Exit(3) },
	"panic beside": func(*loadforge.VU) { go panic("out of stock"); time.Sleep(time.Minute) },
	"never return": func(*loadforge.VU) { select {} },
	"compute for ever": func(*loadforge.VU) {
		for n := 1; n > 0; n = n*3%1_000_003 + 1 {
			_ = n
		}
	},
	"name without end": nameWithoutEnd,
}

func deeper(n int) int {
	if n < 0 {
		return n // never
	}
	return deeper(n+1) + n
}

// nameWithoutEnd makes up a name for every step, and for some an error text too.
func nameWithoutEnd(vu *loadforge.VU) {
	for i := range madeUpNames / 2 {
		_ = vu.Step(fmt.Sprintf("user %d looks at item %d", vu.ID, i), func() error {
			if i%10 == 0 {
				return fmt.Errorf("item %d of %d is gone", i, vu.ID)
			}
			return nil
		})
	}
	vu.Log("all is named")
	vu.Sleep(time.Hour)
}

const madeUpNames = 1_000_000
