// Package dashboard shows runs in a browser, while they go and afterwards.
//
// A [Live] is one run: a sink of it, and the pages about it.
//
//	live := dashboard.NewLive(dashboard.LiveConfig{Run: run, Controls: controls})
//	server, err := dashboard.Listen(live, dashboard.ServerConfig{Addr: "127.0.0.1:8089"})
//	fmt.Println(server.URL())
//	defer server.Close()
//
// A [Saved] is any number of stored runs. What the pages read is described in
// docs/page-data.md, what else can be asked in docs/dashboard.md.
//
// # A browser never holds a run
//
// Each event is encoded once and put into a log; a client is a position in that
// log. One that is slow falls behind, up to where the log was cut, and is then
// told to begin anew; one that does not read for ten seconds is dropped. There
// are at most 256 of them, and the log has a bound in bytes. A page is made at
// most a tenth of the time, however often it is asked for.
//
// # Who may ask
//
// A server listens on a loopback address unless it is told otherwise, and
// answers only to names it knows, so that no other site can reach it through a
// name of its own (DNS rebinding). What changes something must come from its own
// page, or from a program, with a header that no form can send. On any other
// address everybody needs a token, which is new for each server.
package dashboard

import (
	"encoding/json"
	"net/http"
)

// refuse answers with an error, for people and programs.
func refuse(w http.ResponseWriter, status int, reason string) {
	answer(w, status, struct {
		Error string `json:"error"`
	}{reason})
}

// answer answers with JSON.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer can't be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
