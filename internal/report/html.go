package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
	"github.com/loadforge/loadforge/web"
)

// writeHTML writes report.html: the app with the run in it, one file that asks
// nothing of the network.
func (r *Run) writeHTML(w io.Writer) error {
	data, err := encoded(r.page, &r.status)
	if err != nil {
		return err
	}
	d := web.Document{
		Source: web.Embedded,
		Title:  fmt.Sprintf("%s: %s · LoadForge", page.Clean(r.Test), r.headline().Title),
		Data:   []web.Data{{ID: web.PageID, Bytes: data}},
	}
	if r.baseline != nil {
		d.Data = append(d.Data, web.Data{ID: web.BaselineID, Bytes: r.baseline})
	}
	return web.Write(w, d)
}

// pageOf is the page of a stored run.
func pageOf(path string) ([]byte, error) {
	r, err := store.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the run to compare with: %w", err)
	}
	defer r.Close()
	b, status := page.FromStore(r)
	return encoded(b, &status)
}

func encoded(b *page.Builder, status *page.Status) ([]byte, error) {
	var data bytes.Buffer
	err := b.Encode(&data, 0, status)
	return data.Bytes(), err
}
