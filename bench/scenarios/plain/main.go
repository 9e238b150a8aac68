// Plain is one GET, as the simplest scenario has it: what is compared with
// generators that can do no more than that.
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

	loadforge.Main(profile.Around(loadforge.Test{
		Name: "plain",
		HTTP: loadforge.HTTP{Insecure: true},
		Load: []loadforge.Load{get.Users(pattern.Constant{Level: 50, For: 10 * time.Second})},
	}))
}
