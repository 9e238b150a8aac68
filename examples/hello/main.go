// Hello is the smallest useful test: fifty users reading one page for a minute.
package main

import (
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	home := loadforge.Func("home", func(vu *loadforge.VU) error {
		return vu.Get("/").Err()
	})

	loadforge.Main(loadforge.Test{
		Name:    "hello",
		BaseURL: "http://localhost:8080",
		Load: []loadforge.Load{
			home.Users(pattern.Constant{Level: 50, For: time.Minute}),
		},
	})
}
