package cluster

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestControlMessagesTravelAsJSON(t *testing.T) {
	for _, m := range []Message{
		{Hello: &Hello{Min: 1, Max: 1, Name: "host", Binary: "v1", System: "linux/amd64", Plan: "shop", Weight: 2}},
		{Ready: &Ready{Error: "no"}},
		{Heartbeat: &Heartbeat{Beat: 7}},
		{Done: &Done{Snapshots: 60, Seconds: 61, Fenced: true, Error: "gone", Hanging: []string{"user 1"}}},
		{Welcome: &Welcome{Protocol: 1, Worker: 2, Epoch: 3, Lease: time.Second}},
		{Refuse: &Refuse{Reason: "full"}},
		{Assign: &Assign{Epochs: []Epoch{{From: time.Second, Weights: []float64{1, 2}}}, Seed: 1<<64 - 1, MaxRate: 0.5, Graceful: time.Minute}},
		{Start: &Start{At: time.Date(2026, 11, 23, 10, 15, 0, 123456789, time.UTC)}},
		{Lease: &Lease{Beat: 7}},
		{Stop: &Stop{Grace: time.Second}},
	} {
		m.V = Protocol
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got Message
		if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%s arrives as %+v, %v", text, got, err)
		}
	}
}

func TestUnknownFieldsOfMessagesAreIgnored(t *testing.T) {
	var m Message
	err := json.Unmarshal([]byte(`{"v":1,"stop":{"grace_ns":5,"why":"later version"},"dance":{}}`), &m)
	if err != nil || m.Stop == nil || m.Stop.Grace != 5 {
		t.Errorf("message = %+v, %v, want the stop", m, err)
	}
}

func TestEpochsMoveOnlyWhatTheyMust(t *testing.T) {
	tables := Tables([]Epoch{
		{Weights: []float64{1, 1}},
		{From: 5 * time.Second, Weights: []float64{1, 1, 2}},
		{From: 9 * time.Second, Weights: []float64{1, 0, 2}},
	})
	for i, want := range [][]int{{Slots / 2, Slots / 2, 0}, {Slots / 4, Slots / 4, Slots / 2}, {5461, 0, 10923}} {
		if got := []int{tables[i].Slots(0), tables[i].Slots(1), tables[i].Slots(2)}; !reflect.DeepEqual(got, want) {
			t.Errorf("epoch %d: slots = %v, want %v", i, got, want)
		}
	}
	for i := range int64(Slots) {
		if before, after := tables[1].Owner(i), tables[2].Owner(i); before != 1 && before != after {
			t.Fatalf("slot %d moved from %d to %d, want only those of the worker that left to move", i, before, after)
		}
	}
}
