package loadforge

import (
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/loadforge/loadforge/internal/httpclient"
	"github.com/loadforge/loadforge/internal/metrics"
)

// A template is a parsed path such as /orders/{id}?page={page}: the literal
// pieces around the placeholders, ready to be written out.
type template struct {
	name    string // method and path as written: what reports show
	id      metrics.NameID
	target  *httpclient.Target
	literal []string // one more than there are placeholders
	query   []bool   // whether placeholder i stands behind the question mark
	whole   []byte   // the path, where there is no placeholder
	err     error    // why the path can't be used
	key     text     // under which the book has it
	memo    httpclient.Memo
}

// parsePath splits a path at its placeholders: names of letters, digits and _
// in braces. All other braces are text.
func parsePath(path string) (literal []string, query []bool) {
	rest, inQuery := path, false
	for {
		open, end := placeholder(rest)
		if open < 0 {
			return append(literal, escapeLiteral(rest)), query
		}
		inQuery = inQuery || strings.IndexByte(rest[:open], '?') >= 0
		literal = append(literal, escapeLiteral(rest[:open]))
		query = append(query, inQuery)
		rest = rest[end:]
	}
}

// placeholder finds the first placeholder: where it begins and ends, or -1.
func placeholder(s string) (open, end int) {
	open = -1
	for i := range len(s) {
		switch c := s[i]; {
		case c == '{':
			open = i
		case c == '}' && open >= 0 && i > open+1:
			return open, i + 1
		case open >= 0 && !isWord(c):
			open = -1
		}
	}
	return -1, -1
}

func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// escapeLiteral makes literal text safe for a request line. What is escaped
// already stays as it is.
func escapeLiteral(s string) string {
	if strings.IndexFunc(s, mustEscape) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; mustEscape(rune(c)) || c >= 0x80 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func mustEscape(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"<>\^`+"`{|}#", c)
}

// appendPath writes the path with args in the placeholders' places.
func (t *template) appendPath(b []byte, args []any) ([]byte, error) {
	if len(args) != len(t.query) {
		return b, fmt.Errorf("%s has %d placeholders, but %d values were given", t.name, len(t.query), len(args))
	}
	for i := range t.query {
		b = append(b, t.literal[i]...)
		b = appendArg(b, args[i], t.query[i])
	}
	return append(b, t.literal[len(t.query)]...), nil
}

// appendArg writes one value, escaped for its place. The common types are
// written without an allocation; reflect serves types derived from them.
func appendArg(b []byte, arg any, query bool) []byte {
	switch v := arg.(type) {
	case string:
		return appendEscaped(b, v, query)
	case []byte:
		return appendEscaped(b, string(v), query)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	}
	return appendOther(b, arg, query)
}

func appendOther(b []byte, arg any, query bool) []byte {
	v := reflect.ValueOf(arg)
	if !v.IsValid() {
		return append(b, "nil"...)
	}
	if v.Type().Implements(reflect.TypeFor[fmt.Stringer]()) {
		return appendEscaped(b, detached(v), query)
	}
	switch v.Kind() {
	case reflect.String:
		return appendEscaped(b, v.String(), query)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Float32:
		return strconv.AppendFloat(b, v.Float(), 'g', -1, 32)
	case reflect.Float64:
		return strconv.AppendFloat(b, v.Float(), 'g', -1, 64)
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	}
	return appendEscaped(b, detached(v), query)
}

// detached formats a copy of v that lives on the heap, so that calling methods
// of an unknown type does not make every caller's arguments escape.
func detached(v reflect.Value) string {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return fmt.Sprint(c.Interface())
}

func appendEscaped(b []byte, s string, query bool) []byte {
	if plain(s) {
		return append(b, s...)
	}
	if query {
		return append(b, url.QueryEscape(s)...)
	}
	return append(b, url.PathEscape(s)...)
}

// plain says that s has only characters that no place of a URL escapes.
func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}

// A book keeps the templates of a run. Looking one up takes no lock. Paths
// that are put together at run time fill it up to maxTemplates; past that they
// are parsed each time.
type book struct {
	base     *base
	secrets  *secrets
	recorder *metrics.Recorder
	mu       sync.Mutex                         // held to add
	known    atomic.Pointer[map[text]*template] // copied to add
}

type text struct {
	method, path, name string
}

const maxTemplates = 2 * metrics.MaxNames

func newBook(b *base, s *secrets, r *metrics.Recorder) *book {
	k := &book{base: b, secrets: s, recorder: r}
	k.known.Store(&map[text]*template{})
	return k
}

// find returns the template of a path. A name replaces method and path in
// reports.
func (k *book) find(key text) *template {
	known := *k.known.Load()
	if t, ok := known[key]; ok {
		return t
	}
	t := k.parse(key)
	if len(known) < maxTemplates {
		k.add(key, t)
	}
	return t
}

func (k *book) add(key text, t *template) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := maps.Clone(*k.known.Load())
	next[key] = t
	k.known.Store(&next)
}

func (k *book) parse(key text) *template {
	t := &template{name: key.name, key: key}
	if t.name == "" {
		t.name = key.method + " " + pathShown(key.path)
	}
	t.name = k.secrets.hide(t.name)
	if k.recorder != nil {
		t.id = k.recorder.Name(t.name, metrics.Request)
	}
	target, path, err := k.base.resolve(key.path)
	if err != nil {
		t.err = err
		return t
	}
	t.target = target
	path, _, _ = strings.Cut(path, "#") // a fragment is the browser's business
	t.literal, t.query = parsePath(path)
	if len(t.query) == 0 {
		t.whole = []byte(t.literal[0])
	}
	return t
}
