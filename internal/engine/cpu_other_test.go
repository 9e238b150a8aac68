//go:build !unix

package engine

import "time"

// cpuTime is what the process has used, where that is known.
func cpuTime() time.Duration { return 0 }
