package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names, in bytes. File systems take 255 for a name; what reports and
// archives add to it needs room.
const (
	maxSlug = 48
	maxID   = 120
)

// Slug returns a test's name fit to be a part of a file name on any system: in
// lower case, letters and digits with single hyphens between them, at most 48
// bytes, never empty and never the name of a device.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if b.Len()+utf8.RuneLen(r)+1 > maxSlug {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	switch slug := b.String(); {
	case slug == "":
		return "test"
	case isDevice(slug):
		return "test-" + slug
	default:
		return slug
	}
}

// isDevice reports whether Windows reserves a name.
func isDevice(name string) bool {
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch base {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	port, isPort := strings.CutPrefix(base, "com")
	if !isPort {
		port, isPort = strings.CutPrefix(base, "lpt")
	}
	return isPort && (len(port) == 1 && port[0] >= '0' && port[0] <= '9' || strings.Contains("¹²³", port) && port != "")
}

// validID reports whether a run's name can be a directory's name as it is.
func validID(id string) bool {
	if id == "" || len(id) > maxID || isDevice(id) || id == latestName || !utf8.ValidString(id) {
		return false
	}
	if strings.HasPrefix(id, ".") || strings.HasPrefix(id, "-") || strings.HasSuffix(id, ".") {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
	}) < 0
}
