package loadforge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// A Request is for what the short forms of [VU] do not cover.
type Request struct {
	// Method is GET when empty.
	Method string
	// Path is a path below the test's base URL, or a whole URL. Args stand in
	// the place of its {placeholders}.
	Path string
	Args []any
	// Name is shown in reports in place of "METHOD path".
	Name string
	// Header is sent besides the user's own fields, in place of those of the
	// same name.
	Header http.Header
	Body   Body
	// Expect lists the statuses that are no error. Empty means any below 400.
	Expect []int
	// Timeout replaces that of the test when positive.
	Timeout time.Duration
	// NoRedirect takes a redirect as the answer.
	NoRedirect bool
	// DiscardBody reads the body and counts it, but keeps nothing of it:
	// for downloads larger than HTTP.MaxBody.
	DiscardBody bool
}

// A Body is what a request carries. The zero value is [NoBody].
type Body struct {
	contentType string
	data        []byte
	err         error
}

// NoBody is the body of a request that has none.
var NoBody = Body{}

// JSON is a body of v encoded as JSON. An error of the encoder shows in the
// request's response.
func JSON(v any) Body {
	data, err := json.Marshal(v)
	if err != nil {
		err = fmt.Errorf("encode the body as JSON: %w", err)
	}
	return Body{contentType: "application/json", data: data, err: err}
}

// Form is a body of fields as an HTML form sends them.
func Form(fields map[string]string) Body {
	values := make(url.Values, len(fields))
	for name, value := range fields {
		values.Set(name, value)
	}
	return Body{contentType: "application/x-www-form-urlencoded", data: []byte(values.Encode())}
}

// Bytes is a body sent as it is. An empty content type sends none. The caller
// must not change data while the request runs.
func Bytes(contentType string, data []byte) Body {
	return Body{contentType: contentType, data: data}
}

// Text is a body of plain text.
func Text(s string) Body {
	return Bytes("text/plain; charset=utf-8", []byte(s))
}
