package loadforge

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/loadforge/loadforge/internal/httpfile"
	"github.com/loadforge/loadforge/internal/metrics"
)

func TestWhatIsSecretIsHidden(t *testing.T) {
	s := new(secrets)
	lookup := s.watch(env(map[string]string{"TOKEN": "abc/def+ghi", "LOCALE": "en", "LONGER": "abc/def+ghi-more"}))
	for _, name := range []string{"TOKEN", "LOCALE", "LONGER", "NONE"} {
		_, _ = lookup(name)
	}
	s.addHeader(http.Header{
		"Authorization": {"Bearer bearer-of-news"},
		"Cookie":        {"a=b; sid=cookie-monster; theme=dark-and-gloomy"},
		"X-Api-Key":     {"key-of-the-shop"},
		"Accept":        {"application/json"},
		"X-Auth-Token":  {"Basic dXNlcjpwYXNzd29yZC1vZi11c2Vy"}, // user:password-of-user
	})
	s.addUser(url.UserPassword("user", "p@ssw0rd"))
	s.addUser(nil)
	for text, want := range map[string]string{
		"GET /?q=abc/def+ghi":                  "GET /?q=${TOKEN}",
		"GET /?q=abc%2Fdef%2Bghi":              "GET /?q=${TOKEN}",
		"GET /abc%2Fdef+ghi/x":                 "GET /${TOKEN}/x",
		"got abc/def+ghi-more of it":           "got ${LONGER} of it",
		"en":                                   "en",
		"Bearer bearer-of-news":                "xxxxx",
		"bearer-of-news was refused":           "xxxxx was refused",
		"cookie-monster, dark-and-gloomy, a=b": "xxxxx, xxxxx, a=b",
		"key-of-the-shop":                      "xxxxx",
		"application/json":                     "application/json",
		"password-of-user":                     "xxxxx",
		"dXNlcjpwYXNzd29yZC1vZi11c2Vy":         "xxxxx",
		"p@ssw0rd and p%40ssw0rd":              "xxxxx and xxxxx",
		"dXNlcjpwQHNzdzByZA==":                 "xxxxx", // user:p@ssw0rd
		"nothing":                              "nothing",
	} {
		if got := s.hide(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	cause := errors.New("who is abc/def+ghi?")
	if err := s.hideError(cause); err.Error() != "who is ${TOKEN}?" || !errors.Is(err, cause) {
		t.Errorf("the error is %v", err)
	}
	if err := s.hideError(errors.New("nobody")); errors.As(err, new(*discreetError)) || s.hideError(nil) != nil {
		t.Errorf("an error without secrets is %#v", err)
	}
	if got := (*secrets)(nil).hide("anything"); got != "anything" {
		t.Errorf("without secrets it shows %q", got)
	}
	if n := testing.AllocsPerRun(100, func() { s.hide("GET /products/{id}") }); n > 0 {
		t.Errorf("a text without secrets takes %v allocations", n)
	}
}

func TestPathsAreShownWithoutSecrets(t *testing.T) {
	for path, want := range map[string]string{
		"/orders/{id}":                               "/orders/{id}",
		"/find?q=shoes&page={page}":                  "/find?q=shoes&page={page}",
		"/find?token=abc&q=shoes&api_key=def":        "/find?token=xxxxx&q=shoes&api_key=xxxxx",
		"/find?access-token=abc":                     "/find?access-token=xxxxx",
		"/find?token={token}&key=${KEY}&sig=":        "/find?token={token}&key=${KEY}&sig=",
		"/find?X-Amz-Signature=abc&monkey=b&Token=c": "/find?X-Amz-Signature=xxxxx&monkey=b&Token=xxxxx",
		"http://user:secret@shop.test/?pwd=x&a":      "http://user:xxxxx@shop.test/?pwd=xxxxx&a",
		"?key=1":                                     "?key=xxxxx",
		"":                                           "",
	} {
		if got := pathShown(path); got != want {
			t.Errorf("%q is shown as %q, want %q", path, got, want)
		}
	}
}

func TestAURLIsPartedWhereItsPathBegins(t *testing.T) {
	for whole, server := range map[string]string{
		"http://shop.test/a/b":       "http://shop.test",
		"http://shop.test?q":         "http://shop.test",
		"https://u:p@shop.test:81#x": "https://u:p@shop.test:81",
		"http://shop.test":           "http://shop.test",
		"${TARGET}/a?b":              "${TARGET}",
		"${TARGET}":                  "${TARGET}",
		"http://${HOST}/${PATH}":     "http://${HOST}",
	} {
		got, path := cutServer(whole)
		if got != server || got+path != whole {
			t.Errorf("%q is parted into %q and %q", whole, got, path)
		}
	}
}

func TestOnlyBodiesOfPeopleHaveVariables(t *testing.T) {
	for _, tt := range []struct {
		says     string
		verbatim bool
		body     string
		want     string
	}{
		{"what was typed", false, "id=${ID}", "id=7"},
		{"a file as it is", true, "PK\x00${ID}${", "PK\x00${ID}${"},
	} {
		r := httpfile.Request{URL: "http://shop.test/", Body: []byte(tt.body), Verbatim: tt.verbatim}
		got, err := expandRequest(r, env(map[string]string{"ID": "7"}), new(secrets))
		if err != nil || string(got.Body) != tt.want {
			t.Errorf("%s: the body is %q, %v, want %q", tt.says, got.Body, err, tt.want)
		}
	}
}

func TestRecordsHaveNoSecrets(t *testing.T) {
	s := new(secrets)
	s.add("hush-hush", hidden)
	r := metrics.NewRecorder(metrics.RecorderConfig{Redact: s.hide})
	shard := r.Shard(0)
	shard.Record(&metrics.Sample{Name: r.Name("GET /hush-hush", metrics.Request)})
	shard.Check(r.Check("is hush-hush"), true, 0)
	shard.Error(metrics.Check, "on hush-hush", "no hush-hush", "main.go: hush-hush", 0)
	shard.Error(metrics.Check, "on hush-hush", "no hush-hush", "main.go: hush-hush", 1)
	got := r.Finish(1)
	if len(got.Names) != 1 || got.Names[0].Name != "GET /xxxxx" || len(got.Checks) != 1 || got.Checks[0].Name != "is xxxxx" {
		t.Errorf("names are %+v, checks %+v", got.Names, got.Checks)
	}
	if len(got.Errors) != 1 || got.Errors[0].Name != "on xxxxx" || got.Errors[0].Message != "no xxxxx" || got.Errors[0].Detail != "main.go: xxxxx" || got.Errors[0].Count != 2 {
		t.Errorf("errors are %+v", got.Errors)
	}
}
