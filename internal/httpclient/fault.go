package httpclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/loadforge/loadforge/internal/metrics"
)

// An Error is why an exchange failed. Error returns a message that is equal for
// equal failures: no addresses, ports or ids; Unwrap leads to the details.
type Error struct {
	Class   metrics.Class
	Message string
	Cause   error // may be nil
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// A phase is a part of an exchange, in the words of the messages.
type phase string

const (
	phaseLookup  phase = "looking up the name"
	phaseConnect phase = "connect"
	phaseProxy   phase = "proxy"
	phaseTLS     phase = "TLS handshake"
	phaseSend    phase = "sending the request"
	phaseWait    phase = "waiting for the answer"
	phaseHeader  phase = "reading the header"
	phaseBody    phase = "reading the body"
	phaseDecode  phase = "decoding the body"
)

var (
	errCancelled   = &Error{Class: metrics.Cancelled, Message: "cancelled"}
	errClosed      = &Error{Class: metrics.Reset, Message: "closed before an answer"}
	errClosedHead  = &Error{Class: metrics.Reset, Message: "closed within the header"}
	errPhantom     = protocolError("it came before the request")
	errSurplus     = protocolError("more came than was asked for")
	errShortBody   = &Error{Class: metrics.Body, Message: "body shorter than announced"}
	errBodyLimit   = &Error{Class: metrics.Body, Message: "body larger than the limit"}
	errHeaderLimit = &Error{Class: metrics.Protocol, Message: "header larger than the limit"}
)

// errWouldBlock is what a wire says when it was asked not to wait. It claims to
// be temporary so that crypto/tls does not give the connection up.
var errWouldBlock net.Error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to read" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

func protocolError(message string) *Error {
	return &Error{Class: metrics.Protocol, Message: "malformed answer: " + message}
}

// classify turns what a phase came back with into an Error.
func classify(err error, during phase) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	if fault := localFault(err); fault != nil {
		return fault
	}
	if isTimeout(err) {
		return &Error{Class: metrics.Timeout, Message: "timeout: " + string(during), Cause: err}
	}
	switch during {
	case phaseLookup:
		return lookupError(err)
	case phaseTLS:
		return handshakeError(err)
	case phaseConnect, phaseProxy:
		return connectError(err, during)
	}
	return exchangeError(err, during)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

// localFault recognises the limits of this machine: they say nothing about the
// target.
func localFault(err error) *Error {
	for _, limit := range localLimits {
		if errors.Is(err, limit.errno) {
			return &Error{Class: metrics.Generator, Message: limit.message, Cause: err}
		}
	}
	return nil
}

// connectError tells a target that is not there from one that is, but hangs up:
// whether the reset comes while connecting or a moment later is chance.
func connectError(err error, during phase) *Error {
	if errors.Is(err, syscall.ECONNRESET) && during == phaseConnect {
		return &Error{Class: metrics.Reset, Message: networkMessage(err), Cause: err}
	}
	message := networkMessage(err)
	if during == phaseProxy {
		message = "proxy: " + message
	}
	return &Error{Class: metrics.Connect, Message: message, Cause: err}
}

func lookupError(err error) *Error {
	message := "name lookup failed"
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		message = "no such host"
	}
	return &Error{Class: metrics.DNS, Message: message, Cause: err}
}

func exchangeError(err error, during phase) *Error {
	switch {
	case isEnd(err) && during == phaseBody:
		return errShortBody
	case isEnd(err) && during == phaseHeader:
		return errClosedHead
	case isEnd(err):
		return errClosed
	}
	if strings.Contains(err.Error(), "tls: ") {
		return handshakeError(err)
	}
	return &Error{Class: metrics.Reset, Message: networkMessage(err), Cause: err}
}

// isEnd reports whether the peer has ended the connection in an orderly way, or
// nearly so.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// networkMessage names a network error without addresses.
func networkMessage(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if errors.Is(err, syscall.EPIPE) {
			return "connection reset by peer"
		}
		return plainErrno(errno)
	}
	if isEnd(err) {
		return "closed early"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// handshakeError names what went wrong between TLS peers.
func handshakeError(err error) *Error {
	if isEnd(err) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return &Error{Class: metrics.Reset, Message: "closed during the TLS handshake", Cause: err}
	}
	return &Error{Class: metrics.TLS, Message: "tls: " + tlsMessage(err), Cause: err}
}

func tlsMessage(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
		record  tls.RecordHeaderError
		remote  *net.OpError
	)
	switch {
	case errors.As(err, &remote) && remote.Op == "remote error":
		return alertMessage(remote.Err)
	case errors.As(err, &unknown):
		return "certificate signed by an unknown authority (accept it with insecure)"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired or is not yet valid"
	case errors.As(err, &invalid):
		return "certificate is not valid for this use"
	case errors.As(err, &host):
		return "certificate is for another host"
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "server speaks plain HTTP"
	case errors.As(err, &record):
		return "server does not speak TLS"
	case strings.Contains(err.Error(), "unsupported protocol version"):
		return noCommonVersion
	}
	return "handshake failed"
}

const noCommonVersion = "no common protocol version"

// alertMessage says what the server's alert says. Package tls has no exported
// type for it; its text is stable, and held by a test.
func alertMessage(alert error) string {
	text := strings.TrimPrefix(alert.Error(), "tls: ")
	if text == "protocol version not supported" {
		return noCommonVersion
	}
	return "server refused: " + text
}
