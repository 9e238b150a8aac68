package crew

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/loadforge/loadforge/internal/wire"
)

// briefPatience is how long a process waits for its brief.
const briefPatience = 30 * time.Second

// Enlist makes this process a worker process: it takes standard input and
// output for the connection and waits for the brief. What the program's own code
// prints from then on goes to standard error, and it reads nothing.
func Enlist() (Brief, *wire.Stream, error) {
	conn := standard()
	os.Stdout = os.Stderr
	if null, err := os.Open(os.DevNull); err == nil {
		os.Stdin = null
	}
	stream := wire.NewStream(conn)
	brief, err := await(stream)
	if err != nil {
		_ = stream.Close()
		return Brief{}, nil, fmt.Errorf("%w; %q is for loadforge itself: it starts worker processes with it", err, Subcommand)
	}
	return brief, stream, nil
}

func await(stream *wire.Stream) (b Brief, err error) {
	select {
	case f, ok := <-stream.Frames():
		if !ok {
			return b, errors.New("nobody says what to do")
		}
		if err := json.Unmarshal(f.Body, &b); err != nil {
			return b, fmt.Errorf("read what to do: %w", err)
		}
		return b, nil
	case <-time.After(briefPatience):
		return b, errors.New("nobody says what to do")
	}
}
