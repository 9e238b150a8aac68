// Loadforge runs load tests written in Go.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/loadforge/loadforge"
	"github.com/loadforge/loadforge/internal/build"
	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/fleet"
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
	}))
}
