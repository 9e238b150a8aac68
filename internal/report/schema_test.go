package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/report"
)

// A schema checks values against the part of JSON Schema that the published one
// uses; a keyword it does not know is an error, and so is a property that the
// schema does not have.
type schema struct {
	defs     map[string]any
	problems []string
}

func (s *schema) fail(path, format string, args ...any) {
	s.problems = append(s.problems, path+": "+fmt.Sprintf(format, args...))
}

func (s *schema) check(path string, rule map[string]any, value any) {
	for keyword, want := range rule {
		switch keyword {
		case "$schema", "title", "description", "properties", "additionalProperties", "$defs":
		case "$ref":
			s.check(path, s.defs[strings.TrimPrefix(want.(string), "#/$defs/")].(map[string]any), value)
		case "type":
			s.checkType(path, want, value)
		case "const":
			if value != want {
				s.fail(path, "is %v, not %v", value, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), value) {
				s.fail(path, "%v is none of %v", value, want)
			}
		case "minimum":
			if n, ok := value.(float64); ok && n < want.(float64) {
				s.fail(path, "%v is below %v", n, want)
			}
		case "maximum":
			if n, ok := value.(float64); ok && n > want.(float64) {
				s.fail(path, "%v is above %v", n, want)
			}
		case "minItems":
			if list, ok := value.([]any); ok && float64(len(list)) < want.(float64) {
				s.fail(path, "too short")
			}
		case "maxItems":
			if list, ok := value.([]any); ok && float64(len(list)) > want.(float64) {
				s.fail(path, "too long")
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				s.check(fmt.Sprintf("%s[%d]", path, i), want.(map[string]any), item)
			}
		case "required":
			object, _ := value.(map[string]any)
			for _, name := range want.([]any) {
				if _, ok := object[name.(string)]; !ok {
					s.fail(path, "has no %s", name)
				}
			}
		case "format":
			if _, err := time.Parse(time.RFC3339, value.(string)); err != nil {
				s.fail(path, "%v", err)
			}
		default:
			s.fail(path, "the checker does not know the keyword %s", keyword)
		}
	}
	if object, ok := value.(map[string]any); ok && rule["$ref"] == nil {
		s.checkProperties(path, rule, object)
	}
}

func (s *schema) checkProperties(path string, rule map[string]any, object map[string]any) {
	properties, _ := rule["properties"].(map[string]any)
	for name, value := range object {
		if property, ok := properties[name]; ok {
			s.check(path+"."+name, property.(map[string]any), value)
		} else if others, ok := rule["additionalProperties"].(map[string]any); ok {
			s.check(path+"."+name, others, value)
		} else {
			s.fail(path, "%s is not in the schema", name)
		}
	}
}

func (s *schema) checkType(path string, want, value any) {
	types, ok := want.([]any)
	if !ok {
		types = []any{want}
	}
	got := "null"
	switch v := value.(type) {
	case bool:
		got = "boolean"
	case string:
		got = "string"
	case []any:
		got = "array"
	case map[string]any:
		got = "object"
	case float64:
		got = "number"
		if v == math.Trunc(v) && slices.Contains(types, any("integer")) {
			got = "integer"
		}
	}
	if !slices.Contains(types, any(got)) {
		s.fail(path, "is %s, want %v", got, want)
	}
}

func checkResult(t *testing.T, result []byte) {
	t.Helper()
	var rule, value map[string]any
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(filepath.Join("..", "..", "docs", "result.schema.json"))), &rule); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(result, &value); err != nil {
		t.Fatal(err)
	}
	s := schema{defs: rule["$defs"].(map[string]any)}
	s.check("result", rule, value)
	for _, problem := range s.problems {
		t.Error(problem)
	}
}

func TestResultsAreAsTheirSchemaSays(t *testing.T) {
	busy := shop()
	few := shop()
	few.seconds, few.scale = 2, 0.01
	for name, result := range map[string]func(t *testing.T) []byte{
		"a run": func(t *testing.T) []byte { return resultOf(t, busy.store(t, t.TempDir(), false)) },
		"a run that was cut": func(t *testing.T) []byte {
			return resultOf(t, busy.store(t, t.TempDir(), true))
		},
		"a run of few requests": func(t *testing.T) []byte { return resultOf(t, few.store(t, t.TempDir(), false)) },
		"nothing at all": func(t *testing.T) []byte {
			var b bytes.Buffer
			outcome := metrics.Outcome{Verdict: metrics.Assess(new(metrics.Summary), metrics.Facts{})}
			if err := report.JSON(&b, metrics.Run{}, outcome); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
		"numbers that are none": func(t *testing.T) []byte {
			var b bytes.Buffer
			nan := metrics.ThresholdStatus{Value: math.NaN(), Limit: math.Inf(1), Known: true, At: time.Second, Aborted: true}
			outcome := metrics.Outcome{
				Verdict: metrics.Verdict{State: metrics.Invalid}, Thresholds: []metrics.ThresholdStatus{nan},
				Summary: &metrics.Summary{
					ErrorRate: math.NaN(), PerSecond: math.Inf(1), Health: metrics.HealthSummary{CPUMean: math.NaN()},
					Loads: []metrics.LoadStats{{Target: math.NaN()}},
				},
			}
			if err := report.JSON(&b, metrics.Run{Loads: []metrics.Load{{Peak: math.Inf(1)}}}, outcome); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		},
	} {
		t.Run(name, func(t *testing.T) { checkResult(t, result(t)) })
	}
}

// resultOf writes and reads result.json.
func resultOf(t *testing.T, dir string) []byte {
	t.Helper()
	files := must[[]string](t)(report.Write(dir, report.Options{Formats: report.Formats{report.JSONFile}}))
	return must[[]byte](t)(os.ReadFile(files[0]))
}

func TestTheSchemaRefuses(t *testing.T) {
	rule := map[string]any{
		"type": "object", "required": []any{"a"}, "additionalProperties": true,
		"properties": map[string]any{"a": map[string]any{"type": []any{"integer", "null"}, "minimum": 1.0}},
	}
	for _, wrong := range []any{map[string]any{}, map[string]any{"a": 0.0}, map[string]any{"a": 1.5}, map[string]any{"a": 1.0, "b": 1.0}, "text"} {
		s := schema{}
		s.check("x", rule, wrong)
		if len(s.problems) == 0 {
			t.Errorf("%v passes", wrong)
		}
	}
}
