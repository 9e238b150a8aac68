package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/loadforge/loadforge/threshold"
)

// Read parses the file of that name.
func Read(name string) (*File, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(name, source)
}

// Parse reads a config file; name is for messages. The error is [Problems],
// with everything that is wrong.
func Parse(name string, source []byte) (*File, error) {
	source = bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	d := &document{file: name, source: source, places: map[string]int{}}
	if i := badByte(source); i >= 0 {
		d.reportAt(i, "the file must be UTF-8 text; this byte is not")
		return nil, d.problems
	}
	root := d.decode()
	if root == nil {
		return nil, d.problems
	}
	f := d.fill(root)
	if len(d.problems) > 0 {
		slices.SortStableFunc(d.problems, func(a, b Problem) int {
			return (a.Line-b.Line)*1000 + a.Column - b.Column
		})
		return nil, d.problems
	}
	return f, nil
}

// badByte returns the offset of the first byte that is no text, or -1.
func badByte(source []byte) int {
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// syntax reports what the TOML parser found.
func (d *document) syntax(err error) {
	var detail *toml.DecodeError
	if !errors.As(err, &detail) {
		d.reportAt(0, "%s", strings.TrimPrefix(err.Error(), "toml: "))
		return
	}
	line, column := detail.Position()
	offset := 0
	for range line - 1 {
		offset += bytes.IndexByte(d.source[offset:], '\n') + 1
	}
	d.reportAt(offset+column-1, "%s", strings.TrimPrefix(detail.Error(), "toml: "))
}

func (d *document) fill(root *table) *File {
	f := &File{Settings: map[string][]string{}, Env: map[string]string{}, Header: http.Header{}}
	all := settings()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if values := root.setting(key, all[key]); values != nil {
			f.Settings[key] = values
		}
	}
	f.fillEnv(root.sub("env"))
	f.fillHeader(root.sub("header"))
	for i, rule := range root.texts("thresholds") {
		r, err := threshold.Parse(rule)
		if err != nil {
			d.report(fmt.Sprintf("thresholds[%d]", i), "threshold: %v", err)
			continue
		}
		f.Thresholds = append(f.Thresholds, r)
	}
	for _, t := range root.subs("load") {
		l := t.load()
		if slices.ContainsFunc(f.Loads, func(above Load) bool { return l.Scenario != "" && above.Scenario == l.Scenario }) {
			t.report("scenario", "must be another than those of the loads above, is %q", l.Scenario)
		}
		f.Loads = append(f.Loads, l)
	}
	root.finish()
	return f
}

// setting returns a value as the text of the flag, or nil.
func (t *table) setting(key string, k kind) []string {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	out, err := settingText(v, k)
	if err != nil {
		t.report(key, "%v", err)
	}
	return out
}

func settingText(v any, k kind) ([]string, error) {
	switch k {
	case number:
		f, err := numberOf(v)
		return []string{strconv.FormatFloat(f, 'g', -1, 64)}, err
	case whole:
		n, err := wholeOf(v)
		return []string{strconv.FormatInt(n, 10)}, err
	case duration:
		d, err := durationOf(v)
		return []string{d.String()}, err
	case rate:
		return rateText(v)
	case boolean:
		b, ok := v.(bool)
		if !ok {
			return nil, errors.New("must be true or false")
		}
		return []string{strconv.FormatBool(b)}, nil
	case texts:
		return listText(v)
	}
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("must be text in quotes")
	}
	return []string{s}, nil
}

func rateText(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		_, err := PerSecond(s)
		return []string{s}, err
	}
	f, err := numberOf(v)
	return []string{strconv.FormatFloat(f, 'g', -1, 64)}, err
}

func listText(v any) ([]string, error) {
	if s, ok := v.(string); ok {
		return []string{s}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("must be text, or a list of texts")
	}
	out := []string{}
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, errors.New("must be a list of texts")
		}
		out = append(out, s)
	}
	return out, nil
}

func (f *File) fillEnv(t *table) {
	if t == nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		f.Env[key] = t.text(key)
	}
}

func (f *File) fillHeader(t *table) {
	if t == nil {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		for _, value := range t.texts(key) {
			f.Header.Add(key, value)
		}
	}
}

// Duration reads "90s", "1h30m", or a bare number of seconds. It must not be
// negative.
func Duration(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(seconds) || seconds < 0 || seconds > math.MaxInt64/1e9 {
			return 0, fmt.Errorf("must be between 0 and 292 years, is %s", s)
		}
		return time.Duration(seconds * 1e9), nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		return 0, fmt.Errorf("must be a duration such as 90s, 1h30m or a number of seconds, is %q", s)
	}
	if d < 0 {
		return 0, fmt.Errorf("must not be negative, is %s", s)
	}
	return d, nil
}

// PerSecond reads a rate: "500", "500/s", "30/m" or "1000/h".
func PerSecond(s string) (float64, error) {
	count, unit, _ := strings.Cut(strings.ReplaceAll(s, " ", ""), "/")
	seconds := map[string]float64{"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}[unit]
	f, err := strconv.ParseFloat(count, 64)
	if err != nil || seconds == 0 {
		return 0, fmt.Errorf("must be a rate such as 500, 500/s or 30/m, is %q", s)
	}
	if f < 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("must be a finite rate of at least 0, is %s", s)
	}
	return f / seconds, nil
}
