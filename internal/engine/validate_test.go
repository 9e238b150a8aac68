package engine

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

func TestValidateNamesEveryProblem(t *testing.T) {
	valid := func() Load {
		return Load{
			Scenario: "shop",
			Pattern:  pattern.Constant{Level: 5, For: time.Minute},
			Tasks:    []Task{{Name: "browse", Weight: 6}, {Name: "buy"}},
			New:      func(context.Context, Identity, Env) User { return nil },
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Plan)
		want   []string
	}{
		{"a valid plan", func(*Plan) {}, nil},
		{"no loads", func(p *Plan) { p.Loads = nil }, []string{"Load is empty: a test needs at least one scenario under a pattern"}},
		{"a rate that is no number", func(p *Plan) { p.MaxRate = math.NaN() }, []string{"MaxRate must be a positive number of requests per second, or zero for no limit, is NaN"}},
		{"a negative rate", func(p *Plan) { p.MaxRate = -1 }, []string{"MaxRate must be a positive number of requests per second, or zero for no limit, is -1"}},
		{"an infinite rate", func(p *Plan) { p.MaxRate = math.Inf(1) }, []string{"MaxRate must be a positive number of requests per second, or zero for no limit, is +Inf"}},
		{"a zero load", func(p *Plan) { p.Loads[0] = Load{} }, []string{
			"Load[0]: the scenario has no Name",
			"Load[0]: Pattern: pattern: must not be nil",
			"Load[0]: Tasks is empty: a scenario needs at least one task",
			"Load[0]: New must not be nil",
		}},
		{"negative bounds", func(p *Plan) {
			l := &p.Loads[0]
			l.Offset, l.Pace, l.MaxUsers, l.Backlog, l.Iterations, l.PerUser = -1, -2, -3, -4, -5, -6
		}, []string{
			"Load[0] (shop): Offset must not be negative, is -1ns",
			"Load[0] (shop): Pace must not be negative, is -2ns",
			"Load[0] (shop): MaxUsers must not be negative, is -3",
			"Load[0] (shop): Backlog must not be negative, is -4",
			"Load[0] (shop): Iterations must not be negative, is -5",
			"Load[0] (shop): PerUser must not be negative, is -6",
		}},
		{"unknown kinds", func(p *Plan) { p.Loads[0].Model, p.Loads[0].Arrivals = 7, 8 }, []string{
			"Load[0] (shop): Model 7 is unknown",
			"Load[0] (shop): Arrivals 8 is unknown",
		}},
		{"PerUser in the open model", func(p *Plan) { p.Loads[0].Model, p.Loads[0].PerUser = Rate, 3 }, []string{
			"Load[0] (shop): PerUser belongs to the closed model (users); bound the open model (rate) with Iterations",
		}},
		{"a bad pattern", func(p *Plan) {
			p.Loads[0].Pattern = pattern.Sequence{pattern.Constant{Level: -1, For: time.Second}, pattern.Ramp{To: math.NaN(), For: time.Second}}
		}, []string{
			"Load[0] (shop): Pattern: sequence[0].constant: Level must be from 0 to",
			"Load[0] (shop): Pattern: sequence[1].ramp: To must be from 0 to",
		}},
		{"an end past the end of time", func(p *Plan) {
			p.Loads[0].Offset = math.MaxInt64 - time.Second
		}, []string{"Load[0] (shop): Offset and the pattern's duration must not sum up to more than"}},
		{"too many users", func(p *Plan) {
			p.Loads[0].Pattern = pattern.Constant{Level: 2e7, For: time.Second}
		}, []string{"Load[0] (shop): Pattern asks for 20000000 users at once, the limit is 10000000"}},
		{"bad tasks", func(p *Plan) {
			p.Loads[0].Tasks = []Task{{Name: "a", Weight: -2}, {Weight: 3}, {Name: "a"}}
		}, []string{
			"Load[0] (shop): Tasks[0] (a): Weight must not be negative, is -2",
			"Load[0] (shop): Tasks[1] has no Name",
			`Load[0] (shop): Tasks[2]: Name "a" is the same as that of Tasks[0]; give one of them another`,
		}},
		{"weights that overflow", func(p *Plan) {
			p.Loads[0].Tasks = []Task{{Name: "a", Weight: math.MaxInt}, {Name: "b", Weight: math.MaxInt}}
		}, []string{"Load[0] (shop): the weights of all Tasks must not sum up to more than 2147483648"}},
		{"one scenario twice", func(p *Plan) { p.Loads = append(p.Loads, p.Loads[0]) }, []string{
			"Load[1] (shop): the scenario's Name is the same as that of Load[0]; give one of them another",
		}},
		{"problems of two loads", func(p *Plan) {
			l := valid()
			l.Scenario, l.Tasks = "api", nil
			p.Loads[0].New = nil
			p.Loads = append(p.Loads, l)
		}, []string{
			"Load[0] (shop): New must not be nil",
			"Load[1] (api): Tasks is empty: a scenario needs at least one task",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := Plan{Loads: []Load{valid()}}
			c.change(&plan)
			err := plan.Validate()
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(c.want) {
				t.Fatalf("problems are %q, want %q", got, c.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("problem %d is %q, want %q", i, got[i], c.want[i])
				}
			}
		})
	}
}
