package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	busJoin = "lf1.eyJ1IjoidGxzOi8vaCJ9"
	busKey  = "of 32 characters that are random"
)

// busFiles are a key and a join string.
func busFiles(t *testing.T) {
	t.Helper()
	inFolder(t, map[string]string{"key.txt": busKey + "\n", "join.txt": busJoin + "\n"})
}

func TestWorkersFindTheirRun(t *testing.T) {
	for _, test := range []struct {
		says, line string
		env        map[string]string
		want       EnrolRequest
	}{
		{says: "a file", line: "--join join.txt --name a", want: EnrolRequest{Join: busJoin, Name: "a"}},
		{says: "the variable", env: map[string]string{"LOADFORGE_JOIN": busJoin}, want: EnrolRequest{Join: busJoin}},
		{
			says: "a key", line: "--key-file key.txt --coordinator host:4222 --wait 90s --weight 2 --dir kept",
			want: EnrolRequest{Key: busKey, Coordinator: "host:4222", Wait: 90 * time.Second, Weight: 2, Dir: "kept"},
		},
	} {
		t.Run(test.says, func(t *testing.T) {
			busFiles(t)
			var got EnrolRequest
			st := stage{env: test.env, tools: Tools{Enrol: func(_ context.Context, r EnrolRequest) error {
				got = r
				return nil
			}}}
			st.play(t, append([]string{"worker"}, strings.Fields(test.line)...)...).wants(t, 0, "")
			test.want.Version = buildVersion()
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestWorkersThatCannotFindARunSayWhy(t *testing.T) {
	for line, want := range map[string]string{
		"":                        "which run?",
		"--join " + busJoin:       "names a file",
		"--join nothing.txt":      "read the join string",
		"--key-file key.txt":      "--coordinator HOST:PORT says it",
		"--coordinator host:4222": "is for --key-file",
		"--key-file nothing.txt --coordinator host:1":          "read the key",
		"--key-file key.txt --coordinator host":                `--coordinator "host": want HOST:PORT`,
		"--key-file key.txt --join join.txt --coordinator h:1": "exclude each other",
	} {
		t.Run(line, func(t *testing.T) {
			busFiles(t)
			st := stage{tools: Tools{Enrol: func(context.Context, EnrolRequest) error {
				t.Error("it joins")
				return nil
			}}}
			st.play(t, append([]string{"worker"}, strings.Fields(line)...)...).wants(t, exitUsage, want)
		})
	}
}

func TestWhatBecameOfAWorkerHasACode(t *testing.T) {
	for _, test := range []struct {
		says string
		err  error
		code int
		said string
	}{
		{"nothing is wrong", nil, exitPassed, ""},
		{"a join string that is none", &RequestError{errors.New("that is no join string")}, exitUsage, "loadforge: that is no join string\n"},
		{"Ctrl-C while it waits", ErrInterrupted, exitInterrupted, "loadforge: interrupted before"},
		{"the run does not take it", errors.New("refused"), exitWorkers, "loadforge: refused\n"},
		{"its process fails", exit(2), exitWorkers, "loadforge: exit status\n"},
	} {
		t.Run(test.says, func(t *testing.T) {
			busFiles(t)
			st := stage{tools: Tools{Enrol: func(context.Context, EnrolRequest) error { return test.err }}}
			st.play(t, "worker", "--join", "join.txt").wants(t, test.code, test.said)
		})
	}
}

func TestACoordinatorThatWasKilledSaysHowToGoOn(t *testing.T) {
	inFolder(t, nil)
	ended := exit(-1)
	st := stage{tools: Tools{Host: func(context.Context, HostRequest) error { return ended }}}
	play := func() played { return st.play(t, "run", "http://localhost:1/", "--expect", "2") }
	play().wants(t, 255, "loadforge: the scenario's program was killed; loadforge report shows what was measured until then\n")
	if err := os.MkdirAll(filepath.Join("results", ".bus"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("results", ".bus", runNote), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	play().wants(t, 255, "loadforge: the coordinator was killed; the same command with --resume goes on with the run\n")
	ended = exitThresholds
	play().wants(t, exitThresholds, "")
}

func TestLeasesThatNoWorkerKeepsAreRefused(t *testing.T) {
	st := stage{tools: Tools{Host: func(context.Context, HostRequest) error { return nil }}}
	for lease, code := range map[string]int{"1ms": exitUsage, "999ms": exitUsage, "1s": exitPassed, "0": exitPassed} {
		said := ""
		if code == exitUsage {
			said = "loadforge: --lease " + lease + ": a worker whose answers take a moment would stop; give it 1s or more (default 10s)\n"
		}
		st.play(t, "run", "http://localhost:1/", "--expect", "2", "--lease", lease).wants(t, code, said)
	}
}

func TestVariablesAskForWorkersOfOtherMachines(t *testing.T) {
	busFiles(t)
	const listen = "0.0.0.0:4222"
	if err := os.WriteFile(".env", []byte("LOADFORGE_LISTEN="+listen+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got HostRequest
	st := stage{
		env: map[string]string{
			"LOADFORGE_EXPECT": "3", "LOADFORGE_JOIN_FILE": "there.txt", "LOADFORGE_KEY_FILE": "key.txt", "LOADFORGE_SHIP": "a.csv\nb.csv",
			"LOADFORGE_OUTPUT": "kept", "LOADFORGE_HEADER": "Authorization: Bearer x",
		},
		tools: Tools{Host: func(_ context.Context, r HostRequest) error {
			got = r
			return nil
		}},
	}
	st.play(t, "run", "http://localhost:1/", "--ship", "c.csv").wants(t, 0, "")
	if got.Workers != 3 || got.Listen != listen || got.JoinFile != "there.txt" || got.Key != busKey || got.State != filepath.Join("kept", ".bus") {
		t.Errorf("request = %+v", got)
	}
	if want := []string{"c.csv"}; !slices.Equal(got.Ship, want) {
		t.Errorf("it ships %q, want what was typed: %q", got.Ship, want)
	}
	if want := []string{"run", "--ship=c.csv", "http://localhost:1/"}; !slices.Equal(got.Args, want) {
		t.Errorf("the coordinator is started with %q, want %q", got.Args, want)
	}
	st.play(t, "run", "http://localhost:1/").wants(t, 0, "")
	if want := []string{"a.csv", "b.csv"}; !slices.Equal(got.Ship, want) {
		t.Errorf("it ships %q, want %q", got.Ship, want)
	}
}

func TestTheKeyIsReadForTheBus(t *testing.T) {
	busFiles(t)
	var got HostRequest
	st := stage{tools: Tools{Host: func(_ context.Context, r HostRequest) error {
		got = r
		return nil
	}}}
	st.play(t, "run", "http://localhost:1/", "--expect", "2", "--key-file", "key.txt", "--resume").wants(t, 0, "")
	if got.Key != busKey || !got.Resume || got.Workers != 2 {
		t.Errorf("request = %+v", got)
	}
	if line := strings.Join(got.Args, " "); strings.Contains(line, busKey) {
		t.Errorf("the key is on the command line: %s", line)
	}
	st.play(t, "run", "http://localhost:1/", "--expect", "2", "--key-file", "key.txt", "--bus", "tls://host:4222").wants(t, exitUsage, "need the join string")
	st.play(t, "run", "http://localhost:1/", "--expect", "2", "--key-file", "nothing.txt").wants(t, exitUsage, "read the key")
}
