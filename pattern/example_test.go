package pattern_test

import (
	"fmt"
	"math"
	"time"

	"github.com/loadforge/loadforge/pattern"
)

func Example() {
	p := pattern.Sequence{
		pattern.Ramp{To: 200, For: 2 * time.Minute},
		pattern.Constant{Level: 200, For: 10 * time.Minute},
		pattern.Ramp{From: 200, For: time.Minute},
	}
	fmt.Println(pattern.Describe(p))
	fmt.Println("lasts", p.Duration())
	fmt.Println("after a minute:", p.At(time.Minute))
	fmt.Println("in all:", pattern.Integral(p, p.Duration()))
	// Output:
	// ramp 0 -> 200 over 2m, hold 200 for 10m, ramp 200 -> 0 over 1m
	// lasts 13m0s
	// after a minute: 100
	// in all: 138000
}

// A day with a flash sale in half an hour, after a minute of warm-up.
func Example_blackFriday() {
	day := pattern.Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	sale := pattern.Spike{
		Peak:  600, // on top of the day curve
		Start: 10 * time.Hour,
		Rise:  5 * time.Minute,
		Hold:  time.Hour,
		Fall:  30 * time.Minute,
	}
	blackFriday := pattern.Stretch{Of: pattern.Sum{day, sale}, To: 30 * time.Minute}
	p := pattern.Sequence{
		pattern.Ramp{To: blackFriday.At(0), For: time.Minute}, // warm up
		blackFriday,
	}
	for _, minute := range []time.Duration{1, 3, 13, 14} {
		fmt.Printf("minute %d: %.0f\n", minute, p.At(minute*time.Minute))
	}
	fmt.Println("lasts", p.Duration())
	// Output:
	// minute 1: 64
	// minute 3: 41
	// minute 13: 293
	// minute 14: 926
	// lasts 31m0s
}

func ExampleStep() {
	p := pattern.Step{From: 10, By: 20, To: 60, Every: 30 * time.Second}
	for t, level := range pattern.Ticks(p, 30*time.Second) {
		fmt.Println(t, level)
	}
	// Output:
	// 0s 10
	// 30s 30
	// 1m0s 50
	// 1m30s 60
}

func ExampleSpike() {
	p := pattern.Spike{
		Base: 50, Peak: 500, Start: time.Minute,
		Rise: 10 * time.Second, Hold: time.Minute, Fall: 20 * time.Second,
		SettleFor: 5 * time.Minute, // at Base again
	}
	fmt.Println(p)
	fmt.Println(p.At(0), p.At(time.Minute+5*time.Second), p.At(2*time.Minute), p.At(4*time.Minute))
	// Output:
	// spike 50 -> 500 at 1m (rise 10s, hold 1m, fall 20s, settle at 50 for 5m)
	// 50 275 500 50
}

func ExampleDiurnal() {
	day := pattern.Diurnal{Low: 40, High: 400, Period: 24 * time.Hour, PeakAt: 14 * time.Hour}
	for _, hour := range []time.Duration{2, 8, 14, 20} {
		fmt.Printf("%02d:00 %.0f\n", hour, day.At(hour*time.Hour))
	}
	// Output:
	// 02:00 40
	// 08:00 220
	// 14:00 400
	// 20:00 220
}

func ExampleFunc() {
	heartbeat := pattern.Func{
		Name: "heartbeat",
		For:  time.Minute,
		F:    func(t time.Duration) float64 { return 100 * math.Pow(math.Sin(math.Pi*t.Seconds()), 2) },
	}
	fmt.Printf("%v: %.3f\n", heartbeat, pattern.Integral(heartbeat, time.Minute))
	// Output:
	// heartbeat for 1m: 3000.000
}

func ExampleCrossings() {
	p := pattern.Sequence{
		pattern.Ramp{To: 2, For: 10 * time.Second},
		pattern.Constant{Level: 5, For: 10 * time.Second},
	}
	for t, users := range pattern.Crossings(p) {
		fmt.Println(t, users)
	}
	// Output:
	// 0s 0
	// 5s 1
	// 10s 5
	// 20s 0
}

func ExampleInverse() {
	p := pattern.Ramp{To: 10, For: 10 * time.Second}
	fmt.Println(pattern.Inverse(p, 12.5))
	fmt.Println(pattern.Inverse(p, 1000))
	// Output:
	// 5s true
	// 10s false
}

// Arrivals spread evenly: the k-th is due where the area reaches k + 1/2.
func ExampleCursor() {
	c := pattern.NewCursor(pattern.Ramp{To: 2, For: 2 * time.Second})
	for k := 0; ; k++ {
		t, ok := c.Next(float64(k) + 0.5)
		if !ok {
			break
		}
		fmt.Println(t)
	}
	// Output:
	// 1s
	// 1.732050808s
}

func ExamplePhases() {
	p := pattern.Sum{
		pattern.Constant{Level: 100, For: 10 * time.Minute},
		pattern.Spike{Peak: 400, Start: 2 * time.Minute, Rise: time.Minute, Hold: time.Minute},
	}
	for _, phase := range pattern.Phases(p) {
		fmt.Printf("%-20s %5v %6v %4.0f -> %.0f\n", phase.Name, phase.Start, phase.End, phase.From, phase.To)
	}
	// Output:
	// hold                    0s   2m0s  100 -> 100
	// hold + spike rise     2m0s   3m0s  100 -> 500
	// hold + spike hold     3m0s   4m0s  500 -> 500
	// hold                  4m0s  10m0s  100 -> 100
}

func ExampleValidate() {
	err := pattern.Validate(pattern.Sequence{
		pattern.Constant{Level: 50, For: time.Minute},
		pattern.Ramp{From: 50, To: -1, For: -3 * time.Second},
	})
	fmt.Println(err)
	// Output:
	// sequence[1].ramp: To must be from 0 to 1000000000, is -1
	// sequence[1].ramp: For must be positive, is -3s
}

func ExampleChart() {
	chart := pattern.Chart{Width: 40, Height: 8, ASCII: true}
	for _, line := range chart.Draw(pattern.Step{From: 10, By: 10, To: 40, Every: time.Minute}) {
		fmt.Println(line)
	}
	// Output:
	// 40 +                           #########
	//    |                  :::::::::#########
	//    |                  ##################
	// 20 +         ###########################
	//    |:::::::::###########################
	//    |####################################
	//  0 +------------------------------------
	//     0s                2m              4m
}
