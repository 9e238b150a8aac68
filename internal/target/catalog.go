package target

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
)

const (
	productCount = 1000
	pageSize     = 20
)

//go:embed front.html
var frontPage []byte

// A catalog is everything that can be answered without thinking, prepared.
type catalog struct {
	front    page
	products []page // by id - 1
	pages    []page // lists of products; the last one is empty
	accepted page
	zipped   page
	filler   []byte // what /bytes/{n} is made of

	jsonKind, hit, miss []string // header values
}

func newCatalog(seed uint64) *catalog {
	c := &catalog{
		front:    newPage(http.StatusOK, "text/html; charset=utf-8", frontPage),
		accepted: newJSON(http.StatusAccepted, "{\"accepted\":true}\n"),
		zipped:   newPage(http.StatusOK, "application/json", zip([]byte(zippedText()))),
		filler:   bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n"), 1024),
		jsonKind: []string{"application/json"},
		hit:      []string{"HIT"},
		miss:     []string{"MISS"},
	}
	c.fill(seed)
	return c
}

func (c *catalog) fill(seed uint64) {
	var list []string
	for id := 1; id <= productCount; id++ {
		item := product(seed, id)
		c.products = append(c.products, newJSON(http.StatusOK, item+"\n"))
		if list = append(list, item); len(list) == pageSize {
			c.pages = append(c.pages, newJSON(http.StatusOK, `{"items":[`+strings.Join(list, ",")+"]}\n"))
			list = nil
		}
	}
	c.pages = append(c.pages, newJSON(http.StatusOK, "{\"items\":[]}\n"))
}

func product(seed uint64, id int) string {
	materials := [...]string{"Oak", "Linen", "Steel", "Cork", "Wool", "Glass", "Copper", "Paper", "Clay", "Slate"}
	things := [...]string{"chair", "lamp", "kettle", "rug", "clock", "shelf", "vase", "mug", "desk", "basket", "mirror"}
	d := newDice(seed, 1<<32, uint64(id))
	name := materials[id%len(materials)] + " " + things[id%len(things)]
	cents := 199 + int(d.float()*29800)
	return fmt.Sprintf(`{"id":%d,"name":"%s","price":%d.%02d}`, id, name, cents/100, cents%100)
}

// zippedText is long enough that compressing it pays.
func zippedText() string {
	return `{"gzipped":true,"text":"` + strings.Repeat("Everything that repeats itself compresses well. ", 40) + "\"}\n"
}

func zip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
