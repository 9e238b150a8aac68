package metrics

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextIsMadeFitToBeShown(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "GET /items/{id}", "GET /items/{id}"},
		{"letters of any language stay", "überprüfen 検査", "überprüfen 検査"},
		{"terminal escape codes lose their escape", "\x1b[31mred\x1b[0m", " [31mred [0m"},
		{"line breaks become spaces", "a\r\nb\tc", "a  b c"},
		{"broken UTF-8 is marked", "a\xffb", "a\uFFFDb"},
		{"C1 controls become spaces", "a\u009bb", "a b"},
		{"marks that turn the direction of writing become spaces", "a\u202eb", "a b"},
		{"line separators become spaces", "a\u2028b", "a b"},
		{"NUL and DEL become spaces", "a\x00b\x7f", "a b "},
		{"empty stays empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clean(c.in, 100); got != c.want {
				t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestTextIsCutBetweenLetters(t *testing.T) {
	if got, want := clean("ab\u00e9cd", 3), "ab"; got != want {
		t.Errorf("cut inside a letter: got %q, want %q", got, want)
	}
	if got, want := clean(strings.Repeat("x", 400), MaxMessage), strings.Repeat("x", MaxMessage); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if got, want := cleanLines("goroutine 1:\n\tmain.go:3\x1b", 100), "goroutine 1:\n\tmain.go:3 "; got != want {
		t.Errorf("lines: got %q, want %q", got, want)
	}
}

func TestCleaningTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		for _, f := range []func(string, int) string{clean, cleanLines} {
			once := f(in, limit)
			if !utf8.ValidString(once) || len(once) > limit {
				t.Fatalf("%q is %d bytes, limit %d", once, len(once), limit)
			}
			if twice := f(once, limit); twice != once {
				t.Fatalf("%q, then %q", once, twice)
			}
		}
	})
}
