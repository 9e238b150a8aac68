package build

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// play is what this test program does when a test started it under a role.
func play(role string) int {
	if role == "scenario" {
		fmt.Print(os.Args[1:])
		return 7
	}
	os.Setenv("BUILD_TEST_ROLE", "scenario")
	err := Exec(os.Args[0], append([]string{"shop"}, os.Args[1:]...), os.Environ())
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 1
}

func TestExecPassesArgumentsAndExitCode(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-u", "5")
	cmd.Env = append(os.Environ(), "BUILD_TEST_ROLE=command")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("the command ended with %v, want exit code 7", err)
	}
	if got, want := string(out), "[-u 5]"; got != want {
		t.Errorf("the scenario saw %q, want %q", got, want)
	}
}

func TestExecOfNothing(t *testing.T) {
	if err := Exec(filepath.Join(t.TempDir(), "none"), []string{"none"}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
}
