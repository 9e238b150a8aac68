package report

import "github.com/loadforge/loadforge/internal/page"

func cleanAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = page.Clean(s)
	}
	return out
}
