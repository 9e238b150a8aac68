// Feeds deals rows of data to users: accounts in turn, search words at random,
// and vouchers that nobody may use twice.
package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/feed"
	"github.com/loadforge/loadforge/pattern"
)

const accountsCSV = `email,password,age
ada@example.com,one,36
grace@example.com,two,85
barbara@example.com,three,75
`

type account struct {
	Email    string `csv:"email" json:"email"`
	Password string `csv:"password" json:"password"`
	Age      int    `csv:"age" json:"-"`
}

type shopper struct{ account account }

func main() {
	accounts := feed.Circular(feed.Must(feed.CSV[account](strings.NewReader(accountsCSV))))
	words := feed.Random(feed.Must(feed.Lines(strings.NewReader("lamp\nchair\ndesk\nred sofa\n"))))
	vouchers := feed.Unique(numbered("V-%06d", 100_000))

	shoppers := loadforge.Scenario[shopper]{
		Name: "shopper",
		New: func(vu *loadforge.VU) *shopper {
			return &shopper{account: accounts.Next(vu)}
		},
		Setup: func(s *shopper, vu *loadforge.VU) error {
			resp := vu.Post("/login", loadforge.JSON(s.account))
			vu.Header.SetBearer(resp.JSON("token").String())
			return resp.Err()
		},
		Tasks: []loadforge.Task[shopper]{
			{Name: "search", Weight: 4, Run: func(_ *shopper, vu *loadforge.VU) error {
				return vu.Get("/echo/search?q={words}", words.Next(vu)).Err()
			}},
			{Name: "redeem", Run: func(_ *shopper, vu *loadforge.VU) error {
				voucher, err := vouchers.Next(vu)
				if err != nil {
					return err
				}
				return vu.Post("/orders", loadforge.JSON(map[string]any{"product": 1, "voucher": voucher})).Err()
			}},
		},
		Think: loadforge.Between(200*time.Millisecond, time.Second),
	}

	loadforge.Main(loadforge.Test{
		Name:    "feeds",
		BaseURL: "${SHOP_URL}",
		Load:    []loadforge.Load{shoppers.Users(pattern.Constant{Level: 20, For: 30 * time.Second})},
	})
}

func numbered(format string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return out
}
