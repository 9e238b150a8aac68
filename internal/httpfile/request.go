// Package httpfile reads requests that are written down rather than
// programmed: a URL with curl's flags. It knows nothing of running them; the
// caller turns a [Request] into a test.
package httpfile

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// A Request is one HTTP request as a person writes it. ${NAME} in any part is
// for the caller to expand, but for a body that is verbatim.
type Request struct {
	Method string // never empty after [New]
	URL    string // absolute
	Header http.Header
	Body   []byte // nil without one
	// Verbatim says that the body is that of a file as it is: what looks like
	// ${NAME} in it stays.
	Verbatim bool
}

// Flags are what the command line says about a request, in curl's words.
type Flags struct {
	Method string   // -X; "" means GET, or POST with data
	Header []string // -H "Name: value"
	Data   []string // --data: joined by &; @file reads a file without its line breaks
	Binary string   // --data-binary: as it is; @file reads a file as it is
	JSON   string   // --json-data: as --data-binary, with the two header fields for JSON
}

// IsURL says whether an argument of the command line is a URL rather than a
// file.
func IsURL(arg string) bool {
	return strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://")
}

// New makes a request of a URL and flags. Errors name the flag.
func New(rawURL string, f Flags) (Request, error) {
	r := Request{Method: strings.ToUpper(f.Method), URL: rawURL, Header: http.Header{}}
	if !strings.Contains(rawURL, "${") {
		u, err := url.Parse(rawURL)
		if err != nil || u.Host == "" {
			return r, fmt.Errorf("URL %q: want something like https://host/path", rawURL[strings.LastIndexByte(rawURL, '@')+1:]) // what is before may be a password
		}
	}
	for _, line := range f.Header {
		name, value, err := ParseHeader(line)
		if err != nil {
			return r, err
		}
		r.Header.Add(name, value)
	}
	if err := r.readBody(f); err != nil {
		return r, err
	}
	if r.Method == "" {
		r.Method = http.MethodGet
		if r.Body != nil {
			r.Method = http.MethodPost
		}
	}
	return r, nil
}

// ParseHeader splits "Name: value".
func ParseHeader(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || strings.ContainsAny(name, " \t\r\n") || strings.ContainsAny(value, "\r\n\x00") {
		begin, _, cut := strings.Cut(strings.TrimSpace(line), " ") // the rest may be a secret
		if cut {
			begin += " ..."
		}
		return "", "", fmt.Errorf("header %q: want 'Name: value' on one line", begin)
	}
	return name, value, nil
}

func (r *Request) readBody(f Flags) error {
	given := 0
	for _, set := range []bool{len(f.Data) > 0, f.Binary != "", f.JSON != ""} {
		if set {
			given++
		}
	}
	if given > 1 {
		return errors.New("only one of --data, --data-binary and --json-data may be given")
	}
	switch {
	case f.JSON != "":
		return r.readJSON(f.JSON)
	case f.Binary != "":
		return r.readBinary(f.Binary)
	case len(f.Data) > 0:
		return r.readData(f.Data)
	}
	return nil
}

func (r *Request) readJSON(data string) (err error) {
	r.setDefault("Content-Type", "application/json")
	r.setDefault("Accept", "application/json")
	r.Body, err = content("--json-data", data)
	return err
}

func (r *Request) readBinary(data string) (err error) {
	r.setDefault("Content-Type", "application/x-www-form-urlencoded")
	r.Body, err = content("--data-binary", data)
	r.Verbatim = strings.HasPrefix(data, "@")
	return err
}

func (r *Request) readData(pieces []string) error {
	r.setDefault("Content-Type", "application/x-www-form-urlencoded")
	texts := make([]string, len(pieces))
	for i, piece := range pieces {
		body, err := content("--data", piece)
		if err != nil {
			return err
		}
		texts[i] = string(body)
		if strings.HasPrefix(piece, "@") {
			texts[i] = strings.NewReplacer("\r", "", "\n", "").Replace(texts[i])
		}
	}
	r.Body = []byte(strings.Join(texts, "&"))
	return nil
}

func (r *Request) setDefault(name, value string) {
	if r.Header.Get(name) == "" {
		r.Header.Set(name, value)
	}
}

// content returns the data itself, or what is in the file after an @.
func content(flag, data string) ([]byte, error) {
	name, isFile := strings.CutPrefix(data, "@")
	if !isFile {
		return []byte(data), nil
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return body, nil
}

// Name is what a run of the request is called: the host of its URL.
func (r Request) Name() string {
	_, rest, _ := strings.Cut(r.URL, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return rest
}

// Split parts a URL into scheme with host, and path with query. The fragment
// is dropped.
func Split(rawURL string) (base, path string) {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	scheme, rest, _ := strings.Cut(rawURL, "://")
	i := strings.IndexAny(rest, "/?")
	if i < 0 {
		return rawURL, "/"
	}
	base, path = scheme+"://"+rest[:i], rest[i:]
	if path[0] == '?' {
		path = "/" + path
	}
	return base, path
}
