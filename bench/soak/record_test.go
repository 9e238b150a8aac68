package main

import "testing"

func TestFlatnessComparesTheLastThirdWithTheFirst(t *testing.T) {
	rows := func(resident ...int64) (all []row) {
		for _, r := range resident {
			all = append(all, row{holding: holding{r, int(r), int(r)}, least: int(r), cost: float64(r) / 10})
		}
		return all
	}
	for _, tt := range []struct {
		name string
		rows []row
		want string
	}{
		{"too few", rows(1, 2), "\nToo short to say how flat it is.\n"},
		{
			"flat after the start", rows(50, 100, 100, 100),
			"\nFrom the first third to the last: resident +0.0 %, threads +0.0 %, least descriptors +0.0 %, most +0.0 %, CPU a request +0.0 %.\n",
		},
		{
			"growing", rows(0, 100, 100, 150, 150, 200, 200),
			"\nFrom the first third to the last: resident +100.0 %, threads +100.0 %, least descriptors +100.0 %, most +100.0 %, CPU a request +100.0 %.\n",
		},
	} {
		r := record{rows: tt.rows}
		if got := r.flatness(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestARowHasTheMostAndTheLeastOfWhatWasSeen(t *testing.T) {
	var w row
	for _, h := range []holding{{10, 5, 100}, {30, 4, 40}, {20, 6, 70}, {}} {
		w.see(h)
	}
	if want := (row{holding: holding{30, 6, 100}, least: 40}); w != want {
		t.Errorf("got %+v, want %+v", w, want)
	}
}
