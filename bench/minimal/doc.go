// Minimal is the smallest HTTP/1.1 server that can be measured against: one
// thread around epoll (or several, with -loops), the same answer to everything.
// It is faster than the generators, so that they are the bottleneck, and it notes
// when each request reached the kernel, so that the spacing of arrivals can be
// judged from where it matters.
//
//	minimal -arrivals 100000
//
// prints the address it serves and that of its own report, where GET /count
// tells how many requests came and GET /arrivals lists their times in
// nanoseconds, one a line.
package main
