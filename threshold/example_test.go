package threshold_test

import (
	"fmt"
	"time"

	"github.com/loadforge/loadforge/threshold"
)

func Example() {
	rules := []threshold.Rule{
		threshold.P95(300 * time.Millisecond),
		threshold.P99(time.Second).On("POST /webhooks/{source}"),
		threshold.CheckRate(0.999),
		threshold.ErrorRate(0.05).AbortAfter(30 * time.Second),
	}
	for _, rule := range rules {
		fmt.Println(rule)
	}
	// Output:
	// p95<300ms
	// p99<1s on "POST /webhooks/{source}"
	// check_rate>=99.9%
	// error_rate<5% abort after 30s
}

func ExampleParse() {
	rule, err := threshold.Parse("p(99) < 1.5s on GET /orders/{id} over 30s")
	fmt.Println(rule, err)

	_, err = threshold.Parse("eror_rate<1%")
	fmt.Println(err)
	// Output:
	// p99<1.5s on "GET /orders/{id}" over 30s <nil>
	// threshold "eror_rate<1%": column 1: unknown metric "eror_rate"; did you mean "error_rate"?
}

func ExampleRule_Judge() {
	rule := threshold.P95(300 * time.Millisecond)
	measured := 81400 * time.Microsecond

	outcome := rule.Judge(float64(measured), true)
	value, unit := rule.Metric.Display(outcome.Value)
	left, _ := rule.Metric.Display(outcome.Distance)
	fmt.Printf("passed %v with %g %s, %g %s to spare\n", outcome.Passed, value, unit, left, unit)

	fmt.Println("no data passes:", rule.Judge(0, false).Passed)
	// Output:
	// passed true with 81.4 ms, 218.6 ms to spare
	// no data passes: false
}

func ExampleRule_AbortAfter() {
	rule := threshold.ErrorRate(0.05).Over(10 * time.Second).AbortAfter(30 * time.Second)
	failed := rule.Judge(0.2, true)
	fmt.Println(rule)
	fmt.Println(rule.Aborts(failed, 20*time.Second), rule.Aborts(failed, 40*time.Second))
	// Output:
	// error_rate<5% over 10s abort after 30s
	// false true
}
