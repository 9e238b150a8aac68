// Thinking is users who do little: one GET, then a pause that is drawn evenly
// from half to one and a half of BENCH_THINK, a second by default. It shows what
// a user costs who is mostly there.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/bench/profile"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	mean, err := pause()
	if err != nil {
		fmt.Fprintln(os.Stderr, "BENCH_THINK:", err)
		os.Exit(1)
	}
	get := loadforge.Func("get", func(vu *loadforge.VU) error {
		return vu.Get("/items/1").Err()
	})
	get.Think = loadforge.Between(mean/2, mean*3/2)

	loadforge.Main(profile.Around(loadforge.Test{
		Name: "thinking",
		HTTP: loadforge.HTTP{Insecure: true},
		Load: []loadforge.Load{get.Users(pattern.Constant{Level: 1000, For: 10 * time.Second})},
	}))
}

// pause is the mean pause of a user.
func pause() (time.Duration, error) {
	said := os.Getenv("BENCH_THINK")
	if said == "" {
		return time.Second, nil
	}
	return time.ParseDuration(said)
}
