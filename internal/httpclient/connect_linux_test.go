package httpclient

import (
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestConnectTimeout(t *testing.T) {
	u := newUser(t, Config{ConnectTimeout: 30 * time.Millisecond})
	wantClass(t, u.get("http://"+fullListener(t)), metrics.Timeout, "timeout: connect")
}

// fullListener returns an address that takes no more connections.
func fullListener(t *testing.T) string {
	t.Helper()
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		conn, err := net.DialTimeout("tcp", listener.Addr().String(), 30*time.Millisecond)
		if err != nil {
			break
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	return listener.Addr().String()
}
