package target

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loadforge/loadforge/internal/virtual"
)

func TestStatsCountByRouteMethodAndStatus(t *testing.T) {
	target := New(Config{Trace: 3})
	for _, request := range [][2]string{
		{"GET", "/"},
		{"GET", "/"},
		{"HEAD", "/"},
		{"GET", "/products/1"},
		{"GET", "/products/5000"},
		{"POST", "/orders"},
		{"DELETE", "/orders"},
		{"GET", "/a"},
		{"GET", "/b"},
		{"BREW", "/status/418"},
		{"TRACE", "/"},
		{"CONNECT", "/"},
		{"PUT", "/echo"},
		{"PATCH", "/echo"},
		{"GET", "/_target/stats"},
		{"GET", "/_target/arrivals"},
	} {
		ask(target, request[0], request[1], "")
	}
	w := ask(target, "GET", "/_target/stats", "")
	var got Stats
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	wantRoutes := map[string]RouteStats{
		"GET /":                {2, map[int]uint64{200: 2}},
		"HEAD /":               {1, map[int]uint64{200: 1}},
		"TRACE /":              {1, map[int]uint64{405: 1}},
		"CONNECT /":            {1, map[int]uint64{405: 1}},
		"GET /products/{id}":   {2, map[int]uint64{200: 1, 404: 1}},
		"POST /orders":         {1, map[int]uint64{401: 1}},
		"DELETE /orders":       {1, map[int]uint64{405: 1}},
		"GET (unknown)":        {2, map[int]uint64{404: 2}},
		"OTHER /status/{code}": {1, map[int]uint64{418: 1}},
		"PUT /echo":            {1, map[int]uint64{200: 1}},
		"PATCH /echo":          {1, map[int]uint64{200: 1}},
	}
	if !reflect.DeepEqual(got.Routes, wantRoutes) {
		t.Errorf("got routes %v, want %v", got.Routes, wantRoutes)
	}
	wantStatus := map[int]uint64{200: 6, 401: 1, 404: 3, 405: 3, 418: 1}
	if got.Total != 14 || !reflect.DeepEqual(got.Status, wantStatus) {
		t.Errorf("got %d in all, by status %v, want 14, %v", got.Total, got.Status, wantStatus)
	}
	if n := len(target.Arrivals()); n != 3 {
		t.Errorf("the trace has %d arrivals, want 3", n)
	}
	if w := ask(target, "POST", "/_target/reset", ""); w.Code != http.StatusNoContent {
		t.Errorf("the reset answered %d", w.Code)
	}
	if s := target.Stats(); s.Total != 0 || len(s.Routes) != 0 || len(s.Status) != 0 || len(target.Arrivals()) != 0 {
		t.Errorf("after the reset got %+v", s)
	}
}

func TestArrivalsBySecond(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{})
		time.Sleep(1500 * time.Millisecond)
		ask(target, "GET", "/", "")
		time.Sleep(2 * time.Second)
		ask(target, "GET", "/", "")
		ask(target, "GET", "/", "")
		time.Sleep(time.Second)
		if s := target.Stats(); !reflect.DeepEqual(s.PerSecond, []uint64{0, 1, 0, 2, 0}) || s.FirstSecond != 0 || s.Seconds != 4.5 {
			t.Errorf("got %v from %d after %v s", s.PerSecond, s.FirstSecond, s.Seconds)
		}
		time.Sleep(history * time.Second) // the ring forgets second 3 last, at 3603
		ask(target, "GET", "/", "")
		s := target.Stats()
		if s.FirstSecond != 5 || len(s.PerSecond) != history || s.PerSecond[history-1] != 1 || sum(s.PerSecond) != 1 {
			t.Errorf("after an hour got %d arrivals in %d seconds from %d", sum(s.PerSecond), len(s.PerSecond), s.FirstSecond)
		}
		time.Sleep(10 * history * time.Second)
		if s := target.Stats(); sum(s.PerSecond) != 0 || s.Total != 4 {
			t.Errorf("after ten hours got %d arrivals, %d in all", sum(s.PerSecond), s.Total)
		}
	})
}

func sum(counts []uint64) (total uint64) {
	for _, n := range counts {
		total += n
	}
	return total
}

func TestAResetForgetsWhatIsInFlight(t *testing.T) {
	virtual.Test(t, func(t *testing.T) {
		target := New(Config{Latency: time.Second})
		done := make(chan int)
		go func() { done <- ask(target, "GET", "/", "").Code }()
		synctest.Wait()
		if s := target.Stats(); s.InFlight != 1 || s.Total != 1 || len(s.Status) != 0 || s.Routes["GET /"].Count != 1 {
			t.Errorf("in flight got %+v", s)
		}
		target.Reset()
		if code := <-done; code != 200 {
			t.Errorf("the request was answered with %d", code)
		}
		if s := target.Stats(); s.InFlight != 0 || s.Total != 0 || len(s.Status) != 0 {
			t.Errorf("after the reset got %+v", s)
		}
	})
}
