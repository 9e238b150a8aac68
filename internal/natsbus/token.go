package natsbus

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Anybody is the worker of a token that any worker may use.
const Anybody = "*"

// A Token lets a worker into a run.
type Token struct {
	Run     string
	Worker  string // its name, or Anybody
	Expires time.Time
}

var (
	errToken   = errors.New("the token is not one of this run")
	errExpired = errors.New("the token has expired: ask for a new join string")
)

// sign makes the text of a token that only who has the secret can make.
func (t Token) sign(secret []byte) string {
	claim := fmt.Sprintf("%s.%s.%d", t.Run, t.Worker, t.Expires.Unix())
	return base64.RawURLEncoding.EncodeToString([]byte(claim)) + "." + base64.RawURLEncoding.EncodeToString(mac(secret, claim))
}

func mac(secret []byte, claim string) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(claim))
	return m.Sum(nil)
}

// checkToken says why a token does not let a worker into a run, or nothing.
// errExpired says that nothing else is wrong with it.
func checkToken(text string, secret []byte, run, worker string, now time.Time) error {
	claimText, macText, ok := strings.Cut(text, ".")
	claim, err := base64.RawURLEncoding.DecodeString(claimText)
	sum, macErr := base64.RawURLEncoding.DecodeString(macText)
	if !ok || err != nil || macErr != nil || !hmac.Equal(sum, mac(secret, string(claim))) {
		return errToken
	}
	parts := strings.Split(string(claim), ".")
	if len(parts) != 3 || parts[0] != run {
		return errToken
	}
	if parts[1] != Anybody && parts[1] != worker {
		return fmt.Errorf("the token is for the worker %q, not %q", parts[1], worker)
	}
	var expires int64
	if _, err := fmt.Sscanf(parts[2], "%d", &expires); err != nil || now.Unix() > expires {
		return errExpired
	}
	return nil
}

// A Join is all that a worker needs to find a run and to be let in. It is a
// secret.
type Join struct {
	URL   string `json:"u"`
	Pin   string `json:"p,omitempty"` // fingerprint of the server's key; empty: its certificate is checked as usual
	Run   string `json:"r"`
	Token string `json:"t"`
}

const joinPrefix = "lf1."

// String is the join string.
func (j Join) String() string {
	text, _ := json.Marshal(j) // texts can be marshalled
	return joinPrefix + base64.RawURLEncoding.EncodeToString(text)
}

// ParseJoin reads a join string.
func ParseJoin(text string) (j Join, err error) {
	coded, ok := strings.CutPrefix(strings.TrimSpace(text), joinPrefix)
	if !ok {
		return j, fmt.Errorf("that is no join string: one starts with %s and what follows", joinPrefix)
	}
	b, err := base64.RawURLEncoding.DecodeString(coded)
	if err == nil {
		err = json.Unmarshal(b, &j)
	}
	if err != nil || !validName(j.Run) || j.URL == "" {
		return Join{}, errors.New("the join string is damaged: copy all of it")
	}
	return j, nil
}
