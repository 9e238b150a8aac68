package loadforge

import "testing"

// BenchmarkTemplate finds the template of a path and writes it with its values.
func BenchmarkTemplate(b *testing.B) {
	for _, c := range []struct {
		name, path string
		args       []any
	}{
		{"plain", "/items", nil},
		{"number", "/items/{id}", []any{123456}},
		{"text", "/search?q={words}&page={n}", []any{"anvils and hammers", 3}},
	} {
		b.Run(c.name, func(b *testing.B) {
			k := newTestBook(b, "http://bench.test/api/")
			var path []byte
			b.ReportAllocs()
			for b.Loop() {
				t := k.find(text{"GET", c.path, ""})
				var err error
				if path, err = t.appendPath(path[:0], c.args); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
