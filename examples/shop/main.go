// Shop logs each virtual user in once, then browses and buys as that user.
package main

import (
	_ "embed"
	"strings"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/feed"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

//go:embed accounts.csv
var accountsCSV string

// An Account is one row of accounts.csv.
type Account struct {
	Email    string `csv:"email" json:"email"`
	Password string `csv:"password" json:"password"`
}

// A Shopper is one virtual user. Its fields belong to that user alone, so
// tasks read and write them without locks.
type Shopper struct {
	account Account
	orders  []int // placed so far
}

func main() {
	accounts := feed.Circular(feed.Must(feed.CSV[Account](strings.NewReader(accountsCSV))))

	shopper := loadforge.Scenario[Shopper]{
		Name: "shopper",
		New: func(vu *loadforge.VU) *Shopper {
			return &Shopper{account: accounts.Next(vu)}
		},
		Setup: (*Shopper).login,
		Tasks: []loadforge.Task[Shopper]{
			{Name: "browse", Weight: 6, Run: (*Shopper).browse},
			{Name: "buy", Weight: 2, Run: (*Shopper).buy},
			{Name: "track order", Weight: 1, Run: (*Shopper).track},
		},
		Teardown: (*Shopper).logout,
		Think:    loadforge.Between(500*time.Millisecond, 2*time.Second),
	}

	loadforge.Main(loadforge.Test{
		Name:    "shop",
		BaseURL: "${SHOP_URL}",
		Load: []loadforge.Load{
			shopper.Users(pattern.Sequence{
				pattern.Ramp{To: 200, For: 2 * time.Minute},
				pattern.Constant{Level: 200, For: 10 * time.Minute},
				pattern.Ramp{From: 200, For: time.Minute},
			}),
		},
		Thresholds: []threshold.Rule{
			threshold.P95(300 * time.Millisecond),
			threshold.ErrorRate(0.01),
		},
	})
}

func (s *Shopper) login(vu *loadforge.VU) error {
	var session struct{ Token string }
	if err := vu.Post("/login", loadforge.JSON(s.account)).Decode(&session); err != nil {
		return err
	}
	vu.Header.Set("Authorization", "Bearer "+session.Token)
	return nil
}

func (s *Shopper) browse(vu *loadforge.VU) error {
	var page struct{ Items []struct{ ID int } }
	err := vu.Get("/products?page={page}", vu.Rand.IntN(20)).Decode(&page)
	vu.Check("page lists products", len(page.Items) > 0)
	return err
}

func (s *Shopper) buy(vu *loadforge.VU) error {
	var order struct{ ID int }
	cart := map[string]int{"product": 1 + vu.Rand.IntN(1000)}
	if err := vu.Post("/orders", loadforge.JSON(cart)).Decode(&order); err != nil {
		return err
	}
	s.orders = append(s.orders, order.ID)
	return nil
}

func (s *Shopper) track(vu *loadforge.VU) error {
	if len(s.orders) == 0 {
		return nil
	}
	return vu.Get("/orders/{id}", s.orders[len(s.orders)-1]).Err() // grouped as GET /orders/{id}
}

func (s *Shopper) logout(vu *loadforge.VU) error {
	return vu.Post("/logout", loadforge.NoBody).Err()
}
