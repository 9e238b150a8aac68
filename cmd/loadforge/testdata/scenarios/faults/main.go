// Faults is a scenario that goes wrong in the way FAULT says. It is built once
// and run by many transcripts.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/feed"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func main() {
	fault := os.Getenv("FAULT")
	task := loadforge.Func("visitor", func(vu *loadforge.VU) error { return visit(vu, fault) })
	task.Think = loadforge.Fixed(20 * time.Millisecond)
	test := loadforge.Test{
		Name:    "faults",
		BaseURL: "${TARGET}",
		Load:    []loadforge.Load{task.Users(pattern.Constant{Level: 2, For: time.Second})},
	}
	switch fault {
	case "setup":
		test.Setup = func(*loadforge.VU) error { return errors.New("the shop has no products") }
	case "teardown":
		test.Teardown = func(*loadforge.VU) error { return errors.New("the products stay") }
	case "threshold":
		test.Thresholds = []threshold.Rule{threshold.P95(time.Nanosecond)}
	case "empty":
		test.Load = nil
	case "secret":
		test.Header = http.Header{"Authorization": {"Bearer ${SHOP_TOKEN}"}}
	case "nameless":
		test.Name = ""
	case "load":
		feed.Must(feed.File("nowhere.csv", feed.Lines))
	}
	loadforge.Main(test)
}

func visit(vu *loadforge.VU, fault string) error {
	switch fault {
	case "panic":
		var shop *struct{ name string }
		vu.Log("%s", shop.name)
	case "hang":
		<-context.Background().Done()
	case "slow":
		return vu.Get("/delay/60000").Err()
	case "fail":
		return errors.New("sold out")
	case "late":
		return errors.Join(vu.Get("/products/{id}", 7).Err(), errors.New("sold out"))
	case "stray":
		return vu.Get(os.Getenv("ELSEWHERE")).Err()
	case "burn":
		for until := time.Now().Add(10 * time.Millisecond); time.Now().Before(until); {
		}
	case "secret":
		return tell(vu, os.Getenv("SHOP_TOKEN"))
	case "exit":
		vu.Sleep(1200 * time.Millisecond) // so that a second is on disk
		os.Exit(3)
	case "crash":
		go panic("out of stock")
		vu.Sleep(time.Minute)
	}
	return vu.Get("/products/{id}", 7).Err()
}

// tell says a secret in all the ways a careless scenario has.
func tell(vu *loadforge.VU, token string) error {
	vu.Log("the token is %s", token)
	vu.Check("token "+token, false)
	vu.Get("/search?q=" + token)
	vu.Get("http://user:" + token + "@127.0.0.1:1/")
	vu.Named("named " + token).Get("/redirect")
	_ = vu.Step("step "+token, func() error { return errors.New("step: " + token) })
	if vu.Iteration%2 == 0 {
		panic("out of " + token)
	}
	return errors.New("sold out: " + token)
}
