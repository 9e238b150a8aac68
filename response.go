package loadforge

import (
	"encoding/json"
	"fmt"
	"iter"
	"time"
	"unsafe"

	"github.com/tidwall/gjson"

	"github.com/loadforge/loadforge/internal/httpclient"
)

// A Response is the answer to a request, or the reason why there is none. It
// belongs to its user and is valid until that user's next request or the end
// of the task: keep what is needed longer in a copy.
type Response struct {
	// Status is the HTTP status, zero when there was no answer.
	Status int
	// Header has the fields of the answer.
	Header ResponseHeader
	// Body is the whole body, decompressed.
	Body []byte
	// Took is the response time: from when the request was due to its last
	// byte, redirects included.
	Took time.Duration
	// Service is the time the server took: from the first byte sent to the
	// last byte read, of the last redirect if there were any.
	Service time.Duration

	err error
}

// A ResponseHeader reads the fields of an answer. Names are not
// case-sensitive. It is valid as long as its [Response].
type ResponseHeader struct{ fields httpclient.Header }

// Get returns the first value of a field, or "".
func (h ResponseHeader) Get(name string) string { return h.fields.Get(name) }

// Values returns all values of a field.
func (h ResponseHeader) Values(name string) []string { return h.fields.Values(name) }

// Has says whether the answer has the field.
func (h ResponseHeader) Has(name string) bool { return h.fields.Has(name) }

// All yields names, as the server wrote them, and values in order.
func (h ResponseHeader) All() iter.Seq2[string, string] { return h.fields.All() }

// Err says why the request failed: no answer, a broken one, or a status that
// was not expected (any of 400 and above unless the request said otherwise).
// The error is a [*RequestError].
func (r *Response) Err() error { return r.err }

// OK says that the request did not fail.
func (r *Response) OK() bool { return r.err == nil }

// Decode reads the body as JSON into v. It returns the error of the request if
// that failed.
func (r *Response) Decode(v any) error {
	if r.err != nil {
		return r.err
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fmt.Errorf("decode the answer as JSON: %w", err)
	}
	return nil
}

// JSON returns the value at a path of a JSON body, such as "items.0.id" or
// "items.#" for a length, without decoding the rest. What is not there has
// the zero value and [Value.Exists] false.
func (r *Response) JSON(path string) Value {
	return Value{gjson.Get(unsafe.String(unsafe.SliceData(r.Body), len(r.Body)), path)}
}

// A Value is a piece of a JSON body. It is valid as long as its [Response].
type Value struct{ result gjson.Result }

// Exists says whether the body has the value.
func (v Value) Exists() bool { return v.result.Exists() }

// String returns the value as text; the text is a copy.
func (v Value) String() string { return string([]byte(v.result.String())) }

// Int returns the value as a whole number, 0 when it is none.
func (v Value) Int() int { return int(v.result.Int()) }

// Float returns the value as a number, 0 when it is none.
func (v Value) Float() float64 { return v.result.Float() }

// Bool returns whether the value is true.
func (v Value) Bool() bool { return v.result.Bool() }

// Len returns the number of elements of an array, 0 for anything else.
func (v Value) Len() int {
	if !v.result.IsArray() {
		return 0
	}
	return len(v.result.Array())
}
