// Steps times something that LoadForge does not speak itself: any Go client
// library will do. Here it is an exchange over a bare TCP connection to the
// server of SHOP_ADDR, such as 127.0.0.1:8080.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

// A talker is one virtual user with a connection of its own.
type talker struct {
	conn net.Conn
	in   *bufio.Reader // as long as the connection: it may hold what came early
}

func main() {
	talkers := loadforge.Scenario[talker]{
		Name:  "talker",
		Setup: (*talker).dial,
		Tasks: []loadforge.Task[talker]{
			{Name: "ask", Run: (*talker).ask},
		},
		Teardown: (*talker).hangUp,
		Think:    loadforge.Every(100 * time.Millisecond), // iterations 100 ms apart, however long they take
	}

	loadforge.Main(loadforge.Test{
		Name:       "steps",
		Load:       []loadforge.Load{talkers.Users(pattern.Ramp{From: 1, To: 50, For: 20 * time.Second})},
		Thresholds: []threshold.Rule{threshold.P99(100 * time.Millisecond).On("ask")},
	})
}

func (t *talker) dial(vu *loadforge.VU) error {
	return vu.Step("dial", func() (err error) {
		var d net.Dialer
		if t.conn, err = d.DialContext(vu.Context(), "tcp", os.Getenv("SHOP_ADDR")); err != nil {
			return err
		}
		t.in = bufio.NewReader(t.conn)
		return nil
	})
}

func (t *talker) ask(vu *loadforge.VU) error {
	return vu.Step("ask", func() error {
		if err := t.conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(t.conn, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"); err != nil {
			return err
		}
		return t.answer()
	})
}

// answer reads all of it, so that the next one starts where this one ends.
func (t *talker) answer() error {
	resp, err := http.ReadResponse(t.in, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	return resp.Body.Close()
}

func (t *talker) hangUp(*loadforge.VU) error {
	if t.conn == nil {
		return nil
	}
	return t.conn.Close()
}
