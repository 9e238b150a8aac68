package cli

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// browse opens an address in the browser, and waits for nobody.
func browse(address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// openBrowser opens a link if that was asked for. What it leaves behind goes
// with forget. A browser that does not open is no reason to fail.
func (a *app) openBrowser(asked bool, link string) (forget func()) {
	forget = func() {}
	if !asked {
		return forget
	}
	address, forget, err := discreet(link)
	if err == nil {
		err = a.browse(address)
	}
	switch {
	case errors.Is(err, exec.ErrNotFound):
		a.note("there is no browser to open; the link is above")
	case err != nil:
		a.note(fmt.Sprintf("the browser does not open: %v; the link is above", err))
	}
	return forget
}

// discreet is an address that may stand in a list of processes: of a link with
// a token, that of a file that leads there and that nobody else can read.
func discreet(link string) (address string, forget func(), err error) {
	u, err := url.Parse(link)
	if err != nil || u.RawQuery == "" {
		return link, func() {}, err
	}
	dir, err := os.MkdirTemp("", "loadforge-")
	if err != nil {
		return "", func() {}, err
	}
	forget = func() { _ = os.RemoveAll(dir) }
	file := filepath.Join(dir, "dashboard.html")
	text := `<!doctype html><meta http-equiv="refresh" content="0; url=` + html.EscapeString(link) + `"><title>LoadForge</title>` + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", forget, err
	}
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/Users/...
	}
	return (&url.URL{Scheme: "file", Path: path}).String(), forget, nil
}
