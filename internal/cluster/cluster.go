// Package cluster is one run over any number of workers: it divides the load,
// starts the workers at one time, merges what they measure, judges it, stops
// them, and survives the loss of some.
//
// [Local] runs a plan in this process and is all that most callers need:
//
//	outcome, err := cluster.Local(ctx, plan, cluster.Options{Sinks: sinks, Control: &control})
//
// There is no second way to run a plan. Local is the coordinator of [Run] and
// one [Worker], connected by the [Transport] that is called [Memory]; over a
// network the same two are connected by another one.
//
// # Division of the load
//
// A [Table] deals 16,384 slots to the workers, interleaved by weight. User j,
// arrival k and iteration k belong to the owner of slot j or k modulo that
// number. Every worker computes the whole schedule and runs what it owns, so
// the shares of any number of workers sum to the load exactly.
//
// # Course of a run
//
//	worker                coordinator
//	Hello          ->                       offers itself
//	               <-     Welcome, Refuse   gets a number and a lease
//	                      setup of the test
//	               <-     Assign            its share, seed, limits
//	Ready          ->
//	               <-     Start             at time T, the same for all
//	Snapshot       ->                       a second of measurements, each second
//	Heartbeat      ->
//	               <-     Lease             may go on
//	               <-     Hold              only when somebody asks for another level
//	               <-     Stop              only to end early
//	Done           ->                       all snapshots were sent
//	                      teardown of the test
//
// After Start a worker is autonomous: nothing the coordinator, a sink or the
// network does delays its schedule.
//
// # What is counted
//
// A snapshot counts once, whatever the transport does to it: worker, epoch and
// sequence number tell it from all others. A second is final when all workers
// reported it, or three seconds after its end; what comes later still counts,
// and reaches the sinks as another part of its second. Percentiles are those of
// merged histograms. What is missing in the end is said in the verdict.
//
// # How a run ends
//
// By its plan; by a threshold that aborts; by a [Control]; or by its context,
// which cuts it at once. The outcome is complete in every case, and every sink
// that could begin gets it. An error of type [*PlanError], [*SetupError],
// [*TeardownError] or [*WorkersError] says what kept the run from its normal
// course.
package cluster
