package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loadforge/loadforge/pattern"
)

func given(flags ...string) map[string]bool {
	m := map[string]bool{}
	for _, f := range flags {
		m[f] = true
	}
	return m
}

func TestShapeMakesThePatternOfTheFlags(t *testing.T) {
	minute := time.Minute
	tests := []struct {
		name string
		s    Shape
		want pattern.Pattern
	}{
		{"users alone hold", Shape{Users: 50, Duration: minute, Given: given("users")}, pattern.Constant{Level: 50, For: minute}},
		{"zero is a level", Shape{Users: 0, RampTo: 5, Duration: minute, Given: given("users", "ramp-to")}, pattern.Ramp{To: 5, For: minute}},
		{"a ramp goes from the level", Shape{Rate: 10, RampTo: 100, Pattern: "ramp", Duration: minute, Given: given("rate", "pattern", "ramp-to")}, pattern.Ramp{From: 10, To: 100, For: minute}},
		{"a staircase climbs from it", Shape{Users: 10, StepSize: 5, Pattern: "step", Duration: minute, Given: given("pattern", "step-size")}, pattern.Step{From: 10, By: 5, Every: 12 * time.Second, For: minute}},
		{"a spike returns to it", Shape{Users: 10, SpikeTo: 100, SpikeDuration: 30 * time.Second, Duration: minute, Given: given("spike-to", "spike-duration")}, pattern.Spike{Base: 10, Peak: 100, Start: 10 * time.Second, Rise: 3 * time.Second, Hold: 24 * time.Second, Fall: 3 * time.Second, SettleFor: 20 * time.Second}},
		{"a day swings below it", Shape{Users: 100, Pattern: "diurnal", Duration: minute, Given: given("pattern")}, pattern.Diurnal{Low: 20, High: 100, Period: minute, PeakAt: 30 * time.Second, For: minute}},
		{"down to a given low", Shape{Users: 100, Low: 0, Period: 30 * time.Second, Duration: minute, Given: given("low", "period")}, pattern.Diurnal{High: 100, Period: 30 * time.Second, PeakAt: 15 * time.Second, For: minute}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.s.Curve()
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if got.Duration() != minute {
				t.Errorf("it lasts %s", got.Duration())
			}
		})
	}
}

func TestShapeRefuses(t *testing.T) {
	tests := []struct {
		want string
		s    Shape
	}{
		{"exclude each other", Shape{Given: given("users", "rate"), Duration: 1}},
		{`did you mean "spike"?`, Shape{Pattern: "spkie", Duration: 1, Given: given("pattern")}},
		{"needs --ramp-to", Shape{Pattern: "ramp", Duration: 1, Given: given("pattern")}},
		{"needs --step-size", Shape{Pattern: "step", Duration: 1, Given: given("pattern")}},
		{"needs --spike-to", Shape{Pattern: "spike", Duration: 1, Given: given("pattern")}},
		{"--low belongs to --pattern diurnal", Shape{Pattern: "constant", Duration: 1, Given: given("pattern", "low")}},
		{"--users must be a whole number", Shape{Users: -3, Duration: 1, Given: given("users")}},
		{"--duration must be positive", Shape{Users: 3, Given: given("users")}},
		{"Low", Shape{Users: 1, Low: 5, Duration: time.Second, Given: given("users", "low")}},
	}
	for _, tt := range tests {
		if _, err := tt.s.Curve(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want an error with %q", err, tt.want)
		}
	}
}

func TestOverrideKeepsTheSharesOfScenarios(t *testing.T) {
	own := []Load{
		{Scenario: "a", Offset: time.Minute, Pattern: pattern.Constant{Level: 60, For: time.Hour}},
		{Scenario: "b", Open: true, Pattern: pattern.Constant{Level: 30, For: time.Hour}},
	}
	got, err := Override(own, Shape{Users: 100, Duration: time.Minute, Given: given("users")})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{67, 33} {
		if level := pattern.Whole(got[i].Pattern.At(0)); float64(level) != want || got[i].Open || got[i].Offset != 0 || got[i].Pattern.Duration() != time.Minute {
			t.Errorf("load %d: got %+v with %d users, want %v users for a minute", i, got[i], level, want)
		}
	}
	same, err := Override(own, Shape{Duration: time.Minute})
	if err != nil || !reflect.DeepEqual(same, own) {
		t.Errorf("without flags: got %+v, %v", same, err)
	}
	one, err := Override(own[:1], Shape{Rate: 5, Duration: time.Minute, Given: given("rate")})
	if err != nil || !one[0].Open || one[0].Scenario != "a" || one[0].Pattern.At(0) != 5 {
		t.Errorf("one scenario: got %+v, %v", one, err)
	}
}

func TestFewUsersGoToTheLargestScenarios(t *testing.T) {
	own := []Load{
		{Scenario: "a", Pattern: pattern.Constant{Level: 10, For: time.Hour}},
		{Scenario: "b", Pattern: pattern.Constant{Level: 60, For: time.Hour}},
		{Scenario: "c", Pattern: pattern.Constant{Level: 30, For: time.Hour}},
	}
	nothing := pattern.Constant{For: time.Minute}
	step := pattern.Step{By: 1, Every: 12 * time.Second, For: time.Minute}
	for _, test := range []struct {
		says string
		s    Shape
		want []pattern.Pattern
	}{
		{"one", Shape{Users: 1, Duration: time.Minute, Given: given("users")}, []pattern.Pattern{nothing, pattern.Constant{Level: 1, For: time.Minute}, nothing}},
		{"two", Shape{Users: 2, Duration: time.Minute, Given: given("users")}, []pattern.Pattern{nothing, pattern.Constant{Level: 1, For: time.Minute}, pattern.Constant{Level: 1, For: time.Minute}}},
		{"a curve to four", Shape{StepSize: 1, Duration: time.Minute, Given: given("users", "step-size")}, []pattern.Pattern{pattern.Scale{Of: step, By: 0.25}, pattern.Scale{Of: step, By: 0.5}, pattern.Scale{Of: step, By: 0.25}}},
		{"a curve to one", Shape{SpikeTo: 1, Duration: time.Minute, Given: given("users", "spike-to")}, []pattern.Pattern{nothing, pattern.Scale{Of: Shape{SpikeTo: 1, Duration: time.Minute}.spike(0), By: 1}, nothing}},
	} {
		got, err := Override(own, test.s)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range test.want {
			if !reflect.DeepEqual(got[i].Pattern, want) || pattern.Validate(want) != nil {
				t.Errorf("%s: %s runs under %+v, want %+v", test.says, got[i].Scenario, got[i].Pattern, want)
			}
		}
	}
}

func TestGivenFlagsKeepOthersOut(t *testing.T) {
	for _, test := range []struct {
		says    string
		s       Shape
		setting string
		want    bool
	}{
		{"nothing was given", Shape{}, "ramp-to", true},
		{"it was given itself", Shape{Given: given("users")}, "users", false},
		{"the other model", Shape{Given: given("users")}, "rate", false},
		{"the other model", Shape{Given: given("rate")}, "users", false},
		{"a pattern completes users", Shape{Given: given("users")}, "pattern", true},
		{"users complete a pattern", Shape{Pattern: "ramp", Given: given("pattern")}, "users", true},
		{"a parameter of the pattern", Shape{Pattern: "ramp", Given: given("pattern")}, "ramp-to", true},
		{"a parameter of another", Shape{Pattern: "constant", Given: given("pattern")}, "ramp-to", false},
		{"a parameter names its pattern", Shape{Given: given("spike-to")}, "spike-duration", true},
		{"and so no other", Shape{Given: given("spike-to")}, "ramp-to", false},
		{"nor its name", Shape{Given: given("spike-to")}, "pattern", false},
		{"what is no load", Shape{Pattern: "ramp", Given: given("pattern")}, "timeout", true},
	} {
		if got := test.s.Takes(test.setting); got != test.want {
			t.Errorf("%s: %s is taken: %v, want %v", test.says, test.setting, got, test.want)
		}
	}
}

func TestADurationAloneStretchesEverything(t *testing.T) {
	own := []Load{
		{Pattern: pattern.Constant{Level: 60, For: 30 * time.Minute}},
		{Offset: 30 * time.Minute, Pattern: pattern.Sequence{pattern.Ramp{To: 1, For: 30 * time.Minute}}},
		{Pattern: pattern.Ramp{To: 5, For: time.Hour}},
	}
	got, err := Override(own, Shape{Duration: time.Minute, Given: given("duration")})
	if err != nil {
		t.Fatal(err)
	}
	want := []Load{
		{Pattern: pattern.Constant{Level: 60, For: 30 * time.Second}},
		{Offset: 30 * time.Second, Pattern: pattern.Stretch{Of: own[1].Pattern, To: 30 * time.Second}},
		{Pattern: pattern.Ramp{To: 5, For: time.Minute}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := Override(own, Shape{Given: given("duration")}); err == nil {
		t.Error("a zero duration was taken")
	}
}

func TestSharesOfUsersAreWholeAndSumUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "scenarios")
		own := make([]Load, n)
		for i := range own {
			own[i].Pattern = pattern.Constant{Level: rapid.Float64Range(0, 1000).Draw(t, "peak"), For: time.Second}
		}
		users := rapid.IntRange(1, 10_000).Draw(t, "users")
		sum, least := 0.0, 1.0
		if users < n {
			least = 0
		}
		for _, part := range shares(own, float64(users), false) {
			if part < least || part != float64(int(part)) {
				t.Fatalf("a share of %v", part)
			}
			sum += part
		}
		if sum != float64(users) {
			t.Fatalf("%v users are dealt, want %d", sum, users)
		}
	})
}
