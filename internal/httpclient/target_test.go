package httpclient

import (
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	tests := []struct{ url, target, path string }{
		{"http://example.test", "http://example.test", "/"},
		{"HTTP://Example.TEST:80/a/b?c=d#e", "http://example.test", "/a/b?c=d"},
		{"https://example.test:443", "https://example.test", "/"},
		{"https://example.test:80/", "https://example.test:80", "/"},
		{"http://[::1]:8080/x", "http://[::1]:8080", "/x"},
		{"http://[::1]/", "http://[::1]", "/"},
		{"http://127.0.0.1/", "http://127.0.0.1", "/"},
		{"http://a.test?q", "http://a.test", "/?q"},
		{"http://a.test/?", "http://a.test", "/?"},
		{"http://a.test/%2f/x", "http://a.test", "/%2f/x"},
		{"http://a.test/ü x", "http://a.test", "/%C3%BC%20x"},
		{"http://a.test/?q=ü x", "http://a.test", "/?q=%C3%BC%20x"},
		{"http://bücher.test/", "http://xn--bcher-kva.test", "/"},
		{"http://a_b.test/", "http://a_b.test", "/"},
	}
	for _, test := range tests {
		target, path, err := ParseTarget(test.url)
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if target.String() != test.target || path != test.path {
			t.Errorf("%s: got %s and %s, want %s and %s", test.url, target, path, test.target, test.path)
		}
	}
	refused := map[string]string{
		"ftp://a.test/":         "scheme",
		"a.test/x":              "scheme",
		"http:///x":             "host is missing",
		"http://user:pw@a.test": "Authorization",
		"http://a b.test/":      "parsing URL",
		"http://a\"b.test/":     "no host name",
		"http://a.test:x/":      "parsing URL",
		"http://:0:/":           "no host name",
		"http://a.test/\r\nX:y": "parsing URL",
	}
	for url, message := range refused {
		if _, _, err := ParseTarget(url); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: got error %v, want %q", url, err, message)
		}
	}
	for _, url := range []string{"http://user:pw@h:x/", "http://user:pw@h/%zz", "http://user:p w@h/", "http://us er:pw@h/", "http://user:pw/pw@h/", "http://user:pw@[h/", "ftp://user:pw@h/", "user:pw@h"} {
		if _, _, err := ParseTarget(url); err == nil || strings.Contains(err.Error(), "pw") {
			t.Errorf("error %q tells the password", err)
		}
	}
}

// The samples of RFC 3492, section 7.1, and what IDNA registries show.
func TestPunycode(t *testing.T) {
	tests := map[string]string{
		"bücher":            "bcher-kva",
		"münchen":           "mnchen-3ya",
		"ليهمابتكلموشعربي؟": "egbpdaj6bu4bxfgehfvwxn",
		"他们为什么不说中文":         "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生": "3b-ww4c5e180e575a65lsy2b",
		"他":        "8mq",
		"😀":        "e28h",
	}
	for label, want := range tests {
		if got := punycode(label); got != want {
			t.Errorf("%s: got %s, want %s", label, got, want)
		}
	}
}
