package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// A Format is a kind of report.
type Format string

// The formats.
const (
	HTML     Format = "html"
	JSONFile Format = "json"
	CSV      Format = "csv"
	JUnit    Format = "junit"
	Markdown Format = "md"
)

// Formats are kinds of report, each once.
type Formats []Format

// All returns every format.
func All() Formats { return Formats{HTML, JSONFile, CSV, JUnit, Markdown} }

// ParseFormats reads a list like "html,json"; "all" means all, "none" and
// nothing mean none.
func ParseFormats(list string) (Formats, error) {
	var formats Formats
	for word := range strings.SplitSeq(list, ",") {
		switch f := Format(strings.ToLower(strings.TrimSpace(word))); {
		case f == "" || f == "none":
		case f == "all":
			return All(), nil
		case f == "markdown":
			formats = formats.with(Markdown)
		case slices.Contains(All(), f):
			formats = formats.with(f)
		default:
			return nil, fmt.Errorf("unknown report format %q: use html, json, csv, junit, md or all", word)
		}
	}
	return formats, nil
}

func (f Formats) has(format Format) bool { return slices.Contains(f, format) }

func (f Formats) with(format Format) Formats {
	if f.has(format) {
		return f
	}
	return append(f, format)
}

// The names of the files.
const (
	htmlName       = "report.html"
	jsonName       = "result.json"
	timeseriesName = "timeseries.csv"
	endpointsName  = "endpoints.csv"
	junitName      = "junit.xml"
	markdownName   = "summary.md"
)

// A reportFile is a file of a format. Without write it is made while the
// seconds are read.
type reportFile struct {
	name  string
	write func(*Run, io.Writer) error
}

func (f Format) files() []reportFile {
	switch f {
	case HTML:
		return []reportFile{{htmlName, (*Run).writeHTML}}
	case JSONFile:
		return []reportFile{{jsonName, (*Run).writeJSON}}
	case CSV:
		return []reportFile{{timeseriesName, nil}, {endpointsName, (*Run).writeEndpoints}}
	case JUnit:
		return []reportFile{{junitName, (*Run).writeJUnit}}
	case Markdown:
		return []reportFile{{markdownName, (*Run).writeMarkdown}}
	}
	return nil
}

func (w *writer) path(name string) string { return filepath.Join(w.reader.Dir(), name) }

func joined(errs []error) error { return errors.Join(errs...) }

// buffered makes write write in large pieces.
func buffered(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 64<<10)
		if err := write(b); err != nil {
			return err
		}
		return b.Flush()
	}
}
