// Package gotest shows a load test inside go test: it starts the server, puts
// two seconds of load on it and fails like any other test.
package gotest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

func TestHomePageUnderLoad(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("welcome"))
	}))
	defer server.Close()

	home := loadforge.Func("home", func(vu *loadforge.VU) error {
		resp := vu.Get("/")
		vu.Check("is friendly", string(resp.Body) == "welcome")
		return resp.Err()
	})
	result, err := loadforge.Run(t.Context(), loadforge.Test{
		BaseURL:    server.URL,
		Load:       []loadforge.Load{home.Rate(pattern.Constant{Level: 100, For: 2 * time.Second})},
		Thresholds: []threshold.Rule{threshold.ErrorRate(0), threshold.CheckRate(1)},
	})
	if err != nil || !result.Passed {
		t.Fatal(err, result)
	}
}
