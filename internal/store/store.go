// Package store keeps runs on disk, safe against a crash in the middle of a
// write.
//
// A run is a directory of its own below the results directory. Two files are
// the run: run.json, all that is known before the first request, and run.frames,
// an append-only log of what happened. A third, run.state, is the checkpoint of
// its coordinator: it matters until the run has ended. docs/run-format.md is
// their specification.
//
//	w, err := store.Create("results", run) // before the run: is the disk writable?
//	w.Begin(run)                           // the rest is a sink of the run
//	w.Second(snapshot, progress)
//	w.End(outcome)
//
//	r, err := store.Open("results")        // the latest; or a run's directory
//	for second, err := range r.Snapshots() { ... }
//	r.Outcome()                            // nil if the run was cut
//
// # Guarantees
//
// When [Writer.Second] returns and the disk is well, that second is on stable
// storage: neither SIGKILL nor a power cut loses it. A write that fails is
// taken back, what it held is kept in memory and tried again with the next
// second, while the run goes on. Whatever happened to the log, [Reader] reads
// every intact frame of it and says how many bytes it had to skip.
//
// A run has one writer at a time: the log is locked, and the lock ends with the
// process. Nothing outside of the results directory is touched, whatever the
// names of tests and runs are: files are reached through [os.Root].
package store
