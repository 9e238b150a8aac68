package engine

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

// Validate checks the plan and reports all problems at once, each with the
// path of the field it is about.
func (p *Plan) Validate() error {
	v := validator{}
	if len(p.Loads) == 0 {
		v.add("Load is empty: a test needs at least one scenario under a pattern")
	}
	if !(p.MaxRate >= 0) || math.IsInf(p.MaxRate, 0) {
		v.add("MaxRate must be a positive number of requests per second, or zero for no limit, is %v", p.MaxRate)
	}
	first := map[string]int{}
	for i := range p.Loads {
		v.load(i, &p.Loads[i], first)
	}
	return errors.Join(v.problems...)
}

// A validator collects problems.
type validator struct {
	path     string
	problems []error
}

func (v *validator) add(format string, args ...any) {
	problem := fmt.Sprintf(format, args...)
	if v.path != "" {
		problem = v.path + ": " + problem
	}
	v.problems = append(v.problems, errors.New(problem))
}

// load checks one load; first knows the loads of the scenarios so far.
func (v *validator) load(i int, l *Load, first map[string]int) {
	v.path = fmt.Sprintf("Load[%d]", i)
	if l.Scenario != "" {
		v.path += fmt.Sprintf(" (%s)", l.Scenario)
	} else {
		v.add("the scenario has no Name")
	}
	if other, ok := first[l.Scenario]; ok && l.Scenario != "" {
		v.add("the scenario's Name is the same as that of Load[%d]; give one of them another", other)
	} else {
		first[l.Scenario] = i
	}
	v.schedule(l)
	v.tasks(l.Tasks)
	if l.New == nil {
		v.add("New must not be nil")
	}
}

// schedule checks what decides when users and iterations start.
func (v *validator) schedule(l *Load) {
	if l.Model > Rate {
		v.add("Model %d is unknown", l.Model)
	}
	if l.Arrivals > Poisson {
		v.add("Arrivals %d is unknown", l.Arrivals)
	}
	if l.Model == Rate && l.PerUser > 0 {
		v.add("PerUser belongs to the closed model (users); bound the open model (rate) with Iterations")
	}
	v.notNegative("Offset", int64(l.Offset), l.Offset)
	v.notNegative("Pace", int64(l.Pace), l.Pace)
	v.notNegative("MaxUsers", int64(l.MaxUsers), l.MaxUsers)
	v.notNegative("Backlog", int64(l.Backlog), l.Backlog)
	v.notNegative("Iterations", l.Iterations, l.Iterations)
	v.notNegative("PerUser", l.PerUser, l.PerUser)
	v.pattern(l)
}

func (v *validator) notNegative(field string, value int64, shown any) {
	if value < 0 {
		v.add("%s must not be negative, is %v", field, shown)
	}
}

// mostUsers is how many users a load may ask for. They would take some hundred
// GiB; whoever asks for more has mistaken users for something else.
const mostUsers = 10_000_000

func (v *validator) pattern(l *Load) {
	err := pattern.Validate(l.Pattern)
	if err == nil {
		v.extent(l)
		return
	}
	problems := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		problems = joined.Unwrap()
	}
	for _, problem := range problems {
		v.problems = append(v.problems, fmt.Errorf("%s: Pattern: %w", v.path, problem))
	}
}

// extent checks how long and how high a valid pattern is.
func (v *validator) extent(l *Load) {
	if d := l.Pattern.Duration(); l.Offset > 0 && d > math.MaxInt64-l.Offset {
		v.add("Offset and the pattern's duration must not sum up to more than %v, are %v and %v", time.Duration(math.MaxInt64), l.Offset, d)
	}
	if peak := pattern.Max(l.Pattern); l.Model == Users && peak > mostUsers {
		v.add("Pattern asks for %.0f users at once, the limit is %d", peak, mostUsers)
	}
}

func (v *validator) tasks(tasks []Task) {
	if len(tasks) == 0 {
		v.add("Tasks is empty: a scenario needs at least one task")
	}
	cards := 0
	first := map[string]int{}
	for i, t := range tasks {
		v.task(i, t, first)
		cards = min(cards+max(0, min(t.weight(), maxCards)), maxCards+1)
	}
	if cards > maxCards {
		v.add("the weights of all Tasks must not sum up to more than %d", maxCards)
	}
}

func (v *validator) task(i int, t Task, first map[string]int) {
	if other, ok := first[t.Name]; ok && t.Name != "" {
		v.add("Tasks[%d]: Name %q is the same as that of Tasks[%d]; give one of them another", i, t.Name, other)
	} else {
		first[t.Name] = i
	}
	if t.Name == "" {
		v.add("Tasks[%d] has no Name", i)
	}
	if t.Weight < 0 {
		v.add("Tasks[%d] (%s): Weight must not be negative, is %d", i, t.Name, t.Weight)
	}
}
