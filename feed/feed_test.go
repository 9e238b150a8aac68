package feed

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/internal/target"
	"github.com/loadforge/loadforge/pattern"
)

// dealt runs a load whose iterations each take one value, and returns them.
func dealt[T any](t *testing.T, seed uint64, load func(loadforge.Scenario[struct{}]) loadforge.Load, next func(*loadforge.VU) T) []T {
	t.Helper()
	demo := target.New(target.Config{})
	url, stop, err := demo.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	var mu sync.Mutex
	var out []T
	scenario := loadforge.Func("taker", func(vu *loadforge.VU) error {
		row := next(vu)
		mu.Lock()
		defer mu.Unlock()
		out = append(out, row)
		return nil
	})
	_, err = loadforge.Run(t.Context(), loadforge.Test{BaseURL: url, Seed: seed, Load: []loadforge.Load{load(scenario)}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rate(perSecond float64) func(loadforge.Scenario[struct{}]) loadforge.Load {
	return func(s loadforge.Scenario[struct{}]) loadforge.Load {
		return s.Rate(pattern.Constant{Level: perSecond, For: time.Second})
	}
}

func numbers(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func TestCircularDealsAllRowsInTurn(t *testing.T) {
	rows := Circular(numbers(40))
	got := dealt(t, 1, rate(100), rows.Next)
	slices.Sort(got)
	counts := map[int]int{}
	for _, row := range got {
		counts[row]++
	}
	for row := range 40 { // 100 draws of 40 rows: two or three times each
		if want := 2 + boolInt(row < 20); counts[row] != want {
			t.Errorf("row %d was dealt %d times, want %d", row, counts[row], want)
		}
	}
	if rows.Len() != 40 {
		t.Errorf("got length %d", rows.Len())
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestCircularDealsDifferentRowsToUsersOfTheClosedModel(t *testing.T) {
	rows := Circular(numbers(1000))
	five := func(s loadforge.Scenario[struct{}]) loadforge.Load {
		return s.Users(pattern.Constant{Level: 5, For: 20 * time.Second}).TimesEach(10)
	}
	got := dealt(t, 1, five, rows.Next)
	slices.Sort(got)
	if !slices.Equal(got, numbers(50)) {
		t.Errorf("5 users with 10 iterations each got %v, want the first 50 rows, each once", got)
	}
}

func TestRandomRepeatsWithTheSeed(t *testing.T) {
	rows := Random(numbers(1_000_000))
	first, again, other := dealt(t, 7, rate(50), rows.Next), dealt(t, 7, rate(50), rows.Next), dealt(t, 8, rate(50), rows.Next)
	slices.Sort(first)
	slices.Sort(again)
	slices.Sort(other)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("seed 7 gave %v, then %v; seed 8 gave %v", first, again, other)
	}
}

func TestUniqueDealsEachRowOnceAndThenNone(t *testing.T) {
	rows := Unique(numbers(30))
	var mu sync.Mutex
	exhausted := 0
	got := dealt(t, 1, rate(50), func(vu *loadforge.VU) int {
		row, err := rows.Next(vu)
		if err != nil {
			if !errors.Is(err, ErrExhausted) {
				t.Errorf("got %v", err)
			}
			mu.Lock()
			exhausted++
			mu.Unlock()
			return -1
		}
		return row
	})
	got = slices.DeleteFunc(got, func(row int) bool { return row < 0 })
	slices.Sort(got)
	if !slices.Equal(got, numbers(30)) || exhausted != 20 || rows.Left() != 0 {
		t.Errorf("got %v, %d refusals, %d left", got, exhausted, rows.Left())
	}
}

func TestFeedsWithoutRowsPanicAtOnce(t *testing.T) {
	for name, make := range map[string]func(){
		"Circular": func() { Circular([]int{}) },
		"Random":   func() { Random([]int{}) },
		"Unique":   func() { Unique([]int{}) },
		"Must":     func() { Must([]int{1}, errors.New("broken")) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			make()
		}()
	}
}

type row struct {
	Name    string
	Age     int           `csv:"years"`
	Weight  float64       `csv:"weight"`
	Active  bool          `csv:"active"`
	Wait    time.Duration `csv:"wait"`
	Since   time.Time     `csv:"since"`
	Count   uint8         `csv:"count"`
	Ignored string        `csv:"-"`
	hidden  string
}

func TestCSVFillsTypedRows(t *testing.T) {
	source := "\xef\xbb\xbfname,years,weight,active,wait,since,count,more\r\n" +
		"\"Ada, Countess\",36,1.5,true,90s,2026-11-23T10:15:00Z,7,x\r\n"
	got, err := CSV[row](strings.NewReader(source))
	want := row{
		Name: "Ada, Countess", Age: 36, Weight: 1.5, Active: true, Wait: 90 * time.Second,
		Since: time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC), Count: 7,
	}
	if err != nil || len(got) != 1 || got[0] != want || got[0].hidden != "" {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	maps, err := CSV[map[string]string](strings.NewReader("a,b\n1,2\n3,4\n"))
	if err != nil || !reflect.DeepEqual(maps, []map[string]string{{"a": "1", "b": "2"}, {"a": "3", "b": "4"}}) {
		t.Errorf("got %v, %v", maps, err)
	}
}

func TestCSVSaysWhereItIsWrong(t *testing.T) {
	type small struct {
		N int8
		S []string `csv:"-"`
	}
	for source, want := range map[string]string{
		"":                "the first line must name the columns",
		"m\n1\n":          "no column for field N; the columns are m",
		"n\n1\nx\n":       "line 3, column n",
		"n\n1\n1000\n":    "value out of range",
		"n,m\n1\n":        "wrong number of fields",
		"n\n\"unclosed\n": "CSV:",
	} {
		if _, err := CSV[small](strings.NewReader(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", source, err, want)
		}
	}
	type twice struct {
		Email, Login string `csv:"email"`
	}
	if _, err := CSV[twice](strings.NewReader("email\na@b.test\n")); err == nil || !strings.Contains(err.Error(), "Email and Login have the same column") {
		t.Errorf("two fields of one column: got %v", err)
	}
	rows, err := CSV[map[string]string](strings.NewReader("email, password\na@b.test,secret\n"))
	if err != nil || rows[0]["password"] != "secret" {
		t.Errorf("a column after a blank: got %v, %v", rows, err)
	}
	if _, err := CSV[int](strings.NewReader("n\n1\n")); err == nil {
		t.Error("rows of int were taken")
	}
	if _, err := CSV[struct{ C chan int }](strings.NewReader("c\n1\n")); err == nil {
		t.Error("a field of type chan was taken")
	}
}

func TestJSONReadsArraysAndLines(t *testing.T) {
	type item struct{ ID int }
	want := []item{{1}, {2}}
	for _, source := range []string{` [{"id":1},{"id":2,"x":0}]`, "\xef\xbb\xbf{\"id\":1}\n\n{\"id\":2}", `{"id":1}{"id":2}`} {
		got, err := JSON[item](strings.NewReader(source))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v", source, got, err)
		}
	}
	if got, err := JSON[item](strings.NewReader("  \n")); err != nil || len(got) != 0 {
		t.Errorf("nothing: got %v, %v", got, err)
	}
	for source, want := range map[string]string{"[{]": "JSON array", "{\"id\":1}\n{\"id\":\"x\"}": "JSON row 2"} {
		if _, err := JSON[item](strings.NewReader(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", source, err)
		}
	}
}

func TestLinesAndFile(t *testing.T) {
	got, err := Lines(strings.NewReader("one\r\n\ntwo\nthree"))
	if err != nil || !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("got %q, %v", got, err)
	}
	name := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(name, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := File(name, Lines); err != nil || len(got) != 2 {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := File(name, CSV[struct{ Z int }]); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v, want the file's name in it", err)
	}
	if _, err := File(name+"-not", Lines); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("name,years\nx,1\n")
	f.Add("\"a\nb\",c\n")
	f.Fuzz(func(t *testing.T, source string) {
		rows, err := CSV[map[string]string](strings.NewReader(source))
		if err == nil && len(rows) > strings.Count(source, "\n")+strings.Count(source, "\r")+1 {
			t.Errorf("%d rows of %q", len(rows), source)
		}
		_, _ = JSON[any](strings.NewReader(source))
		_, _ = Lines(strings.NewReader(source))
	})
}
