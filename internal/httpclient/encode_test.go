package httpclient

import "testing"

// BenchmarkEncode writes a request's header: request line, the client's fields
// and the user's.
func BenchmarkEncode(b *testing.B) {
	client := newClient(b, Config{})
	target, path, err := ParseTarget("http://bench.test:8080/items/123456")
	if err != nil {
		b.Fatal(err)
	}
	fields := new(Fields)
	for _, f := range [][2]string{{"Accept", "application/json"}, {"Authorization", "Bearer abcdefghijklmnopqrstuvwxyz"}} {
		if err := fields.Add(f[0], f[1]); err != nil {
			b.Fatal(err)
		}
	}
	request, out := &Request{Target: target, Path: []byte(path), Header: fields}, []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		var c call
		c.begin(request)
		out = c.appendHead(out[:0], client, nil, false)
	}
}
