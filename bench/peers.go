package main

import (
	"fmt"
	"path/filepath"
	"strconv"
)

// What is compared. wrk is the measure of all saturated runs.
func wrk() *generator {
	return &generator{name: "wrk", program: "wrk", reported: wrkCount, args: func(_ *bench, j job) []string {
		return []string{"-t1", "-c" + j.count(), "-d" + j.seconds(), j.url()}
	}}
}

// h2load is the measure of HTTP/2: a connection per user, a request at a time.
func h2load() *generator {
	return &generator{name: "h2load", program: "h2load", reported: h2loadCount, args: func(_ *bench, j job) []string {
		return []string{"-t1", "-m1", "-c" + j.count(), "-D", j.seconds(), j.url()}
	}}
}

func nethttp() *generator {
	return &generator{name: "net/http client", program: "nethttp", exact: true, reported: numberCount, args: func(_ *bench, j job) []string {
		args := []string{"-c", j.count(), "-d", j.seconds()}
		if j.think > 0 {
			args = append(args, "-think", j.think.String(), "-own")
		}
		if j.http2 {
			args = append(args, "-http2", "-own") // a connection per user, not one for all
		}
		return append(args, j.url())
	}}
}

func bombardier() *generator {
	return &generator{name: "bombardier", program: "bombardier", args: func(_ *bench, j job) []string {
		return []string{"-q", "-p", "r", "-o", "j", "-c", j.count(), "-d", j.seconds(), j.url()}
	}}
}

func vegeta() *generator {
	return &generator{name: "vegeta", program: "vegeta", args: func(b *bench, j job) []string {
		args := []string{"attack", "-duration", j.seconds(), "-output", "/dev/null", "-rate", strconv.Itoa(j.rate)}
		if j.rate == 0 {
			args = append(args, "-workers", j.count(), "-max-workers", j.count(), "-connections", j.count())
		}
		return append(args, "-targets", b.file("targets", "GET "+j.url()+"\n"))
	}}
}

func hey() *generator {
	return &generator{name: "hey", program: "hey", args: func(_ *bench, j job) []string {
		return []string{"-z", j.seconds(), "-c", j.count(), "-cpus", "1", j.url()}
	}}
}

func fortio() *generator {
	return &generator{name: "fortio", program: "fortio", args: func(_ *bench, j job) []string {
		args := []string{"load", "-quiet", "-qps", strconv.Itoa(j.rate), "-c", j.count(), "-t", j.seconds()}
		if j.rate > 0 {
			args = append(args, "-uniform")
		}
		return append(args, j.url())
	}}
}

func k6() *generator { return k6Script("k6", "plain.js") }

func k6Checked() *generator { return k6Script("k6: template, check, JSON field", "checked.js") }

// k6Open asks for arrivals, which k6 is told in the script.
func k6Open() *generator {
	g := k6Script("k6", "open.js")
	g.args = func(b *bench, _ job) []string {
		return []string{"run", "--quiet", filepath.Join(b.files, "k6", "open.js")}
	}
	return g
}

func k6Script(name, script string) *generator {
	return &generator{
		name: name, program: "k6",
		args: func(b *bench, j job) []string {
			return []string{"run", "--quiet", "--vus", j.count(), "--duration", j.seconds(), filepath.Join(b.files, "k6", script)}
		},
		env: func(j job) []string {
			return []string{
				"URL=" + j.url(), "BASE=" + j.base, fmt.Sprintf("THINK=%g", j.think.Seconds()),
				fmt.Sprintf("RATE=%d", j.rate), "DURATION=" + j.seconds(),
				"K6_NO_USAGE_REPORT=true",
			}
		},
	}
}
