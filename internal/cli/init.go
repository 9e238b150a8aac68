package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/loadforge/loadforge/internal/store"
)

//go:embed templates
var templates embed.FS

// templateNames are the scaffolds there are.
func templateNames() []string { return []string{"basic", "auth", "api", "open"} }

// A scaffold is what a template is filled with.
type scaffold struct {
	Name, Title, Dir, URL string
}

// initCommand writes a scenario to start from.
func (a *app) initCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:     "init [name]",
		Short:   "Write a scenario that runs as it stands",
		Example: "  loadforge init shop\n  loadforge init checkout --template auth",
		Args:    oneArg,
		RunE: func(_ *cobra.Command, args []string) error {
			name := "loadtest"
			if len(args) == 1 {
				name = args[0]
			}
			return a.scaffold(filepath.Clean(name), kind)
		},
	}
	cmd.Flags().StringVar(&kind, "template", "basic", "basic, auth (login and data), api (checks) or open (a rate)")
	return cmd
}

func (a *app) scaffold(dir, kind string) error {
	files, err := filesOf(kind)
	if err != nil {
		return err
	}
	if filepath.Ext(dir) == ".go" {
		return fmt.Errorf("init makes a directory: loadforge init %s", strings.TrimSuffix(dir, ".go"))
	}
	abs, err := filepath.Abs(dir) // so that "." has a name, too
	if err != nil {
		return fmt.Errorf("find the directory: %w", err)
	}
	name := store.Slug(filepath.Base(abs))
	first, size := utf8.DecodeRuneInString(name)
	s := scaffold{Name: name, Title: string(unicode.ToUpper(first)) + name[size:], Dir: slashed(dir), URL: "http://" + echoAddress}
	if err := s.writeAll(dir, files); err != nil {
		return err
	}
	fmt.Fprintf(a.out, `wrote %s/main.go

run it against the demo target:
  loadforge echo              (in another terminal)
  loadforge run %s

see its load without sending it:
  loadforge pattern %s
`, s.Dir, quoted(s.Dir), quoted(s.Dir))
	return nil
}

// writeAll writes all files, or none when one of them is there.
func (s scaffold) writeAll(dir string, files map[string]string) error {
	for to := range files {
		if _, err := os.Lstat(filepath.Join(dir, to)); err == nil {
			return fmt.Errorf("%s exists already; choose another name", filepath.ToSlash(filepath.Join(dir, to)))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the scenario: %w", err)
	}
	for to, from := range files {
		if err := s.write(filepath.Join(dir, to), from); err != nil {
			return fmt.Errorf("write the scenario: %w", err)
		}
	}
	return nil
}

// slashed makes a path one that a command takes for a directory.
func slashed(dir string) string {
	dir = filepath.ToSlash(dir)
	if filepath.IsAbs(dir) || strings.HasPrefix(dir, ".") {
		return dir
	}
	return "./" + dir
}

// quoted makes a path one word of a shell.
func quoted(path string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("./_-+:,@%", r)
	}
	switch {
	case strings.ContainsFunc(path, func(r rune) bool { return !plain(r) }) && runtime.GOOS == "windows":
		return `"` + path + `"` // no name of a file there has one
	case strings.ContainsFunc(path, func(r rune) bool { return !plain(r) }):
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// filesOf lists the files of a template by the name they get.
func filesOf(kind string) (map[string]string, error) {
	switch kind {
	case "basic", "api", "open":
		return map[string]string{"main.go": kind + ".go.tmpl"}, nil
	case "auth":
		return map[string]string{"main.go": "auth.go.tmpl", "accounts.csv": "accounts.csv"}, nil
	}
	return nil, fmt.Errorf("no template %q%s; there are %s", kind, didYouMean(kind, templateNames()), strings.Join(templateNames(), ", "))
}

func (s scaffold) write(to, from string) error {
	text, err := fs.ReadFile(templates, "templates/"+from)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	t, err := template.New(from).Parse(string(text))
	if err == nil {
		err = t.Execute(file, s)
	}
	return errors.Join(err, file.Close())
}
