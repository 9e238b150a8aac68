package loadforge

import (
	"fmt"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

// demoTest is what `loadforge demo` runs against the embedded demo target: a
// shop that is browsed and bought from, as users arrive, stay, and come all at
// once. The public parts of the package are all it needs.
func demoTest(baseURL string) cli.Test {
	shopper := Scenario[demoShopper]{
		Name:  "shopper",
		Setup: (*demoShopper).login,
		Tasks: []Task[demoShopper]{
			{Name: "browse", Weight: 6, Run: (*demoShopper).browse},
			{Name: "buy", Weight: 2, Run: (*demoShopper).buy},
			{Name: "track order", Weight: 1, Run: (*demoShopper).track},
		},
		Teardown: (*demoShopper).logout,
		Think:    Between(50*time.Millisecond, 250*time.Millisecond),
	}
	test := Test{
		Name:    "demo",
		BaseURL: baseURL,
		Load: []Load{shopper.Users(pattern.Sequence{
			pattern.Ramp{To: 40, For: 5 * time.Second},
			pattern.Constant{Level: 40, For: 5 * time.Second},
			pattern.Spike{
				Base: 40, Peak: 160, Start: time.Second, Rise: time.Second, Hold: 3 * time.Second, Fall: time.Second,
				Settle: 40, SettleFor: 4 * time.Second,
			},
		})},
		Thresholds: []threshold.Rule{
			threshold.P95(300 * time.Millisecond),
			threshold.P99(500 * time.Millisecond).On("GET /products?page={page}"),
			threshold.ErrorRate(0.01),
			threshold.CheckRate(0.99),
		},
	}
	return test.forCommand()
}

type demoShopper struct {
	orders []int // placed so far
}

func (s *demoShopper) login(vu *VU) error {
	account := map[string]string{"email": fmt.Sprintf("user%d@example.com", vu.ID), "password": "demo"}
	resp := vu.Post("/login", JSON(account))
	vu.Header.SetBearer(resp.JSON("token").String())
	return resp.Err()
}

func (s *demoShopper) browse(vu *VU) error {
	resp := vu.Get("/products?page={page}", vu.Rand.IntN(20))
	vu.Check("page lists products", resp.JSON("items").Len() > 0)
	return resp.Err()
}

func (s *demoShopper) buy(vu *VU) error {
	var order struct{ ID int }
	cart := map[string]int{"product": 1 + vu.Rand.IntN(1000)}
	if err := vu.Post("/orders", JSON(cart)).Decode(&order); err != nil {
		return err
	}
	s.orders = append(s.orders, order.ID)
	return nil
}

func (s *demoShopper) track(vu *VU) error {
	if len(s.orders) == 0 {
		return nil
	}
	return vu.Get("/orders/{id}", s.orders[len(s.orders)-1]).Err()
}

func (s *demoShopper) logout(vu *VU) error {
	return vu.Post("/logout", NoBody).Err()
}
