// Thinking is users who do little: one GET, then a pause of a second on
// average. It shows what a user costs who is mostly there.
package main

import (
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/bench/profile"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	get := loadforge.Func("get", func(vu *loadforge.VU) error {
		return vu.Get("/items/1").Err()
	})
	get.Think = loadforge.Between(500*time.Millisecond, 1500*time.Millisecond)

	loadforge.Main(profile.Around(loadforge.Test{
		Name: "thinking",
		HTTP: loadforge.HTTP{Insecure: true},
		Load: []loadforge.Load{get.Users(pattern.Constant{Level: 1000, For: 10 * time.Second})},
	}))
}
