// Open sends webhooks at a rate that does not care how the server feels:
// independent senders, a quarter more of them every ten seconds.
package main

import (
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func main() {
	webhooks := loadforge.Func("webhook", notify)
	webhooks.Arrivals = loadforge.Poisson
	webhooks.MaxUsers = 500 // more at once are dropped, and counted

	loadforge.Main(loadforge.Test{
		Name:    "webhooks",
		BaseURL: "${SHOP_URL}",
		Load: []loadforge.Load{
			webhooks.Rate(pattern.Step{From: 200, By: 50, To: 400, Every: 10 * time.Second}),
		},
		Thresholds: []threshold.Rule{
			threshold.P99(500 * time.Millisecond).Over(10 * time.Second),
			threshold.MaxDropped(0),
			threshold.ErrorRate(0.10).AbortAfter(10 * time.Second),
		},
	})
}

func notify(vu *loadforge.VU) error {
	event := map[string]any{"type": "payment.settled", "amount": 1 + vu.Rand.IntN(500)}
	return vu.Post("/webhooks/{source}", loadforge.JSON(event), "stripe").Err()
}
