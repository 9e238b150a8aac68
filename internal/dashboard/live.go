package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// LiveConfig says what a [Live] shows before the run begins, and what it may do.
// Its zero value looks on.
type LiveConfig struct {
	// Run is what is known of the run before its first request.
	Run metrics.Run
	// State is what the run does until it begins: "waiting" or "setup". Empty
	// means waiting.
	State string
	// Controls is what may be done to the run. Nil offers nothing.
	Controls Controls
	// Shelf has other runs, to compare with. It may be nil.
	Shelf Shelf
	// Baseline opens the run that the page compares with at first. It may be
	// nil.
	Baseline func() (*store.Reader, error)
	// Earlier opens what there is of a run that is taken up again. It may be
	// nil.
	Earlier func() (*store.Reader, error)
	// Room is how many bytes of events are kept for clients that come back.
	// Zero means 8 MiB: some minutes of twenty names.
	Room int
}

const defaultRoom = 8 << 20

// A Live shows one run while it goes: it is a sink, told of the run as it goes,
// and a handler of HTTP requests about it. Its methods are safe for concurrent
// use.
type Live struct {
	config  LiveConfig
	log     *log
	stream  *stream
	library *library
	mux     *http.ServeMux
	pace    throttle // of what is asked by controls

	mu       sync.Mutex
	run      metrics.Run
	builder  *page.Builder
	known    int // names that were told
	seconds  int // that were told
	status   page.Status
	progress metrics.Progress // the latest
	phase    phase
	cache    cachedPage
}

// A phase is how far a run has come.
type phase int

const (
	before phase = iota
	during
	after
)

// NewLive returns a Live for a run that is to begin.
func NewLive(c LiveConfig) *Live {
	if c.Room <= 0 {
		c.Room = defaultRoom
	}
	if c.State == "" {
		c.State = "waiting"
	}
	l := &Live{config: c, log: newLog(firstNumber(time.Now()), c.Room), pace: throttle{burst: 10, every: 200 * time.Millisecond}}
	l.stream, l.library = newStream(l.log, l.brief), newLibrary(c.Shelf)
	l.reset(c.Run)
	l.status = l.builder.Live(&metrics.Progress{State: c.State})
	l.mux = l.routes()
	return l
}

// firstNumber is the number of the first event. Those of a later run are always
// higher, so that a browser that comes back to the same address with a number of
// an earlier one finds out.
func firstNumber(now time.Time) uint64 { return uint64(max(1, now.UnixMilli())) }

func (l *Live) reset(run metrics.Run) {
	l.run, l.builder, l.known = run, page.New(run), 0
	l.cache = cachedPage{}
}

// String is what messages call it.
func (l *Live) String() string { return "dashboard" }

// ServeHTTP answers requests about the run.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) { l.mux.ServeHTTP(w, r) }

// Begin tells of the run. Those who look on already begin anew.
func (l *Live) Begin(run metrics.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reset(run)
	l.catchUp()
	l.phase = during
	l.status = l.builder.Live(&metrics.Progress{State: "running"})
	l.status.Controls = l.config.Controls != nil
	l.log.add(resetEvent, []byte("{}"))
	l.log.wake()
	return nil
}

// catchUp puts what happened earlier into the page. What can't be read is not
// worth doing without a dashboard.
func (l *Live) catchUp() {
	if l.config.Earlier == nil {
		return
	}
	reader, err := l.config.Earlier()
	if err != nil {
		return
	}
	defer reader.Close()
	l.builder.CatchUp(reader)
}

// Second tells of a second, or of a part of one that came late.
func (l *Live) Second(s *metrics.Snapshot, p metrics.Progress) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, wider := l.builder.Add(s)
	marks := l.builder.Remarks(s, &p)
	l.status = l.builder.Live(&p)
	l.status.Controls = l.config.Controls != nil
	l.progress = p
	l.builder.Workers(s.Second, l.status.Workers)
	switch {
	case wider:
		l.cache = cachedPage{}
		l.log.add(resetEvent, []byte("{}"))
	case bucket >= 0:
		l.tell(rowEvent, l.builder.Row(bucket, l.known))
	}
	l.known = len(l.builder.Names())
	for _, mark := range marks {
		l.tell(markEvent, mark)
	}
	l.tellStatus()
	l.log.wake()
	return nil
}

// tellStatus tells how the run stands. All of it is long where there are many
// names, and nobody can read it as fast.
func (l *Live) tellStatus() {
	const namesASecond, longest = 50, 10
	status := l.status
	every := min(1+l.known/namesASecond, longest)
	l.seconds++
	if l.seconds%every != 0 {
		status.Names = nil
		l.tell(briefEvent, status)
		return
	}
	status.Dist = l.builder.Dist()
	l.tell(statusEvent, status)
}

// brief is how the run stands, without the names.
func (l *Live) brief() []byte {
	l.mu.Lock()
	status := l.status
	l.mu.Unlock()
	status.Names = nil
	b, err := json.Marshal(status)
	if err != nil {
		return []byte("{}")
	}
	return b
}

// End tells how the run ended.
func (l *Live) End(o metrics.Outcome) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = l.builder.Ended(&o)
	l.phase = after
	l.cache = cachedPage{} // who hears of the end asks for the page, and for nothing after it
	if o.Summary != nil {
		l.progress.Total, l.progress.Elapsed = o.Summary, o.Summary.Duration
	}
	l.progress.State, l.progress.Thresholds, l.progress.Verdict = l.status.State, o.Thresholds, o.Verdict
	status := l.status
	status.Dist = l.builder.Dist()
	l.tell(endEvent, status)
	l.log.wake()
	return nil
}

// tell adds an event to the log. What can't be encoded, because a number is
// infinite, is left out.
func (l *Live) tell(kind string, v any) {
	if b, err := json.Marshal(v); err == nil {
		l.log.add(kind, b)
	}
}

// Drain waits until all who look on know how the run ended and have gone, or ctx
// ends. It does not wait for a run that has not ended.
func (l *Live) Drain(ctx context.Context) {
	l.mu.Lock()
	ended := l.phase == after
	l.mu.Unlock()
	if ended {
		l.stream.drain(ctx)
	}
}

// A cachedPage is an encoded page, and how long that took.
type cachedPage struct {
	bytes []byte
	last  uint64 // the event after which the stream goes on
	made  time.Time
	took  time.Duration
}

// pageShare is the most of the time that is spent on pages, as a divisor.
const pageShare = 10

// page returns the page of the run, encoded: as it is, or as it was a moment
// ago. Where the stream goes on says the page itself.
func (l *Live) page() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := &l.cache; c.bytes != nil && c.last >= l.log.oldest() && time.Since(c.made) < (pageShare-1)*c.took {
		return c.bytes, nil
	}
	begin, last := time.Now(), l.log.last()
	var b bytes.Buffer
	if err := l.builder.Encode(&b, last, &l.status); err != nil {
		return nil, err
	}
	now := time.Now()
	l.cache = cachedPage{bytes: b.Bytes(), last: last, made: now, took: now.Sub(begin)}
	return b.Bytes(), nil
}
