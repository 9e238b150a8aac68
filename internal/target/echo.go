package target

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// echoRoutes are the routes that answer with what was sent.
func echoRoutes() []*route {
	read := setOf(get, head)
	return []*route{
		{name: "/echo", serve: serveEcho},
		{name: "/echo/{path}", serve: serveEcho},
		{name: "/cookies", methods: read, serve: serveCookies},
		{name: "/cookies/set", methods: read, serve: setCookies},
		{name: "/basic-auth/{user}/{password}", methods: read, serve: serveBasicAuth},
	}
}

// An Echo is the answer of /echo: the request as the server understood it.
type Echo struct {
	Method  string            `json:"method"`
	Proto   string            `json:"proto"`
	Host    string            `json:"host"`
	Path    string            `json:"path"`
	Query   url.Values        `json:"query"`
	Headers http.Header       `json:"headers"`
	Cookies map[string]string `json:"cookies"`
	// Body is the body as text. One that is no UTF-8 is in BodyBase64.
	Body       string `json:"body"`
	BodyBase64 string `json:"body_base64,omitempty"`
}

func serveEcho(x *exchange) {
	body, ok := x.body()
	if !ok {
		return
	}
	e := Echo{
		Method: x.r.Method, Proto: x.r.Proto, Host: x.r.Host, Path: x.r.URL.Path,
		Query: x.r.URL.Query(), Headers: x.r.Header, Cookies: cookiesOf(x.r), Body: string(body),
	}
	if !utf8.Valid(body) {
		e.Body, e.BodyBase64 = "", base64.StdEncoding.EncodeToString(body)
	}
	x.marshal(e)
}

func (x *exchange) marshal(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		x.fail(http.StatusInternalServerError, "encoding the answer: "+err.Error())
		return
	}
	x.json(http.StatusOK, append(data, '\n'))
}

func cookiesOf(r *http.Request) map[string]string {
	cookies := map[string]string{}
	for _, c := range r.Cookies() {
		cookies[c.Name] = c.Value
	}
	return cookies
}

func serveCookies(x *exchange) {
	x.marshal(map[string]map[string]string{"cookies": cookiesOf(x.r)})
}

func setCookies(x *exchange) {
	for name, values := range x.r.URL.Query() {
		http.SetCookie(x.w, &http.Cookie{Name: name, Value: values[0], Path: "/"})
	}
	x.w.Header().Set("Location", "/cookies")
	x.begin(http.StatusFound)
}

func serveBasicAuth(x *exchange) {
	wantUser, wantPassword, ok := strings.Cut(x.arg, "/")
	if !ok {
		serveUnknown(x)
		return
	}
	user, password, ok := x.r.BasicAuth()
	if !ok || user != wantUser || password != wantPassword {
		x.w.Header().Set("Www-Authenticate", `Basic realm="target"`)
		x.fail(http.StatusUnauthorized, "wrong user or password")
		return
	}
	x.marshal(struct {
		Authenticated bool   `json:"authenticated"`
		User          string `json:"user"`
	}{true, user})
}
