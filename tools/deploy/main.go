// Deploy checks what is in deploy/: it lints and renders the Helm chart, writes
// the JSON schemas of the kinds of objects in it, and says whether the image's
// program needs more than itself.
//
//	deploy lint CHART [VALUES...]
//	deploy template CHART [VALUES...]
//	deploy schemas DIR
//	deploy static PROGRAM
//
// It is Helm's own linter and engine without the rest of Helm, which takes
// minutes to build.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("want lint CHART [VALUES...], template CHART [VALUES...], schemas DIR or static PROGRAM")
	}
	switch args[0] {
	case "lint":
		return lintChart(args[1], args[2:])
	case "template":
		return template(os.Stdout, args[1], args[2:])
	case "schemas":
		return writeSchemas(args[1])
	case "static":
		return static(args[1])
	}
	return fmt.Errorf("unknown command %q", args[0])
}
