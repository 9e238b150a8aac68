package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A CompileError says why go could not make a program of a target. Its text is
// what the user is to see: each problem as file:line:column with the line of
// source under it.
type CompileError struct {
	Target   string
	Problems []Problem // in the compiler's order, never empty
	Hint     string    // "" if there is nothing to add
}

func (e *CompileError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.String())
	}
	if e.Hint != "" {
		b.WriteString("\nhint: " + e.Hint)
	}
	return b.String()
}

// A Problem is one thing that is wrong.
type Problem struct {
	File    string // relative to the current directory if that is shorter; "" if it is about no file
	Line    int    // from 1
	Column  int    // in bytes from 1; 0 if not known
	Message string // of several lines where the compiler says more
	Source  string // the line of the file; "" where it would not help
}

func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Message
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", p.File, p.Line, p.Column, p.Message, p.frame())
}

// The widest line of source in a frame, and how much of it stays visible left
// of the caret when it is cut, in characters.
const frameWidth, frameLead = 110, 60

// frame shows the source with a caret under the column.
func (p Problem) frame() string {
	if strings.TrimSpace(p.Source) == "" || p.Column > len(p.Source)+1 {
		return ""
	}
	caret := utf8.RuneCountInString(detab(p.Source[:p.Column-1]))
	line := []rune(detab(strings.TrimRight(p.Source, " \t\r")))
	if cut := caret - frameLead; cut > 0 && len(line) > frameWidth {
		line, caret = append([]rune("…"), line[min(cut, len(line)):]...), caret-cut+1
	}
	if len(line) > frameWidth {
		line = append(line[:frameWidth:frameWidth], '…')
	}
	return fmt.Sprintf("\n%6d | %s\n       | %s^", p.Line, string(line), strings.Repeat(" ", caret))
}

func detab(s string) string { return strings.ReplaceAll(s, "\t", "  ") }

// explain turns the failure of go build into what the user should read.
func (j *job) explain(err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	if old := f.tooOld(); old != nil {
		return old
	}
	e := &CompileError{Target: j.target.arg, Problems: f.problems(j.target.dir)}
	if len(e.Problems) == 0 {
		return fmt.Errorf("building %s: %w", j.target.arg, err)
	}
	e.Hint = j.target.hint(e.Problems)
	return e
}

// problems reads what go build -json printed while running in dir.
func (f *failure) problems(dir string) []Problem {
	var found []Problem
	for _, text := range packageOutputs(f.stdout) {
		found = append(found, parseOutput(text, dir)...)
	}
	if text := strings.TrimRight(f.stderr, "\n"); text != "" {
		found = append(found, Problem{Message: text})
	}
	return found
}

// packageOutputs collects the text for each package, in the order in which
// packages first appear. What is not JSON stands for itself.
func packageOutputs(stdout []byte) []string {
	var outputs []*strings.Builder
	of := make(map[string]*strings.Builder)
	for line := range bytes.Lines(stdout) {
		event := struct{ ImportPath, Action, Output string }{Action: "build-output", Output: string(line)}
		if line[0] == '{' {
			event.Action, event.Output = "", ""
			if json.Unmarshal(line, &event) != nil {
				event.Action, event.Output = "build-output", string(line)
			}
		}
		if event.Action != "build-output" {
			continue
		}
		if of[event.ImportPath] == nil {
			of[event.ImportPath] = new(strings.Builder)
			outputs = append(outputs, of[event.ImportPath])
		}
		of[event.ImportPath].WriteString(event.Output)
	}
	texts := make([]string, len(outputs))
	for i, b := range outputs {
		texts[i] = b.String()
	}
	return texts
}

var (
	position    = regexp.MustCompile(`^\t?((?:[A-Za-z]:[\\/])?[^:\t]+\.\w+):(\d+)(?::(\d+))?: (.*)$`)
	packageOnly = regexp.MustCompile(`^package \S+$`)
)

const noMain = "function main is undeclared in the main package"

// parseOutput reads what go said about one package.
func parseOutput(text, dir string) []Problem {
	var found []Problem
	compiler := strings.HasPrefix(text, "# ")
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		m := position.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "# "):
		case packageOnly.MatchString(line) && i+1 < len(lines) && position.MatchString(lines[i+1]):
			// The position below says it better.
		case m != nil:
			found = append(found, locateProblem(m, dir, compiler))
		case strings.HasSuffix(line, noMain):
			found = append(found, Problem{Message: noMain})
		case strings.HasPrefix(line, "\t") && len(found) > 0:
			found[len(found)-1].Message += "\n" + line
		case line != "":
			found = append(found, Problem{Message: line})
		}
	}
	return found
}

// locateProblem makes a problem of a match of position. Source is shown for
// what is wrong in the source; a module that can't be found is not.
func locateProblem(m []string, dir string, compiler bool) Problem {
	file := absolute(dir, m[1])
	p := Problem{File: shorten(file), Message: m[4]}
	p.Line, _ = strconv.Atoi(m[2])
	p.Column, _ = strconv.Atoi(m[3])
	if compiler || strings.HasPrefix(p.Message, "pattern ") || strings.Contains(p.Message, " is not in std ") {
		p.Source = sourceLine(file, p.Line)
	}
	return p
}

// sourceLine returns a line of a file, "" if there is no such thing.
func sourceLine(file string, number int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if number--; number == 0 {
			return strings.TrimRight(line, "\r\n")
		}
	}
	return ""
}

// hint recognises mistakes in what was named as the target.
func (t target) hint(problems []Problem) string {
	says := func(text string) bool {
		return slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.Message, text) })
	}
	dir := local(shorten(t.dir))
	switch {
	case says(noMain):
		return "a scenario ends in func main() { loadforge.Main(test) }"
	case says("main redeclared in this block") && !t.isFile():
		return "each of these files is a program of its own: name one of them"
	case says("undefined: ") && t.isFile() && t.hasSiblings():
		return "only " + t.arg + " was built; name the directory to build all of its package: " + dir
	}
	return ""
}

// hasSiblings reports whether other files of the same package are beside the
// target.
func (t target) hasSiblings() bool {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(t.dir), "*.go"))
	return slices.ContainsFunc(files, func(f string) bool {
		return filepath.Base(f) != t.pkg && !strings.HasSuffix(f, "_test.go") && clause(f) == "main"
	})
}
