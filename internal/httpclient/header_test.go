package httpclient

import (
	"slices"
	"testing"
)

func TestHeader(t *testing.T) {
	h := Header{block: []byte("Content-Type: text/html\r\nset-cookie: a=b\r\nX-Folded: one,\r\n  two\r\n\tthree\r\n" +
		"Set-Cookie:\tc=d \r\nX-Empty:\r\nX-_: 1\r\n")}
	for name, want := range map[string]string{
		"content-type": "text/html", "CONTENT-TYPE": "text/html", "Set-Cookie": "a=b", "x-folded": "one, two three",
		"X-Empty": "", "Content": "", "X": "", "x-_": "1", "x-\x7f": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got, want := h.Values("SET-COOKIE"), []string{"a=b", "c=d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !h.Has("x-empty") || h.Has("x-none") || h.Values("x-none") != nil || h.Bytes("x-none") != nil {
		t.Error("Has, Values or Bytes is wrong")
	}
	var names []string
	for name, value := range h.All() {
		names = append(names, name+"="+value)
	}
	want := []string{"Content-Type=text/html", "set-cookie=a=b", "X-Folded=one, two three", "Set-Cookie=c=d", "X-Empty=", "X-_=1"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	for range h.All() {
		break
	}
	kept := h.Clone()
	copy(h.block, "xxxxxxx")
	if kept.Get("Content-Type") != "text/html" || kept.Len() != h.Len() {
		t.Error("a clone shares memory")
	}
	if (Header{}).Has("x") {
		t.Error("the empty header has something")
	}
}
