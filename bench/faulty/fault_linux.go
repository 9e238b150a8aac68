package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"time"
)

// ok is the class of answers that are as they should be.
const ok = "ok"

// A fault is what the server does with a request, and what a client has to make
// of it. do reports whether all of it was done.
type fault struct {
	class string
	do    func(net.Conn) bool
}

const (
	body = `{"id":1,"name":"anvil","price":1999,"stock":7,"tags":["heavy","iron"],"description":"hardly breaks "}`
	head = "HTTP/1.1 200 OK\r\nServer: faulty\r\nDate: Mon, 23 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
)

var (
	answer  = fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
	halfZip = zipped()[:60]
)

var faults = []fault{
	{"reset", resets},
	{"reset", hangsUp},
	{"body", says(answer[:len(answer)-len(body)/2])},
	{"timeout", isSilent},
	{"timeout", drips},
	{ok, isSlow},
	{"protocol", says("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n")},
	{"body", says(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body))},
	{"body", says(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, len(halfZip), halfZip))},
}

func zipped() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.Bytes()
}

func answers(c net.Conn) bool {
	_, err := io.WriteString(c, answer)
	return err == nil
}

// says returns what says a text and closes.
func says(text string) func(net.Conn) bool {
	return func(c net.Conn) bool {
		_, err := io.WriteString(c, text)
		return err == nil
	}
}

func hangsUp(net.Conn) bool { return true }

func resets(c net.Conn) bool {
	return c.(*net.TCPConn).SetLinger(0) == nil
}

// isSilent waits until the client gives up.
func isSilent(c net.Conn) bool {
	_, _ = io.Copy(io.Discard, c)
	return true
}

// drips says a byte of an endless header now and then, until nobody listens.
func drips(c net.Conn) bool {
	_, err := io.WriteString(c, head+"X-More: ")
	for err == nil {
		time.Sleep(50 * time.Millisecond)
		_, err = c.Write([]byte{'x'})
	}
	return true
}

// isSlow takes a fifth of a second for a good answer, piece by piece.
func isSlow(c net.Conn) bool {
	for rest := answer; rest != ""; {
		piece := rest[:min(len(rest), 20)]
		if _, err := io.WriteString(c, piece); err != nil {
			return false
		}
		rest = rest[len(piece):]
		time.Sleep(15 * time.Millisecond)
	}
	return true
}
