//go:build unix

package httpclient

import (
	"context"
	"fmt"
	"os"
	"syscall"
)

// helpFewFiles opens all the files it may and reports what a request comes to.
func helpFewFiles() int {
	t := &helperT{}
	address := serveFixed(t)
	client, err := New(Config{})
	if err != nil {
		panic(err)
	}
	u := &user{t: t, Session: client.NewSession(nil)}
	limit := syscall.Rlimit{Cur: 64, Max: 64}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	for {
		if _, err := os.Open(os.DevNull); err != nil {
			break
		}
	}
	target, _, _ := ParseTarget("http://" + address + "/")
	u.Do(context.Background(), &Request{Target: target}, &u.resp)
	fmt.Println(u.resp.Class, u.resp.Sent, u.resp.Err)
	return 0
}
