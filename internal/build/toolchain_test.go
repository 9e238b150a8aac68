package build

import (
	"errors"
	"os/exec"
	"testing"
)

func TestWithoutGoThereAreThreeWaysOn(t *testing.T) {
	compare := golden(t, "notoolchain.golden")
	s := newSite(t)
	s.write("shop.go", program(`"x"`))
	t.Setenv("PATH", s.path("empty"))
	var none *NoToolchainError
	err := s.fail(s.path("shop.go"))
	if !errors.As(err, &none) || !errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("got %v, want a NoToolchainError", err)
	}
	none.Err = errors.New("executable file not found") // each system has words of its own around it
	compare(none.Error())
}

func TestGoThatIsTooOldSaysSoInManyWays(t *testing.T) {
	tests := []struct {
		name, stderr string
		want         *OldToolchainError
	}{
		{"it may not fetch another", "go: go.mod requires go >= 1.25.0 (running go 1.22.1; GOTOOLCHAIN=local)\n", &OldToolchainError{"1.22.1", "1.25.0", "local"}},
		{"it is held at a version", "go: go.mod requires go >= 1.25.0 (running go 1.22.1; GOTOOLCHAIN=go1.22.1; go.work sets go 1.21)\n", &OldToolchainError{"1.22.1", "1.25.0", "go1.22.1"}},
		{"it doesn't fetch another", "go: ../x/go.mod requires go >= 1.99 (running go 1.26.8)\n", &OldToolchainError{"1.26.8", "1.99", ""}},
		{"it can't fetch another", "go: download go1.99.0 for linux/amd64: toolchain not available\n", &OldToolchainError{"", "1.99.0", ""}},
		{"it has no -json", "flag provided but not defined: -json\nusage: go build\n", &OldToolchainError{"", oldestGo, ""}},
		{"it can't read go.mod", "go: errors parsing go.mod:\ngo.mod:3: invalid go version '1.25.0': must match format 1.23\n", &OldToolchainError{"", oldestGo, ""}},
		{"it is fine", "go: cannot find main module\n", nil},
	}
	for _, tt := range tests {
		got := (&failure{stderr: tt.stderr}).tooOld()
		if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestOldToolchainMessages(t *testing.T) {
	for want, err := range map[string]*OldToolchainError{
		"the Go toolchain here (1.22.1) is too old: this scenario needs Go 1.25.0 or newer\nhint: install a newer Go (https://go.dev/dl), or set GOTOOLCHAIN=auto instead of local, so that go fetches one by itself": {"1.22.1", "1.25.0", "local"},
		"the Go toolchain here is too old: this scenario needs Go 1.25.0 or newer\nhint: install a newer Go (https://go.dev/dl)":                                                                                      {"", "1.25.0", ""},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAScenarioThatNeedsANewerGo(t *testing.T) {
	s := newSite(t)
	s.write("shop/go.mod", "module example.com/shop\n\ngo 1.999.0\n\nrequire "+sdkModule+" v1.0.0\n")
	s.write("shop/main.go", program(`"x"`))
	var old *OldToolchainError
	if err := s.fail(s.path("shop")); !errors.As(err, &old) || old.Need != "1.999.0" || old.Setting != "local" {
		t.Errorf("got %v, want that Go 1.999.0 is needed", err)
	}
}

func TestAGoThatIsNoProgram(t *testing.T) {
	s := newSite(t)
	s.write("shop.go", program(`"x"`))
	s.Go = s.path("shop.go")
	var none *NoToolchainError
	if err := s.fail(s.path("shop.go")); !errors.As(err, &none) {
		t.Errorf("got %v, want a NoToolchainError", err)
	}
}
