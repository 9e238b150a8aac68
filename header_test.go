package loadforge

import (
	"net/http"
	"slices"
	"testing"

	"github.com/loadforge/loadforge/internal/httpclient"
)

func fieldsOf(f *httpclient.Fields) (out []string) {
	for name, value := range f.All() {
		out = append(out, name+": "+value)
	}
	return out
}

func TestHeaderOfOneUserDoesNotChangeAnothers(t *testing.T) {
	all, err := headerOf(http.Header{"B": {"2"}, "A": {"1"}})
	if err != nil {
		t.Fatal(err)
	}
	first, second := all.share(), all.share()
	first.Set("A", "mine")
	first.Del("B")
	if got, want := fieldsOf(first.fields), []string{"A: mine"}; !slices.Equal(got, want) {
		t.Errorf("first: got %q, want %q", got, want)
	}
	if got, want := fieldsOf(second.fields), []string{"A: 1", "B: 2"}; !slices.Equal(got, want) {
		t.Errorf("second: got %q, want %q", got, want)
	}
}

func TestHeaderZeroValueIsReady(t *testing.T) {
	var h Header
	if got := h.Get("X"); got != "" {
		t.Errorf("got %q", got)
	}
	h.Add("x-a", "1")
	h.SetBearer("t")
	h.SetBasicAuth("u", "p")
	if got, want := h.Get("AUTHORIZATION"), "Basic dTpw"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHeaderRemembersWhatCanNotBeSent(t *testing.T) {
	var h Header
	h.Set("X", "a\r\nY: b")
	if h.err == nil {
		t.Error("a line break was taken")
	}
}

func TestRequestHeaderReplacesTheUsers(t *testing.T) {
	h, err := headerOf(http.Header{"A": {"user"}, "B": {"user"}})
	if err != nil {
		t.Fatal(err)
	}
	var into httpclient.Fields
	if err := h.with(&into, http.Header{"a": {"request"}, "C": {"1", "2"}}); err != nil {
		t.Fatal(err)
	}
	got := fieldsOf(&into)
	slices.Sort(got)
	if want := []string{"B: user", "C: 1", "C: 2", "a: request"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if h.Get("A") != "user" {
		t.Error("the user's own header changed")
	}
}
