// Journey walks through a shop as one visitor does, start to end, and begins
// again as somebody new: no cookies, no connections.
package main

import (
	"net/http"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func main() {
	visitors := loadforge.Func("visitor", visit)
	visitors.Think = loadforge.Exponential(time.Second)

	loadforge.Main(loadforge.Test{
		Name:    "journey",
		BaseURL: "${SHOP_URL}",
		HTTP:    loadforge.HTTP{Connections: loadforge.PerIteration, Timeout: 5 * time.Second},
		Load: []loadforge.Load{
			visitors.Users(pattern.Spike{
				Base: 10, Peak: 60, Start: 20 * time.Second,
				Rise: 5 * time.Second, Hold: 20 * time.Second, Fall: 5 * time.Second, SettleFor: 30 * time.Second,
			}),
		},
		Thresholds: []threshold.Rule{
			threshold.CheckRate(0.99),
			threshold.P95(time.Second).On("look around"),
		},
	})
}

func visit(vu *loadforge.VU) error {
	// A step with requests in it is reported as a group.
	err := vu.Step("look around", func() error {
		if err := vu.Get("/").Err(); err != nil {
			return err
		}
		return vu.Get("/products?page={page}", vu.Rand.IntN(5)).Err()
	})
	if err != nil {
		return err
	}
	vu.Sleep(time.Duration(200+vu.Rand.IntN(800)) * time.Millisecond) // reading

	product := vu.Get("/products/{id}", 1+vu.Rand.IntN(1000))
	vu.Check("product has a price", product.JSON("price").Float() > 0)

	// Without a login the shop must refuse: 401 is right, all else is an error.
	order := loadforge.JSON(map[string]int{"product": 1})
	return vu.Expect(http.StatusUnauthorized).Post("/orders", order).Err()
}
