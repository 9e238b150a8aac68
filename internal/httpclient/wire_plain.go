package httpclient

import (
	"errors"
	"net"
	"os"
	"time"
)

// plainPending looks at an idle connection where one can not peek: it reads for
// a moment. A byte taken that way is no loss, as the connection is dropped then.
func plainPending(conn net.Conn) arrival {
	_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	var p [1]byte
	n, err := conn.Read(p[:])
	switch {
	case n > 0:
		return something
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nothing
	}
	return closing
}
