// Package loadforge is for writing load tests as Go programs.
//
// A test says who the users are, what they do and how the load changes over
// time:
//
//	home := loadforge.Func("home", func(vu *loadforge.VU) error {
//		return vu.Get("/").Err()
//	})
//
//	loadforge.Main(loadforge.Test{
//		Name:    "hello",
//		BaseURL: "http://localhost:8080",
//		Load: []loadforge.Load{
//			home.Users(pattern.Constant{Level: 50, For: time.Minute}),
//		},
//	})
//
// A [Scenario] is data: a user is a struct, a task is one of its methods, and
// the state of a user is the struct's fields, which belong to that user alone.
// [Scenario.Users] puts it under a pattern of concurrent users (the closed
// model), [Scenario.Rate] under one of iterations started per second (the open
// model). [VU] is one virtual user with its own connections, cookies and
// random numbers.
//
// The path template is the name: vu.Get("/orders/{id}", id) is reported as
// GET /orders/{id} whatever the id. Errors wait until you look: a [Response]
// carries its own, as a row of database/sql does. Nothing is retried, every
// request that went out is counted, and response times start when the schedule
// wanted the request, so a server that freezes shows.
//
// [Main] makes a program of a test, with flags, a live screen, a report and
// exit codes. [Run] runs it inside go test or a service.
//
// Package pattern has the patterns, package threshold what passing means,
// package feed the data for users.
package loadforge
