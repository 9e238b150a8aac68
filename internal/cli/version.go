package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, versionLine())
			return err
		},
	}
}

const modulePath = "github.com/loadforge/loadforge"

func versionLine() string {
	return fmt.Sprintf("loadforge %s (%s, %s/%s)", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf is the version of LoadForge in a program: the module's where it is
// known, else the commit it was built from, else "devel".
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	version, commit := info.Main.Version, revision(info)
	if info.Main.Path != modulePath {
		version, commit = dependency(info), "" // the commit is that of the scenario
	}
	if version != "" && version != "(devel)" {
		return version
	}
	return "devel" + commit
}

func dependency(info *debug.BuildInfo) string {
	for _, dep := range info.Deps {
		if dep.Path == modulePath && dep.Replace == nil {
			return dep.Version
		}
	}
	return ""
}

func revision(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "-" + s.Value[:12]
		}
	}
	return ""
}
