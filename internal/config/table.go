package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// A document is a parsed file with the place of each value.
type document struct {
	file     string
	source   []byte
	places   map[string]int // offset by path, such as load[1].pattern.ramp.to
	problems Problems
}

// report notes a problem at a path. A path without a place of its own has that
// of the nearest one around it.
func (d *document) report(path, format string, args ...any) {
	offset, ok := d.places[path]
	for p := path; !ok && p != ""; offset, ok = d.places[p] {
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	d.reportAt(offset, format, args...)
}

func (d *document) reportAt(offset int, format string, args ...any) {
	line, column, text := place(d.source, offset)
	d.problems = append(d.problems, Problem{d.file, line, column, fmt.Sprintf(format, args...), text})
}

// locate fills in the places. Errors are those that decoding finds as well.
func (d *document) locate() {
	var p unstable.Parser
	p.Reset(d.source)
	arrays := map[string]int{}
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			table = d.enter(e, arrays)
		case unstable.ArrayTable:
			name := strings.Join(keys(e), ".")
			table = fmt.Sprintf("%s[%d]", name, arrays[name])
			arrays[name]++
			d.mark(table, e)
		case unstable.KeyValue:
			d.pair(table, e)
		}
	}
}

// enter returns the path of a [table], which may stand below the latest
// element of an array.
func (d *document) enter(e *unstable.Node, arrays map[string]int) string {
	path := ""
	for _, key := range keys(e) {
		path = join(path, key)
		if n := arrays[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
	}
	d.mark(path, e)
	return path
}

// mark notes the place of a node's first key.
func (d *document) mark(path string, e *unstable.Node) {
	if it := e.Key(); it.Next() {
		if _, ok := d.places[path]; !ok {
			d.places[path] = int(it.Node().Raw.Offset)
		}
	}
}

func (d *document) pair(table string, e *unstable.Node) {
	path := join(table, strings.Join(keys(e), "."))
	d.mark(path, e)
	d.value(path, e.Value())
}

func (d *document) value(path string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			d.pair(path, it.Node())
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			d.value(fmt.Sprintf("%s[%d]", path, i), it.Node())
		}
	}
}

func keys(e *unstable.Node) (names []string) {
	for it := e.Key(); it.Next(); {
		names = append(names, string(it.Node().Data))
	}
	return names
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// A table is one table of the document. It remembers which keys were asked
// for, so that the others can be named as unknown.
type table struct {
	d     *document
	path  string
	items map[string]any
	asked []string
}

// get returns the value of a key, if it is there.
func (t *table) get(key string) (any, bool) {
	t.asked = append(t.asked, key)
	v, ok := t.items[key]
	return v, ok
}

func (t *table) report(key, format string, args ...any) {
	t.d.report(join(t.path, key), "%s", key+" "+fmt.Sprintf(format, args...))
}

// finish names the keys that nobody asked for.
func (t *table) finish() {
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		if slices.Contains(t.asked, key) {
			continue
		}
		hint := ""
		if s := Suggest(key, t.asked); s != "" {
			hint = fmt.Sprintf(" (did you mean %q?)", s)
		}
		t.d.report(join(t.path, key), "unknown key %q%s", key, hint)
	}
}

// sub returns a table inside, or nil.
func (t *table) sub(key string) *table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	items, ok := v.(map[string]any)
	if !ok {
		t.report(key, "must be a table, such as %s = { ... }", key)
		return nil
	}
	return &table{d: t.d, path: join(t.path, key), items: items}
}

// subs returns the tables of an array.
func (t *table) subs(key string) []*table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.report(key, "must be a list of tables")
		return nil
	}
	var out []*table
	for i, v := range list {
		path := fmt.Sprintf("%s[%d]", join(t.path, key), i)
		items, ok := v.(map[string]any)
		if !ok {
			t.d.report(path, "%s must be a table", path)
			continue
		}
		out = append(out, &table{d: t.d, path: path, items: items})
	}
	return out
}

func (t *table) text(key string) string {
	v, ok := t.get(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		t.report(key, "must be text in quotes")
	}
	return s
}

// texts takes a list of texts, or a single one.
func (t *table) texts(key string) (out []string) {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	if s, ok := v.(string); ok {
		return []string{s}
	}
	list, ok := v.([]any)
	if !ok {
		t.report(key, "must be text, or a list of texts")
		return nil
	}
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			t.d.report(fmt.Sprintf("%s[%d]", join(t.path, key), i), "%s must be a list of texts", key)
			continue
		}
		out = append(out, s)
	}
	return out
}

// number takes a level: finite and not negative.
func (t *table) number(key string) float64 {
	v, ok := t.get(key)
	if !ok {
		return 0
	}
	f, err := numberOf(v)
	if err != nil {
		t.report(key, "%v", err)
		return 0
	}
	return f
}

// signed takes any finite number.
func (t *table) signed(key string) float64 {
	v, ok := t.get(key)
	if !ok {
		return 0
	}
	f, err := signedOf(v)
	if err != nil {
		t.report(key, "%v", err)
	}
	return f
}

func (t *table) whole(key string) int64 {
	v, ok := t.get(key)
	if !ok {
		return 0
	}
	n, err := wholeOf(v)
	if err != nil {
		t.report(key, "%v", err)
	}
	return n
}

func (t *table) duration(key string) time.Duration {
	v, ok := t.get(key)
	if !ok {
		return 0
	}
	d, err := durationOf(v)
	if err != nil {
		t.report(key, "%v", err)
	}
	return d
}

func signedOf(v any) (float64, error) {
	var f float64
	switch n := v.(type) {
	case int64:
		f = float64(n)
	case float64:
		f = n
	default:
		return 0, fmt.Errorf("must be a number")
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("must be a finite number, is %v", f)
	}
	return f, nil
}

func numberOf(v any) (float64, error) {
	f, err := signedOf(v)
	if err == nil && f < 0 {
		return 0, fmt.Errorf("must not be negative, is %v", f)
	}
	return f, err
}

func wholeOf(v any) (int64, error) {
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("must be a whole number")
	}
	if n < 0 {
		return 0, fmt.Errorf("must not be negative, is %d", n)
	}
	return n, nil
}

func durationOf(v any) (time.Duration, error) {
	switch v := v.(type) {
	case string:
		return Duration(v)
	case int64:
		return Duration(strconv.FormatInt(v, 10))
	case float64:
		return Duration(strconv.FormatFloat(v, 'f', -1, 64))
	}
	return 0, fmt.Errorf("must be a duration, such as \"90s\" or \"1h30m\"")
}

// decode parses the document into tables. It returns nil when that fails, with
// the problem reported.
func (d *document) decode() *table {
	var items map[string]any
	if err := toml.Unmarshal(d.source, &items); err != nil {
		d.syntax(err)
		return nil
	}
	d.locate()
	return &table{d: d, items: items}
}
