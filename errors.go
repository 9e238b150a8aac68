package loadforge

import "errors"

// ErrLoadForge is wrapped by every error that LoadForge itself makes.
var ErrLoadForge = errors.New("loadforge")

// A RequestError says why a request failed.
type RequestError struct {
	// Class is the class of error as reports name it: dns, connect, tls,
	// timeout, reset, protocol, body, status_4xx, status_5xx, status, task,
	// redirect, generator or cancelled.
	Class string
	// Name is the name of the request.
	Name string
	// Status is the HTTP status, zero when there was no answer.
	Status int
	// Err is the cause.
	Err error
}

// Error returns the request's name and the cause.
func (e *RequestError) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *RequestError) Unwrap() []error { return []error{e.Err, ErrLoadForge} }

// A ConfigError says what is wrong with a test before anything is sent.
type ConfigError struct{ Err error }

// Error returns the cause.
func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() []error { return []error{e.Err, ErrLoadForge} }

// A ScenarioError says that the scenario's own code failed: the test's setup
// or teardown.
type ScenarioError struct{ Err error }

// Error returns the cause.
func (e *ScenarioError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ScenarioError) Unwrap() []error { return []error{e.Err, ErrLoadForge} }

// An EngineError says that LoadForge could not run the test.
type EngineError struct{ Err error }

// Error returns the cause.
func (e *EngineError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *EngineError) Unwrap() []error { return []error{e.Err, ErrLoadForge} }
