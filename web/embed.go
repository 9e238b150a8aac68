// Package web is the app that shows runs: the live dashboard and report.html are
// the same page. This is its Go side; docs/page-data.md says what it reads, and
// the rest of the directory is TypeScript, built into dist/index.html.
//
//	err := web.Write(w, web.Document{Source: web.Live})
//
//	err := web.Write(w, web.Document{
//		Source: web.Embedded, Title: "shop",
//		Data: []web.Data{{ID: web.PageID, Bytes: page}},
//	})
//
// A document is one file that needs no other. Nothing in it comes from a run but
// the title, which is escaped, and data, which is base64.
package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the app
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

//go:embed dist/index.html
var app string

// A Source is where the app finds the run it shows.
type Source string

// The sources.
const (
	Embedded Source = "embedded" // in the document
	Live     Source = "live"     // on the server, with a stream
	Stored   Source = "stored"   // on the server, without
	History  Source = "history"  // nowhere: a list of runs
)

// The IDs of data.
const (
	PageID     = "loadforge-page"     // of the run
	BaselineID = "loadforge-baseline" // of the run to compare it with
)

// A Document is the app as it is sent to a browser or written to a file.
type Document struct {
	Source Source
	Title  string // plain text; empty keeps that of the app
	Data   []Data // of Embedded
}

// Data is a page as [Document] embeds it.
type Data struct {
	ID    string
	Bytes []byte
}

const (
	dataMark   = "<!--loadforge:data-->"
	sourceMark = `<meta name="loadforge-source" content="live"`
)

// Write writes a document. An embedded one says itself that browsers must not
// let it load anything; with the others goes the header that [Policy] makes.
func Write(w io.Writer, d Document) error {
	head, tail, err := d.split(app)
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	var data bytes.Buffer
	for _, one := range d.Data {
		fmt.Fprintf(&data, "<script type=\"text/plain\" id=\"%s\">", html.EscapeString(one.ID))
		data.WriteString(base64.StdEncoding.EncodeToString(one.Bytes))
		data.WriteString("</script>\n")
	}
	for _, part := range []string{head, data.String(), tail} {
		if _, err := io.WriteString(w, part); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	return nil
}

var errMarks = errors.New("dist/index.html lacks a mark: build the app anew")

// split is the document before and after its data.
func (d *Document) split(app string) (head, tail string, err error) {
	i := strings.LastIndex(app, dataMark)
	if i < 0 {
		return "", "", errMarks
	}
	head, tail = app[:i], app[i+len(dataMark):]
	policy := ""
	if d.Source == Embedded {
		policy = `<meta http-equiv="Content-Security-Policy" content="` + html.EscapeString(Policy(Embedded)) + "\">\n"
	}
	source := `<meta name="loadforge-source" content="` + html.EscapeString(string(d.Source)) + `"`
	if !replace(&head, sourceMark, policy+source) {
		return "", "", errMarks
	}
	from, to := strings.Index(head, "<title>"), strings.Index(head, "</title>")
	if d.Title != "" && from >= 0 && to > from {
		head = head[:from] + "<title>" + asciiHTML(d.Title) + head[to:]
	}
	return head, tail, nil
}

// asciiHTML is text as HTML of nothing but ASCII: a browser keeps a file of such
// in bytes, where one dash makes all of it, data too, twice as large.
func asciiHTML(text string) string {
	var b strings.Builder
	for _, r := range html.EscapeString(text) {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// replace replaces the first mark in s, and reports whether there is one.
func replace(s *string, mark, by string) bool {
	before, after, found := strings.Cut(*s, mark)
	if found {
		*s = before + by + after
	}
	return found
}

// Policy is the Content-Security-Policy of a document: it runs the scripts of
// the app and no others, and loads nothing, but for what it asks the server it
// came from.
func Policy(source Source) string {
	connect := "'self'"
	if source == Embedded {
		connect = "'none'"
	}
	scripts := "'none'"
	if hashes := hashesOf(app); len(hashes) > 0 {
		scripts = strings.Join(hashes, " ")
	}
	return "default-src 'none'; script-src " + scripts + "; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src " +
		connect + "; base-uri 'none'; form-action 'none'"
}

// hashesOf are the hashes of the scripts in a page.
func hashesOf(page string) (hashes []string) {
	for {
		_, rest, found := strings.Cut(page, "<script")
		if !found {
			return hashes
		}
		_, rest, _ = strings.Cut(rest, ">")
		script, after, _ := strings.Cut(rest, "</script")
		sum := sha256.Sum256([]byte(script))
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		page = after
	}
}
