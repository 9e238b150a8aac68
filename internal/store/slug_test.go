package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loadforge/loadforge/internal/store"
	"pgregory.net/rapid"
)

func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{
		"shop":                   "shop",
		"My Shop (v2)":           "my-shop-v2",
		"":                       "test",
		"../../etc/passwd":       "etc-passwd",
		`..\..\windows\system32`: "windows-system32",
		"/":                      "test",
		".":                      "test",
		"...":                    "test",
		"a\x00b\x1b[31mc":        "a-b-31mc",
		"line\nbreak":            "line-break",
		"CON":                    "test-con",
		"com1":                   "test-com1",
		"lpt9.txt":               "lpt9-txt",
		"NUL":                    "test-nul",
		"комплект":               "комплект",
		"\xff\xfe":               "test",
		"---":                    "test",
		"a:b*c?d\"e<f>g|h":       "a-b-c-d-e-f-g-h",
		strings.Repeat("ab", 60): strings.Repeat("ab", 23) + "a",
		"https://shop.example/a": "https-shop-example-a",
	} {
		if got := store.Slug(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestAnySlugIsAPlainFileName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slug := store.Slug(rapid.String().Draw(t, "name"))
		if slug == "" || len(slug) > 60 || !utf8.ValidString(slug) || !filepath.IsLocal(slug) || strings.ContainsAny(slug, "/\\:. ") {
			t.Fatalf("got %q", slug)
		}
		if again := store.Slug(slug); again != slug && !strings.HasPrefix(slug, "test-") {
			t.Fatalf("the slug of %q is %q", slug, again)
		}
	})
}
