// Crowd is more and more users who do little: one GET, then a pause of ten
// seconds on average. BENCH_USERS come one after the other within BENCH_RAMP and
// stay for BENCH_HOLD.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/bench/profile"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	p, err := crowd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1)
	}
	get := loadforge.Func("get", func(vu *loadforge.VU) error {
		return vu.Get("/items/1").Err()
	})
	get.Think = loadforge.Between(5*time.Second, 15*time.Second)

	loadforge.Main(profile.Around(loadforge.Test{
		Name: "crowd",
		Load: []loadforge.Load{get.Users(p)},
	}))
}

// crowd is the pattern that the environment asks for.
func crowd() (pattern.Pattern, error) {
	users, err := strconv.Atoi(value("BENCH_USERS", "1000"))
	if err != nil {
		return nil, err
	}
	ramp, err := time.ParseDuration(value("BENCH_RAMP", "10s"))
	if err != nil {
		return nil, err
	}
	hold, err := time.ParseDuration(value("BENCH_HOLD", "30s"))
	if err != nil {
		return nil, err
	}
	level := float64(users)
	return pattern.Sequence{pattern.Ramp{To: level, For: ramp}, pattern.Constant{Level: level, For: hold}}, nil
}

func value(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
