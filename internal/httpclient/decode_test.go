package httpclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func pack(t *testing.T, text string, writer func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := writer(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func newGzip(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func newZlib(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func newFlate(w io.Writer) io.WriteCloser {
	f, _ := flate.NewWriter(w, flate.BestSpeed)
	return f
}

func TestDecoding(t *testing.T) {
	text := strings.Repeat("what is said is said again ", 2000)
	packed := pack(t, text, newGzip)
	bomb := pack(t, strings.Repeat("\x00", 10<<20), newGzip)
	tests := []struct {
		name, coding, sent string
		config             Config
		want               string
		class              metrics.Class
		message            string
	}{
		{"gzip", "gzip", packed, Config{}, text, metrics.OK, ""},
		{"x-gzip", "X-GZIP", packed, Config{}, text, metrics.OK, ""},
		{"two members", "gzip", packed + packed, Config{}, text + text, metrics.OK, ""},
		{"deflate", "deflate", pack(t, text, newZlib), Config{}, text, metrics.OK, ""},
		{"raw deflate", "deflate", pack(t, text, newFlate), Config{}, text, metrics.OK, ""},
		{"nothing", "gzip", "", Config{}, "", metrics.OK, ""},
		{"identity", "identity", text, Config{}, text, metrics.OK, ""},
		{"unknown", "br", packed, Config{}, packed, metrics.OK, ""},
		{"several", "gzip, gzip", packed, Config{}, packed, metrics.OK, ""},
		{"not wanted", "gzip", packed, Config{NoCompression: true}, packed, metrics.OK, ""},
		{"not gzip", "gzip", text, Config{}, "", metrics.Body, "not the gzip"},
		{"half a gzip", "gzip", packed[:len(packed)/2], Config{}, "", metrics.Body, "not the gzip"},
		{"a wrong sum", "gzip", packed[:len(packed)-1] + "\xff", Config{}, "", metrics.Body, "not the gzip"},
		{"not deflate", "deflate", "\xff\xff\xff", Config{}, "", metrics.Body, "not the deflate"},
		{"a bomb", "gzip", bomb, Config{MaxBody: 1 << 20}, "", metrics.Body, "larger than the limit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, answering(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", test.coding, len(test.sent), test.sent)))
			u := newUser(t, test.config)
			for range 2 {
				resp := u.get("http://" + server.address())
				if test.class == metrics.OK {
					wantBody(t, resp, 200, test.want)
				} else {
					wantClass(t, resp, test.class, test.message)
				}
			}
			if kept := len(u.conns) == 1; kept != (test.class == metrics.OK) {
				t.Errorf("connection kept: %v", kept)
			}
		})
	}
}
