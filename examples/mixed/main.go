// Mixed runs three scenarios side by side, each with a load of its own: readers
// all the time, an import job after ten seconds, probes at a steady rate.
package main

import (
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func main() {
	readers := loadforge.Func("reader", func(vu *loadforge.VU) error {
		return vu.Get("/products/{id}", 1+vu.Rand.IntN(1000)).Err()
	})
	readers.Think = loadforge.Between(100*time.Millisecond, 300*time.Millisecond)

	importer := loadforge.Func("import", func(vu *loadforge.VU) error {
		return vu.Post("/echo/import", loadforge.Bytes("application/octet-stream", make([]byte, 64<<10))).Err()
	})

	probe := loadforge.Func("probe", func(vu *loadforge.VU) error {
		return vu.Named("health").Get("/").Err()
	})

	loadforge.Main(loadforge.Test{
		Name:    "mixed",
		BaseURL: "${SHOP_URL}",
		Warmup:  5 * time.Second, // left out of the totals
		MaxRate: 2000,            // requests per second of all three together
		Load: []loadforge.Load{
			readers.Users(pattern.Sequence{
				pattern.Ramp{To: 40, For: 5 * time.Second},
				pattern.Constant{Level: 40, For: 35 * time.Second},
			}),
			importer.Users(pattern.Constant{Level: 2, For: 20 * time.Second}).After(10 * time.Second).Times(500),
			probe.Rate(pattern.Constant{Level: 10, For: 40 * time.Second}),
		},
		Thresholds: []threshold.Rule{
			// The import must not be felt by the readers.
			threshold.P95(100 * time.Millisecond).On("GET /products/{id}"),
			threshold.P99(200 * time.Millisecond).On("health").Over(5 * time.Second),
		},
	})
}
