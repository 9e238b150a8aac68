package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/loadforge/loadforge/internal/wire"
)

// TrunkVariable is the environment's name of the socket by which a coordinator
// reaches the process that started it, and holds the bus for it.
const TrunkVariable = "LOADFORGE_TRUNK"

// A Charge is what a coordinator is told that has a bus.
type Charge struct {
	Workers int    `json:"workers"`          // how many to wait for
	Digest  string `json:"digest,omitempty"` // of what they run
	// State is the directory where the coordinator notes which run it conducts.
	State string `json:"state"`
	// Resume asks it to go on with that run.
	Resume bool `json:"resume,omitempty"`
}

// Board connects a coordinator with the process that started it.
func Board(path string) (Charge, *wire.Stream, error) {
	var c Charge
	conn, err := net.Dial("unix", path)
	if err != nil {
		return c, nil, fmt.Errorf("reach the bus: %w", err)
	}
	stream := wire.NewStream(conn)
	select {
	case f, ok := <-stream.Frames():
		if err = json.Unmarshal(f.Body, &c); !ok || err != nil {
			err = errors.New("reach the bus: it does not say what to do")
		}
	case <-time.After(briefPatience):
		err = errors.New("reach the bus: it does not answer")
	}
	if err != nil {
		_ = stream.Close()
		return c, nil, err
	}
	return c, stream, nil
}

// Instruct sends what the workers are to be briefed with.
func Instruct(stream *wire.Stream, b Brief) error { return post(stream, b) }

// Embark takes the connection of a coordinator, charges it and waits for the
// brief that it has for its workers.
func Embark(conn net.Conn, c Charge) (*wire.Stream, Brief, error) {
	stream := wire.NewStream(conn)
	var b Brief
	if err := post(stream, c); err != nil {
		return nil, b, errors.Join(err, stream.Close())
	}
	f, ok := <-stream.Frames()
	if !ok {
		return nil, b, errors.Join(errors.New("the coordinator ended before it began"), stream.Close())
	}
	if err := json.Unmarshal(f.Body, &b); err != nil {
		return nil, b, errors.Join(fmt.Errorf("read the brief: %w", err), stream.Close())
	}
	return stream, b, nil
}

func post(stream *wire.Stream, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return stream.Post(context.Background(), wire.Frame{Body: text})
}
