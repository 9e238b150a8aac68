// Package natsbus carries the frames of a run through NATS: an embedded server
// by default, or a server or cluster that is there already.
//
// A [Host] is the coordinator's side and a [Station] a worker's; both are
// carriers of package wire. What must arrive goes through a JetStream stream, of
// which the coordinator lets go when its checkpoint has it; a station keeps it
// in a write-ahead log until the stream has it. All else is sent and forgotten,
// for it is said again.
//
// # Subjects
//
//	lf.v1.r.<run>.m.<worker>       what must arrive, kept in the stream LF_<run>
//	lf.v1.r.<run>.c.<worker>       to the coordinator
//	lf.v1.r.<run>.w.<worker>       to the worker
//	lf.v1.r.<run>.time             request: the coordinator's clock
//	lf.v1.r.<run>.brief.<worker>   request: what to run, sealed for the worker
//	lf.v1.r.<run>.blob             request: a piece of the program or its data
//
// # Who may do what
//
// A worker shows a [Token], which names it (or any worker), the run and when it
// expires, and may use its own subjects only. The embedded server speaks TLS
// with a key of its own, whose fingerprint is in the join string. Plain text is
// for loopback. Who has the [Key] of a run makes its own join string.
package natsbus

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
)

// A subjects is the names of one run's subjects.
type subjects struct{ run string }

func (s subjects) prefix() string             { return "lf.v1.r." + s.run + "." }
func (s subjects) kept(worker string) string  { return s.prefix() + "m." + worker }
func (s subjects) said(worker string) string  { return s.prefix() + "c." + worker }
func (s subjects) told(worker string) string  { return s.prefix() + "w." + worker }
func (s subjects) brief(worker string) string { return s.prefix() + "brief." + worker }
func (s subjects) time() string               { return s.prefix() + "time" }
func (s subjects) blob() string               { return s.prefix() + "blob" }
func (s subjects) stream() string             { return "LF_" + s.run }

// inbox is where answers to a worker's requests go.
func (s subjects) inbox(worker string) string { return "_INBOX_" + s.run + "_" + worker }

// validName says whether a text can be a run or a worker in a subject.
func validName(name string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString(name)
}

// errPlain says that a URL would send secrets in the open.
var errPlain = errors.New("plain text is for this machine only: use a tls:// URL")

// checkURL refuses to speak in plain text to another machine.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fmt.Errorf("bus %q: want a URL such as tls://host:4222", redact(text))
	}
	if u.Scheme == "tls" || u.Scheme == "wss" || loopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("bus %s: %w", u.Redacted(), errPlain)
}

func redact(text string) string {
	if u, err := url.Parse(text); err == nil {
		return u.Redacted()
	}
	return "(not a URL)"
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
