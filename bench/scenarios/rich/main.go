// Rich is one GET as scenarios really have it: a path with a value in it, a
// status that is checked, and a field of the answer that is read and checked.
package main

import (
	"net/http"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/bench/profile"
	"github.com/loadforge/loadforge/pattern"
)

func main() {
	get := loadforge.Func("get", func(vu *loadforge.VU) error {
		resp := vu.Get("/items/{id}", vu.Rand.IntN(1000))
		vu.Check("status is 200", resp.Status == http.StatusOK)
		vu.Check("item has a price", resp.JSON("price").Int() > 0)
		return resp.Err()
	})

	loadforge.Main(profile.Around(loadforge.Test{
		Name: "rich",
		HTTP: loadforge.HTTP{Insecure: true},
		Load: []loadforge.Load{get.Users(pattern.Constant{Level: 50, For: 10 * time.Second})},
	}))
}
