// Blackfriday replays a day of traffic in half an hour: a day/night curve with
// a flash-sale spike on top, plus a steady stream of webhooks that does not
// slow down when the shop does.
package main

import (
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func main() {
	day := pattern.Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	sale := pattern.Spike{
		Peak:  600, // on top of the day curve
		Start: 10 * time.Hour,
		Rise:  5 * time.Minute,
		Hold:  time.Hour,
		Fall:  30 * time.Minute,
	}
	blackFriday := pattern.Stretch{Of: pattern.Sum{day, sale}, To: 30 * time.Minute}

	visitors := loadforge.Func("visitor", visit)
	visitors.Think = loadforge.Between(time.Second, 5*time.Second)
	webhooks := loadforge.Func("webhook", notify)

	loadforge.Main(loadforge.Test{
		Name:    "black friday",
		BaseURL: "${SHOP_URL}",
		Load: []loadforge.Load{
			visitors.Users(pattern.Sequence{
				pattern.Ramp{To: blackFriday.At(0), For: time.Minute}, // warm up
				blackFriday,
			}),
			webhooks.Rate(pattern.Constant{Level: 25, For: 31 * time.Minute}),
		},
		Thresholds: []threshold.Rule{
			threshold.P95(400 * time.Millisecond),
			threshold.P99(time.Second).On("POST /webhooks/{source}"),
			threshold.CheckRate(0.999),
			threshold.ErrorRate(0.05).AbortAfter(30 * time.Second),
		},
	})
}

func visit(vu *loadforge.VU) error {
	resp := vu.Get("/deals/{id}", 1+vu.Rand.IntN(500))
	vu.Check("served from cache", resp.Header.Get("X-Cache") == "HIT")
	return resp.Err()
}

func notify(vu *loadforge.VU) error {
	event := map[string]string{"type": "payment.settled"}
	return vu.Post("/webhooks/{source}", loadforge.JSON(event), "stripe").Err()
}
