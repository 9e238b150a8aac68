package main

import (
	"context"
	"time"

	"github.com/loadforge/loadforge/bench/proc"
)

// The generator and the server have a core each, unless it is about both.
const (
	generatorCore = "0"
	serverCore    = "1"
	bothCores     = generatorCore + "," + serverCore
)

// quiet waits until both cores have little to do, but not for ever.
func (b *bench) quiet(ctx context.Context) {
	const probe, most = 250 * time.Millisecond, 0.1
	for end := time.Now().Add(b.patience); time.Now().Before(end) && ctx.Err() == nil; {
		one, _ := proc.Busy(generatorCore)
		two, _ := proc.Busy(serverCore)
		time.Sleep(probe)
		oneAfter, _ := proc.Busy(generatorCore)
		twoAfter, _ := proc.Busy(serverCore)
		if max(oneAfter-one, twoAfter-two).Seconds() < most*probe.Seconds() {
			return
		}
	}
}
