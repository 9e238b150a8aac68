package target

import "net/http"

// adminRoutes are about the target itself. They are neither counted nor
// delayed.
func adminRoutes() []*route {
	return []*route{
		{name: "/_target/stats", methods: setOf(get, head), serve: serveStats},
		{name: "/_target/arrivals", methods: setOf(get, head), serve: serveArrivals},
		{name: "/_target/reset", methods: setOf(post), serve: serveReset},
	}
}

func serveStats(x *exchange) {
	x.w.Header().Set("Cache-Control", "no-store")
	x.marshal(x.target.Stats())
}

func serveArrivals(x *exchange) {
	x.w.Header().Set("Cache-Control", "no-store")
	arrivals := x.target.Arrivals()
	if arrivals == nil {
		x.json(http.StatusOK, []byte("[]\n"))
		return
	}
	x.marshal(arrivals)
}

func serveReset(x *exchange) {
	x.target.Reset()
	x.begin(http.StatusNoContent)
}
