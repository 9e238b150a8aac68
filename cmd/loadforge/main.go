// Loadforge runs load tests written in Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/internal/build"
	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/fleet"
	"github.com/loadforge/loadforge/internal/history"
	"github.com/loadforge/loadforge/internal/page"
)

func main() {
	builder := build.Builder{Stderr: os.Stderr}
	os.Exit(loadforge.Command(os.Args[1:], cli.Tools{
		Build: func(ctx context.Context, target string) (string, error) {
			binary, err := builder.Build(ctx, target)
			return binary.Path, err
		},
		Ship: func(ctx context.Context, target, goos, goarch, out string) error {
			binary, err := builder.Ship(ctx, target, goos, goarch, out)
			if err == nil {
				fmt.Println(binary.Path)
			}
			return err
		},
		Exec:  build.Exec,
		Host:  fleet.Host,
		Enrol: fleet.Enrol,
		Runs:  runs,
	}))
}

// runs lists the runs of a results directory by its index.
func runs(results string) ([]page.Entry, error) {
	h, err := history.Open(results)
	if err != nil {
		return nil, err
	}
	list, err := h.Runs(history.Filter{})
	return list, errors.Join(err, h.Close())
}
