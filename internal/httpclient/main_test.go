package httpclient

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or one of the helpers that tests start as a process
// of their own, and fails if a goroutine is left.
func TestMain(m *testing.M) {
	if helper := helpers[os.Getenv("HTTPCLIENT_HELPER")]; helper != nil {
		os.Exit(helper())
	}
	goleak.VerifyTestMain(m)
}
