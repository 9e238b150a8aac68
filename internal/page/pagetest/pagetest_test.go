package pagetest

import (
	"os"
	"path/filepath"
	"testing"
)

func golden(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "testdata", "page.golden"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeReadsTheGoldenPage(t *testing.T) {
	p, err := Decode(golden(t))
	if err != nil {
		t.Fatal(err)
	}
	if p.Version != 1 || len(p.Names) != 5 || p.Sum("t.seconds") != 327 {
		t.Errorf("version %d, %d names, %d seconds", p.Version, len(p.Names), p.Sum("t.seconds"))
	}
}

// No bytes make the reader fail badly, and every beginning of a page is too
// short.
func FuzzDecode(f *testing.F) {
	const head = `{"columns":[{"id":"a","n":2,"opt":true}],"names":[{}],"cells":{"count":2}}`
	f.Add([]byte("LFP1" + string(rune(len(head))) + head + "\x02\x04" + "\x01\x05\x07" + "\x00" + "\x01\x09\x01"))
	f.Add([]byte("LFP1" + string(rune(len(head))) + head))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := decode(b); err != nil {
			return
		}
		if _, err := decode(b[:len(b)-1]); err == nil && len(b) > 0 {
			t.Error("a page that lacks its end was read")
		}
	})
}
