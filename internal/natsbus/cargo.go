package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// pieceSize is how much of a blob comes at a time.
const pieceSize = 512 << 10

// A Cargo is what workers get before they begin.
type Cargo struct {
	// Blobs are files by their digest.
	Blobs map[string]string
	// Brief answers what a worker is: bytes that only this worker can read, or
	// an error whose text it shows.
	Brief func(Applicant) ([]byte, error)
}

// An Applicant is a worker that asks what to do.
type Applicant struct {
	Worker   string `json:"-"`
	Min      int    `json:"min"` // protocol versions it speaks
	Max      int    `json:"max"`
	Version  string `json:"version"`
	System   string `json:"system"` // such as linux/amd64
	Cores    int    `json:"cores"`
	Token    string `json:"token"`
	Envelope string `json:"envelope"` // public key that the answer is sealed with
}

type briefAnswer struct {
	Refuse string `json:"refuse,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
}

type blobRequest struct {
	Digest string `json:"digest"`
	Offset int64  `json:"offset"`
}

// Offer says what workers get. Until then they are asked to wait.
func (h *Host) Offer(c Cargo) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cargo = c
}

func (h *Host) offered() Cargo {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cargo
}

func (h *Host) answerBrief(m *nats.Msg) {
	var a Applicant
	answer := briefAnswer{}
	sealed, err := h.briefFor(m, &a)
	if err != nil {
		answer.Refuse = err.Error()
	}
	answer.Sealed = sealed
	b, err := json.Marshal(answer)
	if err == nil {
		_ = m.Respond(b)
	}
}

// errLater asks a worker to ask again.
var errLater = errors.New("later")

func (h *Host) briefFor(m *nats.Msg, a *Applicant) ([]byte, error) {
	if err := json.Unmarshal(m.Data, a); err != nil {
		return nil, errors.New("the request is damaged")
	}
	a.Worker = last(m.Subject)
	// The embedded server has checked it; one that is there already has not.
	if err := h.guests.admit(a.Worker, a.Token, time.Now()); err != nil {
		return nil, err
	}
	cargo := h.offered()
	if cargo.Brief == nil {
		return nil, errLater
	}
	text, err := cargo.Brief(*a)
	if err != nil {
		return nil, err
	}
	sender, err := nkeys.CreateCurveKeys()
	if err != nil {
		return nil, err
	}
	public, err := sender.PublicKey()
	if err != nil {
		return nil, err
	}
	box, err := sender.Seal(text, a.Envelope)
	if err != nil {
		return nil, errors.New("the request has no key to seal the answer with")
	}
	return append([]byte(public), box...), nil
}

func (h *Host) answerBlob(m *nats.Msg) {
	var r blobRequest
	if json.Unmarshal(m.Data, &r) != nil {
		return
	}
	f, err := os.Open(h.offered().Blobs[r.Digest])
	if err != nil {
		return
	}
	defer f.Close()
	b := make([]byte, pieceSize)
	n, err := f.ReadAt(b, r.Offset)
	if err == nil || errors.Is(err, io.EOF) {
		_ = m.Respond(b[:n])
	}
}

// A RefusedError says why the run does not take a worker.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "the run does not take this worker: " + e.Reason }

// Brief asks what to do, until there is an answer or ctx ends.
func (s *Station) Brief(ctx context.Context, a Applicant) ([]byte, error) {
	pair, err := nkeys.CreateCurveKeys()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if a.Envelope, err = pair.PublicKey(); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	a.Token = s.config.Join.Token
	request, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	for {
		text, err := s.askBrief(ctx, request, pair)
		if !errors.Is(err, errLater) {
			return text, err
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("ask what to run: %w", ctx.Err())
		}
	}
}

func (s *Station) askBrief(ctx context.Context, request []byte, pair nkeys.KeyPair) ([]byte, error) {
	one, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	m, err := s.conn.RequestWithContext(one, s.names.brief(s.config.Worker), request)
	if err != nil {
		return nil, errLater // the coordinator is not, or not again, there
	}
	var answer briefAnswer
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return nil, fmt.Errorf("read what to run: %w", err)
	}
	const publicSize = 56
	switch {
	case answer.Refuse == errLater.Error():
		return nil, errLater
	case answer.Refuse != "":
		return nil, &RefusedError{answer.Refuse}
	case len(answer.Sealed) < publicSize:
		return nil, errors.New("read what to run: the answer is damaged")
	}
	text, err := pair.Open(answer.Sealed[publicSize:], string(answer.Sealed[:publicSize]))
	if err != nil {
		return nil, fmt.Errorf("open what to run: %w", err)
	}
	return text, nil
}

// Fetch writes a blob. Whoever calls it checks the digest of what came.
func (s *Station) Fetch(ctx context.Context, digest string, to io.Writer) error {
	for offset := int64(0); ; {
		request, err := json.Marshal(blobRequest{digest, offset})
		if err != nil {
			return err
		}
		piece, err := s.fetchPiece(ctx, request)
		if err != nil {
			return fmt.Errorf("fetch %.12s: %w", digest, err)
		}
		if _, err := to.Write(piece); err != nil {
			return fmt.Errorf("fetch %.12s: %w", digest, err)
		}
		offset += int64(len(piece))
		if len(piece) < pieceSize {
			return nil
		}
	}
}

func (s *Station) fetchPiece(ctx context.Context, request []byte) ([]byte, error) {
	for tries := 0; ; tries++ {
		one, cancel := context.WithTimeout(ctx, 5*time.Second)
		m, err := s.conn.RequestWithContext(one, s.names.blob(), request)
		cancel()
		if err == nil {
			return m.Data, nil
		}
		if tries == 5 || ctx.Err() != nil {
			return nil, err
		}
	}
}
