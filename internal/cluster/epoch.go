package cluster

import "time"

// An Epoch is one division of the load among the workers, and the time of the
// schedule from which it holds. Epochs are listed as they were decided: one
// takes the place of those before it that were to begin then or later, so that
// of a moment the last that has begun holds. The tables themselves need not travel: each
// follows from the weights of its epoch and those before.
type Epoch struct {
	From    time.Duration `json:"from_ns"` // since the start of the run; zero for the first
	Weights []float64     `json:"weights"` // by worker; zero for one that left
}

// Tables returns the table of each epoch. The first deals the slots afresh,
// every later one moves only what its weights make necessary.
func Tables(epochs []Epoch) []Table {
	tables := make([]Table, len(epochs))
	for i, epoch := range epochs {
		if i == 0 {
			tables[i] = Shares(epoch.Weights)
			continue
		}
		tables[i] = tables[i-1].Reweigh(epoch.Weights)
	}
	return tables
}
