package cli

import (
	"context"
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
