// Package metrics turns what happened to single requests into what is known of
// a run: from [Sample] to [Snapshot] to [Summary], with the classes of errors,
// the state of thresholds and a verdict on the generator itself.
//
// # On a worker
//
// A [Recorder] has shards. Each virtual user is bound to one at birth and
// records into it; once a second, a little after its end, one goroutine
// collects that second from all of them.
//
//	rec := metrics.NewRecorder(metrics.RecorderConfig{Loads: scenarios, Target: level, Health: sampler.Sample})
//
//	shard := rec.Shard(user)                             // at the user's birth
//	get := rec.Name("GET /items/{id}", metrics.Request)  // once for a template
//	shard.Start(load, now, now-due, false)               // an iteration
//	shard.Record(&metrics.Sample{Name: get, End: end, Service: took, Code: 200})
//	shard.Finish(load, now, err != nil)
//
//	snapshot := rec.Collect(second)                      // once a second
//	rest := rec.Finish(elapsed)                          // once, at the end; may be nil
//
// Times are nanoseconds since the start of the run, and each one decides the
// second it counts in: a second's counts are exact, whenever it is collected.
// What comes after its second was collected counts in the next one. Nothing is
// lost, and nothing is sampled.
//
// # On the coordinator
//
// Snapshots of the same second merge ([Snapshot.Merge]), in any order, with the
// result the recorders would have had together; percentiles are read from merged
// histograms, never averaged. They travel as [Snapshot.AppendBinary] and
// [DecodeSnapshot], which takes bytes from anywhere. A [Total] adds up seconds
// to a [Summary], a [Judge] evaluates thresholds on them as they come, and
// [Assess] says from a summary whether the run is valid.
//
//	total.Add(merged)
//	judge.Add(merged)
//	if rule, abort := judge.ShouldAbort(elapsed); abort { ... }
//	summary := total.Summary(0)
//	verdict := metrics.Assess(summary, metrics.Facts{MaxUsers: limits})
//
// The same code replays a stored run: whoever reads the snapshots back gets the
// same summary, thresholds and verdict.
//
// # Guarantees
//
// Recording neither allocates nor waits on the steady path and takes some 30 ns.
// Merging is exact, associative and commutative, up to the limits that keep
// memory bounded whatever a scenario or target does ([MaxNames], [MaxChecks],
// [MaxErrors], [MaxAddresses]); past them what is kept still has exact counts, and the rest is
// counted under [OtherName]. Texts are valid UTF-8 without control characters
// and of bounded length. No goroutine is started here.
package metrics
