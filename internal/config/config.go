// Package config reads load settings as people write them: loadforge.toml, .env
// files, and the flags that describe a pattern. It reads and checks; what
// settings mean for a run is for package cli to say.
//
// [Parse] reads a config file and reports everything that is wrong with it at
// once, each [Problem] with its place, the line and a suggestion. [ParseEnv]
// reads a .env file. [Shape] turns the pattern flags into a pattern, and
// [Override] puts a load given by flags in the place of a scenario's own.
package config

import (
	"net/http"
	"time"

	"github.com/loadforge/loadforge/pattern"
	"github.com/loadforge/loadforge/threshold"
)

// A File is what a config file says.
type File struct {
	// Settings are the keys that mirror flags of the same name, as the text
	// that the flag would take.
	Settings map[string][]string
	// Env has variables for ${NAME}; those of the environment win.
	Env        map[string]string
	Header     http.Header
	Thresholds []threshold.Rule
	// Loads replace the loads of the scenario, if there are any.
	Loads []Load
}

// A Load is a scenario under a pattern.
type Load struct {
	Scenario string // "" means the only one there is
	Open     bool   // the level is iterations per second instead of users
	Pattern  pattern.Pattern
	Offset   time.Duration
	MaxUsers int   // of the open model
	Times    int64 // iterations in all
}

// A kind says what text a setting takes.
type kind uint8

const (
	text kind = iota
	number
	whole
	rate
	duration
	boolean
	texts
)

// settings are the keys of a config file that mirror flags.
func settings() map[string]kind {
	return map[string]kind{
		"users": whole, "rate": rate, "duration": duration,
		"pattern": text, "ramp-to": number, "step-size": number, "step-duration": duration,
		"spike-to": number, "spike-duration": duration, "low": number, "period": duration,
		"max-rps": rate, "max-users": whole, "iterations": whole, "seed": whole,
		"graceful-stop": duration, "warmup": duration,
		"base-url": text, "timeout": duration, "insecure": boolean, "http": text,
		"connect-to": texts, "proxy": text, "local-addr": texts, "allow-host": texts, "allow-public": boolean,
		"output": text, "format": texts, "no-report": boolean, "baseline": text,
		"fail-on-error-rate": number, "fail-on-invalid": boolean,
		"dashboard": boolean, "dashboard-addr": text, "dashboard-host": texts, "dashboard-token": boolean, "open": boolean, "linger": duration,
		"quiet": boolean, "verbose": boolean, "no-color": boolean,
	}
}
