package page

import (
	"testing"
	"time"
)

func TestADayOfSecondsIsSmall(t *testing.T) {
	m := newMeasured()
	const day = 86_400
	for second := range day {
		m.set(second, time.Second/2)
		if second%100 != 99 { // of those the other half comes late
			m.set(second, time.Second)
		}
	}
	if length, seen := m.at(99); length != time.Second/2 || !seen {
		t.Errorf("of second 99 there is %v, seen %v; want a half", length, seen)
	}
	for second := 99; second < day; second += 100 {
		m.set(second, time.Second)
	}
	if len(m.whole) != day/64 || len(m.parts) != 0 {
		t.Errorf("it takes %d and %d entries, want %d and none", len(m.whole), len(m.parts), day/64)
	}
	for second := range day {
		if length, seen := m.at(second); length != time.Second || !seen {
			t.Fatalf("of second %d there is %v, seen %v", second, length, seen)
		}
	}
	if length, seen := m.at(day); length != 0 || seen {
		t.Errorf("of the next second there is %v, seen %v", length, seen)
	}
}
