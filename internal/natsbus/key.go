package natsbus

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// A Key is a secret from which the embedded server's key and the secret of its
// tokens follow. Workers that have it find the run of a coordinator that has it:
// they can be started first, and nobody has to bring them a join string. Whoever
// has it may be either. Make one with [ParseKey]; the empty one is none.
type Key string

// minKey is how many characters a key must have: random ones, in any of the
// usual alphabets, are then beyond guessing.
const minKey = 32

// ParseKey reads a key. Space around it does not count.
func ParseKey(text string) (Key, error) {
	k := strings.TrimSpace(text)
	if len(k) < minKey {
		return "", fmt.Errorf("the key has %d characters, want %d or more that nobody can guess, as of openssl rand -base64 32", len(k), minKey)
	}
	return Key(k), nil
}

// derive makes 32 bytes for a purpose, which say nothing of those for another.
func (k Key) derive(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(k), nil, "loadforge 1 "+purpose, 32)
}

// keys are those of a run that has this key.
func (k Key) keys(run string) (*keys, error) {
	secret, err := k.derive("tokens")
	if err != nil {
		return nil, err
	}
	seed, err := k.derive("server")
	if err != nil {
		return nil, err
	}
	made := &keys{Run: run, Secret: secret}
	return made, made.certify(ed25519.NewKeyFromSeed(seed))
}

// Holds says whether the state of a run with this key is in a directory.
func (k Key) Holds(dir string) bool {
	kept, err := readKeys(dir)
	if err != nil {
		return false
	}
	wanted, err := k.keys(kept.Run)
	if err != nil {
		return false
	}
	there, err := kept.pin()
	want, wantErr := wanted.pin()
	return err == nil && wantErr == nil && there == want
}

// Find finds the run of the coordinator at HOST:PORT, and makes the join string
// that its host would. It waits for the coordinator as long as ctx lasts.
func (k Key) Find(ctx context.Context, address string) (Join, error) {
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return Join{}, fmt.Errorf("coordinator %q: want HOST:PORT", address)
	}
	keys, err := k.keys("")
	if err != nil {
		return Join{}, err
	}
	pin, err := keys.pin()
	if err != nil {
		return Join{}, err
	}
	for {
		run, err := runAt(ctx, address, pin)
		switch {
		case err == nil:
			token := Token{Run: run, Worker: Anybody, Expires: time.Now().Add(keyValid)}
			return Join{URL: "tls://" + address, Pin: pin, Run: run, Token: token.sign(keys.Secret)}, nil
		case errors.Is(err, errPin):
			return Join{}, fmt.Errorf("the coordinator at %s has another key", address)
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return Join{}, fmt.Errorf("find the coordinator at %s: %w", address, err)
		}
	}
}

// keyValid is how long the token of a key is good. Who has the key could make
// another one, so that nothing is gained by less.
const keyValid = 10 * 365 * 24 * time.Hour

// runAt asks the server at an address for its certificate, which names the run.
func runAt(ctx context.Context, address, pin string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	// The server says a line in the open before it begins with TLS, and then
	// waits, so that nothing of what follows is read here.
	if _, err := bufio.NewReader(conn).ReadSlice('\n'); err != nil {
		return "", err
	}
	secured := tls.Client(conn, pinned(pin))
	if err := secured.HandshakeContext(ctx); err != nil {
		return "", err
	}
	run, ok := strings.CutPrefix(secured.ConnectionState().PeerCertificates[0].Subject.CommonName, certName)
	if !ok || !validName(run) {
		return "", errors.New("its certificate names no run")
	}
	return run, nil
}
