package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParseEnv(t *testing.T) {
	source := "\ufeff# a comment\r\nPLAIN=value # why\nexport EXPORTED = spaced out \n\n" +
		"SINGLE='literal ${PLAIN} \\n # kept'\nDOUBLE=\"two\\nlines \\\"quoted\\\" ${PLAIN}\" # why\n" +
		"LONG=\"first\nsecond\"\nREF=${PLAIN}/${OUTER}/${NOWHERE}!\nEMPTY=\nHASH=#nothing\nURL=http://h/#frag\nODD=${not a name}\n"
	got, err := ParseEnv(".env", source, func(name string) (string, bool) { return "outer", name == "OUTER" })
	want := map[string]string{
		"PLAIN": "value", "EXPORTED": "spaced out", "SINGLE": `literal ${PLAIN} \n # kept`,
		"DOUBLE": "two\nlines \"quoted\" value", "LONG": "first\nsecond", "REF": "value/outer/!",
		"EMPTY": "", "HASH": "", "URL": "http://h/#frag", "ODD": "${not a name}",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestParseEnvNamesTheLine(t *testing.T) {
	for source, want := range map[string]string{
		"A=1\nnonsense\n":         `.env:2: want NAME=value, have "nonsense"`,
		"A=\"x\ny\"\n1B=2":        ".env:3:",
		"A=1\nB='never":           ".env:2: B: the quote is never closed",
		"A='x' y":                 `.env:1: A: unexpected "y" after the closing quote`,
		"=x":                      ".env:1:",
		"\x1b[31mred = nothing\n": ".env:1:",
	} {
		_, err := ParseEnv(".env", source, nil)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: got %v, want %q", source, err, want)
		}
	}
}

func TestReadEnv(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, ".env")
	if got, err := ReadEnv(name, nil); err != nil || len(got) != 0 {
		t.Errorf("a missing file: got %v, %v", got, err)
	}
	if err := os.WriteFile(name, []byte("A=1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadEnv(name, nil); err != nil || got["A"] != "1" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := ReadEnv(dir, nil); err == nil {
		t.Error("a directory was read")
	}
}

func FuzzParseEnv(f *testing.F) {
	f.Add("A=1\nexport B='x'\nC=\"${A}\\n\"")
	f.Add("A=\"\\")
	f.Fuzz(func(t *testing.T, source string) {
		values, err := ParseEnv("f", source, nil)
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Fatalf("an error without a place: %v", err)
		}
		for name := range values {
			if !isVariable(name) {
				t.Fatalf("%q is no name", name)
			}
		}
	})
}
