package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"sigs.k8s.io/yaml"
)

// Where charts are rendered for: what is committed must not depend on more.
const (
	release     = "loadforge"
	namespace   = "default"
	kubeVersion = "v1.34.0"
)

// readValues reads files of values; later ones win.
func readValues(names []string) (map[string]any, error) {
	all := map[string]any{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var one map[string]any
		if err := yaml.UnmarshalStrict(b, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = chartutil.CoalesceTables(one, all)
	}
	return all, nil
}

// lintChart prints what Helm's linter finds. Warnings are errors.
func lintChart(dir string, valueFiles []string) error {
	values, err := readValues(valueFiles)
	if err != nil {
		return err
	}
	version, err := chartutil.ParseKubeVersion(kubeVersion)
	if err != nil {
		return err
	}
	var found []error
	for _, m := range lint.AllWithKubeVersion(dir, values, namespace, version).Messages {
		// An icon is for a catalogue of charts.
		if strings.Contains(m.Err.Error(), "icon is recommended") {
			continue
		}
		found = append(found, m)
	}
	return errors.Join(found...)
}

// template writes the objects of a chart as Helm would install them, in the order
// of their files.
func template(w io.Writer, dir string, valueFiles []string) error {
	values, err := readValues(valueFiles)
	if err != nil {
		return err
	}
	chart, err := loader.Load(dir)
	if err != nil {
		return err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	version, err := chartutil.ParseKubeVersion(kubeVersion)
	if err != nil {
		return err
	}
	capabilities.KubeVersion = *version
	options := chartutil.ReleaseOptions{Name: release, Namespace: namespace, Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(chart, values, options, capabilities)
	if err != nil {
		return err
	}
	files, err := engine.Engine{Strict: true}.Render(chart, all)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := strings.TrimSpace(files[name])
		if text == "" || strings.HasSuffix(name, ".txt") {
			continue
		}
		if _, err := fmt.Fprintf(w, "---\n%s\n", strings.TrimPrefix(text, "---\n")); err != nil {
			return err
		}
	}
	return nil
}
