package page_test

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/loadforge/loadforge/internal/page/pagetest"
)

var update = flag.Bool("update", false, "write the golden files")

// golden is read by the tests of the app, too.
var golden = filepath.Join("..", "..", "web", "testdata", "page.golden")

// expected is page.golden.json: what a reader has to make of page.golden.
type expected struct {
	Page    json.RawMessage     `json:"page"`    // the JSON part
	Columns map[string][]*int64 `json:"columns"` // some of them
	Cells   []expectedCells     `json:"cells"`   // by name
	Dists   []expectedDist      `json:"dists"`   // by name
}

type expectedCells struct {
	Counts []uint64 `json:"counts"` // values of each step
	First  []uint64 `json:"first"`  // pairs of the first step
}

type expectedDist struct {
	Count uint64   `json:"count"`
	Pairs []uint64 `json:"pairs"`
}

func expectation(d *pagetest.Page) *expected {
	e := &expected{Page: d.JSON, Columns: map[string][]*int64{}}
	for _, id := range []string{
		"t.seconds", "t.length", "t.requests", "t.errors", "t.p50", "t.p99", "t.max", "t.mean", "t.s95", "t.c.status_5xx",
		"l.0.active", "l.1.target", "l.1.dropped", "n.0.requests", "n.1.p95", "n.2.p50", "n.4.requests", "n.4.max", "h.cpu", "h.lag99", "h.heap",
	} {
		e.Columns[id] = d.Values[id]
	}
	for i, steps := range d.Heat {
		c := expectedCells{First: steps[0]}
		for _, pairs := range steps {
			c.Counts = append(c.Counts, pagetest.Count(pairs))
		}
		e.Cells = append(e.Cells, c)
		e.Dists = append(e.Dists, expectedDist{pagetest.Count(d.Dists[i]), d.Dists[i]})
	}
	return e
}

// Compressed bytes depend on the version of the compressor: what is in them is
// compared.
func TestGoldenPage(t *testing.T) {
	b, status := synthPage()
	var page bytes.Buffer
	if err := b.Encode(&page, 7, &status); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(expectation(decode(t, page.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		write(t, golden, page.Bytes())
		write(t, golden+".json", want)
	}
	kept := must[[]byte](t)(os.ReadFile(golden))
	if !bytes.Equal(inflate(t, kept), inflate(t, page.Bytes())) {
		t.Errorf("%s is another page (go test -update writes it)", golden)
	}
	if !bytes.Equal(must[[]byte](t)(os.ReadFile(golden+".json")), want) {
		t.Errorf("%s.json is not what is in the page (go test -update writes it)", golden)
	}
}

func inflate(t *testing.T, b []byte) []byte {
	t.Helper()
	return must[[]byte](t)(io.ReadAll(flate.NewReader(bytes.NewReader(b))))
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
