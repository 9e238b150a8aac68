package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func written(t *testing.T, d Document) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// find returns the elements of a kind whose attribute has a value.
func find(root *html.Node, kind atom.Atom, key, value string) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.DataAtom == kind && (key == "" || attribute(n, key) == value) {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

func TestTheAppHasItsMarksOnce(t *testing.T) {
	for _, mark := range []string{dataMark, sourceMark, "<title>"} {
		if n := strings.Count(app, mark); n != 1 {
			t.Errorf("dist/index.html has %s %d times, want once", mark, n)
		}
	}
}

func TestADocumentSaysWhereItsRunIs(t *testing.T) {
	for _, source := range []Source{Embedded, Live, Stored, History} {
		root := written(t, Document{Source: source})
		if got := len(find(root, atom.Meta, "content", string(source))); got != 1 {
			t.Errorf("%s: %d metas say so, want 1", source, got)
		}
		sealed := slices.ContainsFunc(find(root, atom.Meta, "http-equiv", "Content-Security-Policy"), func(n *html.Node) bool {
			return attribute(n, "content") == Policy(Embedded)
		})
		if sealed != (source == Embedded) {
			t.Errorf("%s: loads nothing: %v", source, sealed)
		}
	}
}

func TestDataComesBack(t *testing.T) {
	want := []byte("</script><script>alert(1)</script>\x00\xff")
	root := written(t, Document{Source: Embedded, Title: `</title><script>alert(2)</script>"&→世`, Data: []Data{{ID: PageID, Bytes: want}, {ID: BaselineID}}})
	scripts := find(root, atom.Script, "id", PageID)
	if len(scripts) != 1 || attribute(scripts[0], "type") != "text/plain" {
		t.Fatalf("%d scripts have the page", len(scripts))
	}
	got, err := base64.StdEncoding.DecodeString(text(scripts[0]))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if n := len(find(root, atom.Script, "id", BaselineID)); n != 1 {
		t.Errorf("%d scripts have the baseline", n)
	}
	if got, want := text(find(root, atom.Title, "", "")[0]), `</title><script>alert(2)</script>"&→世`; got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
}

func TestADocumentIsASCII(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Document{Source: Embedded, Title: "größe → 世界"}); err != nil {
		t.Fatal(err)
	}
	if i := bytes.IndexFunc(b.Bytes(), func(r rune) bool { return r >= 0x80 }); i >= 0 {
		t.Errorf("it is not: %q", b.Bytes()[max(0, i-20):i+20])
	}
}

// The policy allows each script of the app, as a browser sees it, and no other.
func TestThePolicyAllowsTheAppAlone(t *testing.T) {
	root := written(t, Document{Source: Embedded, Data: []Data{{ID: PageID}}})
	policy := Policy(Embedded)
	for _, n := range find(root, atom.Script, "", "") {
		if attribute(n, "type") == "text/plain" {
			continue
		}
		sum := sha256.Sum256([]byte(text(n)))
		hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !strings.Contains(policy, hash) {
			t.Errorf("a script of %d bytes is not allowed", len(text(n)))
		}
	}
	for _, part := range []string{"default-src 'none'", "connect-src 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if !strings.Contains(Policy(Live), "connect-src 'self'") {
		t.Error("a live page can't connect to its server")
	}
}

// The policy comes before anything it is about.
func TestThePolicyComesFirst(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Document{Source: Embedded}); err != nil {
		t.Fatal(err)
	}
	policy, rest := strings.Index(b.String(), "Content-Security-Policy"), b.String()
	for _, tag := range []string{"<script", "<style", "<link", "<img"} {
		if at := strings.Index(rest, tag); at >= 0 && at < policy {
			t.Errorf("%s stands before the policy", tag)
		}
	}
}

func TestScriptsAreFoundInAPage(t *testing.T) {
	page := `<script>a</script><script type="module" crossorigin>x = "<script>"</script>`
	if got := hashesOf(page); len(got) != 2 {
		t.Errorf("%d scripts, want 2", len(got))
	}
}

func TestAPageWithoutMarksIsRefused(t *testing.T) {
	for _, app := range []string{"", dataMark, sourceMark} {
		if _, _, err := (&Document{}).split(app); err == nil {
			t.Errorf("%q is accepted", app)
		}
	}
}
