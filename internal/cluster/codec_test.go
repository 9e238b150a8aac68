package cluster

import (
	"reflect"
	"testing"

	"github.com/loadforge/loadforge/internal/metrics"
)

func TestMessagesSurviveTheirEncoding(t *testing.T) {
	for _, m := range []Message{
		{V: 1, Hello: &Hello{Min: 1, Max: 1, Name: "host"}},
		{V: 1, Gone: &Gone{Reason: "exit status 2"}},
		{V: 1, Snapshot: &metrics.Snapshot{Worker: 2, Epoch: 3, Seq: 4, Second: 5}},
	} {
		b, err := AppendMessage(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseMessage(b); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%q is read as %+v, %v", b, got, err)
		}
	}
}

func FuzzParseMessage(f *testing.F) {
	for _, m := range []Message{{V: 1, Stop: &Stop{}}, {Snapshot: &metrics.Snapshot{Second: 5}}} {
		b, err := AppendMessage(nil, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("c{\"start\":{\"at\":\"x\"}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		if _, err := AppendMessage(nil, m); err != nil {
			t.Errorf("%q is read and can't be written: %v", b, err)
		}
	})
}
