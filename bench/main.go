// Bench measures what LoadForge costs beside other load generators, on one
// machine and in one run: CPU time per request, requests per second, memory, the
// spacing of arrivals, users that think, what a second core gives, start-up.
// README.md says how and what to distrust; bench/run builds everything and starts
// it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings say what is measured and how thoroughly.
type settings struct {
	bin         string // directory of what was built
	files       string // directory of bench itself: configuration, scripts
	work        string // directory for what is left over
	results     string // directory of the Markdown page
	only        []string
	targets     []string // of the saturated runs
	also        []string // NAME=PATH of further builds of a scenario
	rounds      int
	length      time.Duration // of a saturated run
	connections []int
	users       []int
	many        []int // users of several processes
	rate        int
	open        time.Duration // length of a run in the open model
	starts      int
	patience    time.Duration
	quick       bool
	more        bool // add to the page of the day
}

// parts are what can be measured, in the order of the page.
func parts() []string {
	return []string{"saturated", "open", "thinking", "crowd", "scaling", "startup"}
}

func parse() (settings, error) {
	var s settings
	flag.StringVar(&s.bin, "bin", ".cache/bench/bin", "directory of the built programs")
	flag.StringVar(&s.files, "files", "bench", "directory of the configuration")
	flag.StringVar(&s.work, "work", ".cache/bench/work", "directory for temporary files")
	flag.StringVar(&s.results, "results", "bench/results", "directory for the page of results")
	flag.IntVar(&s.rounds, "rounds", 3, "runs of each generator, taken in turn")
	flag.DurationVar(&s.length, "length", 4*time.Second, "length of a saturated run")
	flag.IntVar(&s.rate, "rate", 5000, "requests per second of the open model")
	flag.DurationVar(&s.open, "open", 8*time.Second, "length of a run in the open model")
	flag.IntVar(&s.starts, "starts", 25, "starts of each program")
	flag.DurationVar(&s.patience, "patience", 0, "how long to wait for a quiet machine before each run")
	flag.BoolVar(&s.more, "append", false, "add the parts to the page of the day instead of writing it anew")
	flag.BoolVar(&s.quick, "quick", false, "a look in less than a minute instead of figures")
	only := flag.String("only", strings.Join(parts(), ","), "what to measure")
	aims := flag.String("targets", strings.Join(targets(), ","), "what the saturated runs are aimed at")
	also := flag.String("also", "", "further builds of a scenario to compare: NAME=PATH,...")
	connections := flag.String("connections", "50,500,5000", "connections of the saturated runs")
	users := flag.String("users", "1000,10000", "users that think for a second")
	crowd := flag.String("crowd", "100000", "users that think for ten seconds, in several processes")
	flag.Parse()
	s.only, s.targets = strings.Split(*only, ","), strings.Split(*aims, ",")
	if *also != "" {
		s.also = strings.Split(*also, ",")
	}
	var err error
	if s.connections, err = numbers(*connections); err != nil {
		return s, fmt.Errorf("-connections: %w", err)
	}
	if s.users, err = numbers(*users); err != nil {
		return s, fmt.Errorf("-users: %w", err)
	}
	if s.many, err = numbers(*crowd); err != nil {
		return s, fmt.Errorf("-crowd: %w", err)
	}
	if s.quick {
		s.hurry()
	}
	return s, errors.Join(known("-only", s.only, parts()), known("-targets", s.targets, targets()))
}

func known(flag string, words, all []string) error {
	for _, word := range words {
		if !slices.Contains(all, word) {
			return fmt.Errorf("%s %s: must be some of %s", flag, word, strings.Join(all, ", "))
		}
	}
	return nil
}

func numbers(list string) (all []int, err error) {
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n <= 0 {
			return nil, fmt.Errorf("%q is no positive number", word)
		}
		all = append(all, n)
	}
	return all, nil
}

// hurry makes it a check that everything works.
func (s *settings) hurry() {
	s.rounds, s.length, s.connections = 1, time.Second, s.connections[:1]
	s.users, s.many, s.open, s.starts = []int{200}, []int{200}, 2*time.Second, 5
}

// partial says that the page is not to be kept.
func (s *settings) partial() bool {
	return s.quick || len(s.also) > 0 || !s.more && (len(s.only) < len(parts()) || len(s.targets) < len(targets()))
}

func run(ctx context.Context) error {
	s, err := parse()
	if err != nil {
		return err
	}
	if s.work, err = filepath.Abs(s.work); err != nil {
		return err
	}
	page, err := s.page()
	if err != nil {
		return err
	}
	b := &bench{settings: s, out: io.MultiWriter(os.Stdout, page)}
	err = b.all(ctx)
	if closeErr := page.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		fmt.Printf("\nwritten to %s\n", page.Name())
	}
	return err
}

// page opens the page of results.
func (s *settings) page() (*os.File, error) {
	for _, dir := range []string{s.work, s.results} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	name := filepath.Join(s.results, time.Now().Format("2006-01-02")+".md")
	if s.partial() {
		name = filepath.Join(s.work, "partial.md")
	}
	mode := os.O_TRUNC
	if s.more {
		mode = os.O_APPEND
	}
	return os.OpenFile(name, os.O_CREATE|os.O_WRONLY|mode, 0o644)
}

// A bench is one run of everything.
type bench struct {
	settings
	out   io.Writer // the page
	wrong []string  // where counts differ
}

func (b *bench) all(ctx context.Context) error {
	b.describe()
	steps := map[string]func(context.Context) error{
		"saturated": b.saturated, "open": b.openModel, "thinking": b.thinking,
		"crowd": b.crowds, "scaling": b.scaling, "startup": b.startup,
	}
	for _, part := range parts() {
		if !slices.Contains(b.only, part) {
			continue
		}
		if err := steps[part](ctx); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	if len(b.wrong) > 0 {
		return fmt.Errorf("counts differ: %s", strings.Join(b.wrong, "; "))
	}
	return nil
}

// say tells on standard error what is going on.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
