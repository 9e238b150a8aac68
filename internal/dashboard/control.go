package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/page"
	"github.com/loadforge/loadforge/internal/store"
)

// Controls act on a run.
type Controls interface {
	// Stop ends the run: gracefully or, if now, at once.
	Stop(now bool)
	// Hold fixes the level of a load, Release gives it back to its pattern.
	Hold(load int, level float64) error
	Release(load int)
	// Mark keeps an event with the run. It fails with [store.ErrNotBegun] or
	// [store.ErrEnded] where there is none to keep it with: the run begins and
	// ends for its results a moment earlier or later than for a dashboard.
	Mark(store.Event) error
}

const (
	maxBody = 4 << 10 // bytes of what is posted
	maxNote = 500     // bytes of an annotation
)

// An objection is why something is not done, with the status of its answer.
type objection struct {
	status int
	reason string
}

func (o *objection) Error() string { return o.reason }

func object(status int, format string, args ...any) error {
	return &objection{status, fmt.Sprintf(format, args...)}
}

// control makes a handler of what is done with a body.
func (l *Live) control(do func(body *json.Decoder) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := l.mayControl()
		if err == nil {
			body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
			body.DisallowUnknownFields()
			err = do(body)
		}
		var o *objection
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.As(err, &o):
			refuse(w, o.status, o.reason)
		case errors.Is(err, store.ErrNotBegun), errors.Is(err, store.ErrEnded):
			refuse(w, http.StatusConflict, err.Error())
		default:
			refuse(w, http.StatusInternalServerError, err.Error())
		}
	}
}

func (l *Live) mayControl() error {
	if l.config.Controls == nil {
		return object(http.StatusForbidden, "this dashboard only looks on")
	}
	if !l.pace.take(time.Now()) {
		return object(http.StatusTooManyRequests, "that is too much at a time: wait a second")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == after {
		return store.ErrEnded
	}
	return nil
}

// read reads a body of one JSON object.
func read(body *json.Decoder, v any) error {
	err := body.Decode(v)
	if err == nil && body.Decode(&struct{}{}) == io.EOF {
		return nil
	}
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return object(http.StatusRequestEntityTooLarge, "the body is longer than %d bytes", maxBody)
	case err == nil:
		return object(http.StatusBadRequest, "the body must be one JSON object")
	}
	return object(http.StatusBadRequest, "the body can't be read: %v", err)
}

func (l *Live) stop(body *json.Decoder) error {
	var asked struct {
		Now bool `json:"now"`
	}
	if err := read(body, &asked); err != nil {
		return err
	}
	l.config.Controls.Stop(asked.Now)
	return nil
}

func (l *Live) annotate(body *json.Decoder) error {
	var asked struct {
		Text string `json:"text"`
	}
	if err := read(body, &asked); err != nil {
		return err
	}
	text := strings.TrimSpace(asked.Text)
	if text == "" || len(text) > maxNote {
		return object(http.StatusBadRequest, "text must have 1 to %d bytes", maxNote)
	}
	return l.mark(store.Annotation, text)
}

func (l *Live) users(body *json.Decoder) error {
	var asked struct {
		Load  *int     `json:"load"`
		Level *float64 `json:"level"`
	}
	if err := read(body, &asked); err != nil {
		return err
	}
	if asked.Load == nil {
		return object(http.StatusBadRequest, "load must be the number of a load, from 0")
	}
	name, open, err := l.load(*asked.Load)
	if err != nil {
		return err
	}
	if asked.Level == nil {
		l.config.Controls.Release(*asked.Load)
		return l.mark(store.Users, name+" follows its pattern again")
	}
	level := *asked.Level
	if !open && level != math.Trunc(level) {
		return object(http.StatusBadRequest, "level must be a whole number of users, is %v", level)
	}
	if err := l.config.Controls.Hold(*asked.Load, level); err != nil {
		return object(http.StatusBadRequest, "%v", err)
	}
	err = l.mark(store.Users, fmt.Sprintf("%s held at %s", name, amount(level, open)))
	if err != nil {
		l.config.Controls.Release(*asked.Load) // what is refused must not hold
	}
	return err
}

func amount(level float64, open bool) string {
	number := strconv.FormatFloat(level, 'f', -1, 64)
	switch {
	case open:
		return number + "/s"
	case level == 1:
		return "1 user"
	}
	return number + " users"
}

// load finds a load of the run while it goes.
func (l *Live) load(number int) (name string, open bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.phase == before:
		return "", false, store.ErrNotBegun
	case number < 0 || number >= len(l.run.Loads):
		return "", false, object(http.StatusBadRequest, "there is no load %d: the run has %d, the first is 0", number, len(l.run.Loads))
	}
	load := l.run.Loads[number]
	return load.Scenario, load.Model == "rate", nil
}

// mark keeps an event with the run and shows it to all who look on.
func (l *Live) mark(kind store.EventKind, text string) error {
	l.mu.Lock()
	begun, start := l.phase != before, l.run.Start
	l.mu.Unlock()
	if !begun {
		return store.ErrNotBegun
	}
	e := store.Event{At: max(0, time.Since(start)).Round(time.Millisecond), Kind: kind, Text: text}
	if err := l.config.Controls.Mark(e); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == after {
		return nil // the log is closed
	}
	shown := page.Event{At: e.At.Seconds(), Kind: string(kind), Text: text}
	l.builder.Mark(shown)
	l.tell(markEvent, shown)
	l.log.wake()
	return nil
}
