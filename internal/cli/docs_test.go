package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/loadforge/loadforge/internal/config"
)

func TestTheReferenceHasEverything(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for _, cmd := range (stage{}).app(nil, nil).root().Commands() {
		if !cmd.Hidden && !strings.Contains(text, "loadforge "+cmd.Name()) {
			t.Errorf("it lacks the command %s", cmd.Name())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !strings.Contains(text, "--"+f.Name) {
				t.Errorf("it lacks --%s of %s", f.Name, cmd.Name())
			}
			if f.Shorthand != "" && f.Name != "help" && !strings.Contains(text, "-"+f.Shorthand) {
				t.Errorf("it lacks -%s of %s", f.Shorthand, cmd.Name())
			}
		})
	}
	for _, code := range exitCodes() {
		if !strings.Contains(text, fmt.Sprintf("\n| %d |", code)) {
			t.Errorf("it lacks exit code %d", code)
		}
	}
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(text, -1)
	for i, example := range examples {
		if _, err := config.Parse(fmt.Sprintf("example %d", i+1), []byte(example[1])); err != nil {
			t.Error(err)
		}
	}
	if len(examples) == 0 {
		t.Error("it has no example of a config file")
	}
}
