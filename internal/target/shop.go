package target

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// shopRoutes are the routes of a shop, with latencies as such shops have them.
func shopRoutes() []*route {
	read, write := setOf(get, head), setOf(post)
	return []*route{
		{name: "/", methods: read, serve: serveFront, profile: profile{median: ms(3), spread: 0.35}},
		{name: "/products", methods: read, serve: serveProducts, profile: profile{median: ms(14), spread: 0.45}},
		{name: "/products/{id}", methods: read, serve: serveProduct, profile: profile{median: ms(7), spread: 0.4}},
		{name: "/login", methods: write, serve: serveLogin, profile: profile{median: ms(55), spread: 0.25}},
		{name: "/logout", methods: write, serve: serveLogout, profile: profile{median: ms(3), spread: 0.3}},
		{name: "/orders", methods: write, serve: placeOrder, profile: profile{median: ms(38), spread: 0.4, slow: 0.03, factor: 7, broken: 0.004}},
		{name: "/orders/{id}", methods: read, serve: serveOrder, profile: profile{median: ms(9), spread: 0.4}},
		{name: "/deals/{id}", methods: read, serve: serveDeal, profile: profile{median: ms(4), spread: 0.3}},
		{name: "/webhooks/{source}", methods: write, serve: acceptWebhook, profile: profile{median: ms(6), spread: 0.5, slow: 0.005, factor: 10}},
	}
}

func serveFront(x *exchange) { x.send(&x.target.catalog.front) }

// serveProducts answers page 0 without a page, and an empty list past the end.
func serveProducts(x *exchange) {
	number, pages := 0, x.target.catalog.pages
	if query := x.r.URL.RawQuery; query != "" {
		if given := pageOf(x.r, query); given != "" {
			n, err := strconv.Atoi(given)
			if err != nil || n < 0 {
				x.fail(http.StatusBadRequest, "page is not a number from 0")
				return
			}
			number = n
		}
	}
	x.send(&pages[min(number, len(pages)-1)])
}

// pageOf spares the ordinary query the general parser.
func pageOf(r *http.Request, query string) string {
	if given, ok := strings.CutPrefix(query, "page="); ok && !strings.ContainsAny(given, "&%+;") {
		return given
	}
	return r.URL.Query().Get("page")
}

func serveProduct(x *exchange) {
	c := x.target.catalog
	id, err := strconv.Atoi(x.arg)
	if err != nil || id < 1 || id > len(c.products) {
		x.fail(http.StatusNotFound, "no such product")
		return
	}
	x.send(&c.products[id-1])
}

// serveLogin lets everybody in who has an address and a password, unless the
// password is "wrong".
func serveLogin(x *exchange) {
	body, ok := x.body()
	if !ok {
		return
	}
	var account struct{ Email, Password string }
	if err := json.Unmarshal(body, &account); err != nil && len(body) > 0 {
		x.fail(http.StatusBadRequest, "the body is not JSON with email and password")
		return
	}
	if account.Email == "" || account.Password == "" || account.Password == "wrong" {
		x.fail(http.StatusUnauthorized, "unknown email or password")
		return
	}
	token := newToken(x.target.config.Seed, account.Email)
	x.json(http.StatusOK, []byte(`{"token":"`+token+"\"}\n"))
}

func serveLogout(x *exchange) { x.begin(http.StatusNoContent) }

func placeOrder(x *exchange) {
	token, ok := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	if !ok || !validToken(x.target.config.Seed, token) {
		x.w.Header().Set("Www-Authenticate", `Bearer realm="shop"`)
		x.fail(http.StatusUnauthorized, "log in first: POST /login returns the bearer token")
		return
	}
	body, ok := x.body()
	if !ok {
		return
	}
	if !json.Valid(body) {
		x.fail(http.StatusBadRequest, "the order is not JSON")
		return
	}
	id := strconv.FormatInt(x.target.orders.Add(1), 10)
	x.w.Header()["Location"] = []string{"/orders/" + id}
	x.json(http.StatusCreated, []byte(`{"id":`+id+"}\n"))
}

func serveOrder(x *exchange) {
	id, err := strconv.ParseInt(x.arg, 10, 64)
	if err != nil || id < 1 || id > x.target.orders.Load() {
		x.fail(http.StatusNotFound, "no such order")
		return
	}
	state := [...]string{"paid", "packed", "shipped"}[id%3]
	x.json(http.StatusOK, []byte(`{"id":`+strconv.FormatInt(id, 10)+`,"status":"`+state+"\"}\n"))
}

// serveDeal is a cached page. In a realistic shop a miss takes longer.
func serveDeal(x *exchange) {
	c := x.target.catalog
	id, err := strconv.Atoi(x.arg)
	if err != nil || id < 1 || id > len(c.products) {
		x.fail(http.StatusNotFound, "no such deal")
		return
	}
	kind := c.hit
	if x.dice.float() >= x.target.config.CacheHits {
		kind = c.miss
		if x.target.config.Realistic && !x.pause(40*time.Millisecond) {
			x.abandon()
			return
		}
	}
	x.w.Header()["X-Cache"] = kind
	x.send(&c.products[id-1])
}

func acceptWebhook(x *exchange) {
	if _, ok := x.body(); ok {
		x.send(&x.target.catalog.accepted)
	}
}
