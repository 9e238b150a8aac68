package target

import (
	"net/http"
	"strings"
	"time"
)

// maxRoutes is how many routes a tally has room for.
const maxRoutes = 32

// A route is a path that is served.
type route struct {
	name      string // "/orders/{id}"
	methods   methodSet
	profile   profile
	serve     func(*exchange)
	uncounted bool

	id    int    // index in the router
	allow string // methods as a header
}

// A methodSet has the methods of a route; the zero set has all of them.
type methodSet uint16

func setOf(ms ...method) methodSet {
	var s methodSet
	for _, m := range ms {
		s |= 1 << m
	}
	return s
}

func (s methodSet) has(m method) bool { return s == 0 || s&(1<<m) != 0 }

func (s methodSet) String() string {
	var names []string
	for m := get; m < otherMethod; m++ {
		if s != 0 && s.has(m) {
			names = append(names, m.String())
		}
	}
	return strings.Join(names, ", ")
}

// A router finds the route of a path by its first segment and by what follows.
type router struct {
	routes  []*route
	exact   map[string]*route // "/orders"
	below   map[string]*route // "orders": /orders/{id}
	unknown *route
}

func newRouter() *router {
	n := &router{exact: map[string]*route{}, below: map[string]*route{}}
	n.unknown = &route{name: "(unknown)", serve: serveUnknown}
	for _, r := range append(append(append(shopRoutes(), echoRoutes()...), answerRoutes()...), n.unknown) {
		n.add(r)
	}
	for _, r := range adminRoutes() {
		r.uncounted = true
		r.allow = (r.methods | setOf(options)).String()
		n.exact[r.name] = r
	}
	return n
}

func (n *router) add(r *route) {
	r.id = len(n.routes)
	r.allow = (r.methods | setOf(options)).String()
	n.routes = append(n.routes, r)
	if prefix, _, ok := strings.Cut(r.name, "/{"); ok {
		n.below[prefix[1:]] = r
		return
	}
	n.exact[r.name] = r
}

// find returns the route of a path and what stands for its placeholders.
func (n *router) find(path string) (r *route, arg string) {
	if r = n.exact[path]; r != nil {
		return r, ""
	}
	first, arg, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if r = n.below[first]; ok && arg != "" && r != nil {
		return r, arg
	}
	return n.unknown, ""
}

func (n *router) name(route int, m method) string {
	return m.String() + " " + n.routes[route].name
}

func serveUnknown(x *exchange) {
	x.fail(http.StatusNotFound, "no such page; the front page lists them")
}

func ms(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
