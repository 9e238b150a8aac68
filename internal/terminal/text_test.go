package terminal

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanMakesTextInert(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ascii    bool
	}{
		{in: "GET /items/{id}", want: "GET /items/{id}"},
		{in: "\x1b[31mred\x1b[0m", want: "?[31mred?[0m"},
		{in: "a\r\nb\tc", want: "a  b c"},
		{in: "bell\x07 del\x7f c1\u009b", want: "bell? del? c1?"},
		{in: "\xff\xfe", want: "??"},
		{in: "gpj.\u202eexe", want: "gpj.?exe"},
		{in: "a\u200bb\ufeffc", want: "a?b?c"},
		{in: "line\u2028and\u00a0space", want: "line and space"},
		{in: "é, 日本, Ωμέγα", want: "é, 日本, Ωμέγα"},
		{in: "e\u0301\u0302\u0303\u0304x", want: "e\u0301\u0302x"},
		{in: "\u0301x", want: "x"},
		{in: "👩\u200d👩👍🏽\ufe0f", want: "👩👩👍"},
		{in: "é, 日本\x1b", want: "?, ???", ascii: true},
	} {
		if got := clean(c.in, c.ascii); got != c.want {
			t.Errorf("clean(%q, %v) = %q, want %q", c.in, c.ascii, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{cut("abcdef", 6, "…"), "abcdef"},
		{cut("abcdef", 5, "…"), "abcd…"},
		{cut("abcdef", 5, ".."), "abc.."},
		{cut("abcdef", 2, ".."), "ab"},
		{cut("日本語", 5, "…"), "日本…"},
		{cut("日本語", 4, "…"), "日…"},
		{cut("abc", 0, "…"), ""},
		{cutMiddle("GET /api/v1/products/{id}/reviews", 20, "…"), "GET /api/v1/…reviews"},
		{cutMiddle("short", 20, "…"), "short"},
		{cutMiddle("abcdefghijklmnop", 8, "…"), "abcdefg…"},
		{left("ab", 4), "ab  "},
		{left("abcde", 4), "abcde"},
		{right("日", 4), "  日"},
		{right("1,234,567", 7), "1,234,567"},
		{strings.Join(wrap("one two three four", 9, 3, "…"), "|"), "one two|three|four"},
		{strings.Join(wrap("one two three four", 9, 2, "…"), "|"), "one two|three fo…"},
		{strings.Join(wrap("", 9, 2, "…"), "|"), ""},
		{strings.Join(wrap("incomprehensibilities", 9, 2, "…"), "|"), "incompre…"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestASCII(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{}, true},
		{map[string]string{"LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LANG": "de_DE.utf8"}, false},
		{map[string]string{"LANG": "C"}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, true},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, false},
		{map[string]string{"LANG": "en_US.UTF-8", "TERM": "linux"}, true},
		{map[string]string{"WT_SESSION": "1"}, false},
	} {
		if got := ASCII(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: got %v, want %v", c.env, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "GET /", "\x1b]0;title\x07", "\u202e\u2066", "a\u0301\u0302\u0303", "\xc3\x28", "👩‍👩‍👧", "日本\t\n", "\x9b2J"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		for _, ascii := range []bool{false, true} {
			got := clean(s, ascii)
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("clean(%q) = %q", s, got)
			}
			if ascii && !isPlain(got) {
				t.Fatalf("clean(%q) = %q in ASCII", s, got)
			}
			if again := clean(got, ascii); again != got {
				t.Fatalf("clean(%q) = %q, and again %q", s, got, again)
			}
			w := max(0, min(w, 1000))
			if n := width(cut(got, w, "…")); n > w {
				t.Fatalf("cut(%q, %d) is %d wide", got, w, n)
			}
			if n := width(cutMiddle(got, w, "…")); n > w {
				t.Fatalf("cutMiddle(%q, %d) is %d wide", got, w, n)
			}
		}
	})
}
