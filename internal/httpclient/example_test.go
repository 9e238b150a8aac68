package httpclient_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/loadforge/loadforge/internal/httpclient"
)

// A counter is an observer that counts.
type counter struct{ exchanges int }

func (c *counter) Exchanged(*httpclient.Exchange) { c.exchanges++ }

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		_, _ = fmt.Fprintf(w, "this is %s", r.URL.Path)
	}))
	defer server.Close()

	client, err := httpclient.New(httpclient.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	observer := new(counter)
	session := client.NewSession(observer)
	defer session.Close()

	target, path, err := httpclient.ParseTarget(server.URL + "/old")
	if err != nil {
		fmt.Println(err)
		return
	}
	request := httpclient.Request{Target: target, Path: []byte(path)}
	var response httpclient.Response
	session.Do(context.Background(), &request, &response)
	fmt.Println(response.Status, string(response.Body), response.Err)
	fmt.Println(response.Header.Get("Content-Type"))
	fmt.Println(observer.exchanges, "exchanges")
	// Output:
	// 200 this is /new <nil>
	// text/plain; charset=utf-8
	// 2 exchanges
}
