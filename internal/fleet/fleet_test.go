package fleet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/loadforge/loadforge/internal/cli"
	"github.com/loadforge/loadforge/internal/cluster"
	"github.com/loadforge/loadforge/internal/natsbus"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestWhoCannotRunTheProgramIsToldWhy(t *testing.T) {
	here := runtime.GOOS + "/" + runtime.GOARCH
	for _, test := range []struct {
		says      string
		applicant natsbus.Applicant
		want      string
	}{
		{"the same version", natsbus.Applicant{Min: cluster.Protocol, Max: cluster.Protocol, System: here}, ""},
		{"a newer one that speaks the old protocol too", natsbus.Applicant{Min: cluster.Protocol, Max: cluster.Protocol + 1, System: here}, ""},
		{"an old version", natsbus.Applicant{Min: cluster.Protocol - 1, Max: cluster.Protocol - 1, System: here}, "install the same version"},
		{"a version of the future", natsbus.Applicant{Min: cluster.Protocol + 1, Max: cluster.Protocol + 2, System: here}, "install the same version"},
		{"another system", natsbus.Applicant{Min: cluster.Protocol, Max: cluster.Protocol, System: "plan9/mips"}, "it is plan9/mips"},
	} {
		t.Run(test.says, func(t *testing.T) {
			err := check(test.applicant)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

func TestBundlesHaveWhatIsBelowTheDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	program := write(t, "shop", "program")
	data := write(t, filepath.Join("data", "users.csv"), "a\nb\n")
	b, err := pack(program, []string{data})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.files) != 1 || b.files[0].Path != "data/users.csv" || b.blobs[b.files[0].Digest] != data || b.blobs[b.program] != program {
		t.Errorf("bundle = %+v", b)
	}
	before := b.digest()
	write(t, data, "other rows")
	if b, err = pack(program, []string{data}); err != nil || b.digest() == before {
		t.Errorf("digest is the same for other rows; error %v", err)
	}
	for _, name := range []string{"../shop", "/shop", "missing.csv"} {
		if _, err := pack(program, []string{name}); err == nil {
			t.Errorf("%s is shipped", name)
		}
	}
	if _, err := pack("missing", nil); err == nil {
		t.Error("a program that is not there is shipped")
	}
}

func TestFilesStayBelowTheDirectoryOfTheRun(t *testing.T) {
	e := &enrolment{cache: t.TempDir(), spool: t.TempDir()}
	write(t, e.blob("d1"), "rows")
	dir, err := e.lay(Order{Files: []File{{Path: "data/users.csv", Digest: "d1"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "data", "users.csv")); err != nil || string(got) != "rows" {
		t.Errorf("file = %q, %v", got, err)
	}
	for _, name := range []string{"../users.csv", "/users.csv", "a/../../users.csv"} {
		if _, err := e.lay(Order{Files: []File{{Path: name, Digest: "d1"}}}); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestOnlyTheStateOfARunIsForgotten(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "bus")
	write(t, filepath.Join(mine, "keys.json"), "{}")
	giveBack, err := take(mine)
	if err != nil {
		t.Fatal(err)
	}
	defer giveBack()
	if err := forget(mine); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(mine); err != nil || len(left) != 1 || left[0].Name() != lockName {
		t.Errorf("%v, %v is left, want the lock alone", left, err)
	}
	photo := write(t, filepath.Join(dir, "home", "photo.jpg"), "")
	if _, err := take(filepath.Dir(photo)); err == nil || !strings.Contains(err.Error(), "photo.jpg") {
		t.Errorf("error = %v, want it to name what it found", err)
	}
	if left, err := os.ReadDir(filepath.Dir(photo)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v is in somebody's directory, want what was there", left, err)
	}
}

func TestTheStateOfARunIsItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results", ".bus")
	giveBack, err := take(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := write(t, filepath.Join(dir, "keys.json"), "{}")
	other := cli.HostRequest{Path: write(t, filepath.Join(t.TempDir(), "shop"), "program"), State: dir}
	if err := Host(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another run uses it; --state DIR") {
		t.Errorf("error = %v, want that another run uses it", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("the state of the run is gone: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil { // as at the end of a run
		t.Fatal(err)
	}
	giveBack()
	if giveBack, err = take(dir); err != nil {
		t.Fatal(err)
	}
	giveBack()
}

// A directory that is somebody's is not removed at the end of a run that was
// none.
func TestOnlyTheStateOfARunIsGoneOnWith(t *testing.T) {
	photo := write(t, filepath.Join(t.TempDir(), "photo.jpg"), "")
	err := Host(t.Context(), cli.HostRequest{
		Path: write(t, filepath.Join(t.TempDir(), "shop"), "program"), State: filepath.Dir(photo), Resume: true,
	})
	if err == nil || !strings.Contains(err.Error(), "photo.jpg") {
		t.Errorf("error = %v, want it to name what it found", err)
	}
	if _, err := os.Stat(photo); err != nil {
		t.Error(err)
	}
}

func TestProgramsAreCalledWhatTheSystemRuns(t *testing.T) {
	e := &enrolment{cache: "cache"}
	for system, want := range map[string]string{"linux": "d1", "darwin": "d1", "windows": "d1.exe"} {
		if got := e.program("d1", system); got != filepath.Join("cache", want) {
			t.Errorf("on %s it is %s, want %s", system, got, want)
		}
	}
}

func TestWorkersOfOneNameHaveSpoolsOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	join := natsbus.Join{Run: "r1"}
	var spools []string
	for range 2 {
		e, err := newEnrolment(join, cli.EnrolRequest{Name: "my host/1", Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(e.worker, "my-host-1_") || e.Weight <= 0 {
			t.Errorf("enrolment = %+v", e)
		}
		spools = append(spools, e.spool)
	}
	if spools[0] == spools[1] {
		t.Errorf("both have %s", spools[0])
	}
}

func TestARunIsGoneOnWithIfItIsThatOfTheKey(t *testing.T) {
	mine, other := natsbus.Key(strings.Repeat("mine", 8)), natsbus.Key(strings.Repeat("them", 8))
	dir := t.TempDir()
	if begun(mine, dir) {
		t.Error("nothing has begun")
	}
	bus, err := natsbus.Open(natsbus.HostConfig{Dir: dir, Key: mine})
	if err != nil {
		t.Fatal(err)
	}
	bus.Close()
	if begun(mine, dir) {
		t.Error("no coordinator has noted a run")
	}
	write(t, filepath.Join(dir, "run"), "results/1")
	if !begun(mine, dir) || begun(other, dir) {
		t.Errorf("begun: its key %v, another %v", begun(mine, dir), begun(other, dir))
	}
}

func TestWorkersWaitAsLongAsTheyWereTold(t *testing.T) {
	err := Enrol(t.Context(), cli.EnrolRequest{
		Key: strings.Repeat("mine", 8), Coordinator: "127.0.0.1:1", Wait: time.Millisecond, Dir: t.TempDir(),
	})
	if err == nil || !strings.Contains(err.Error(), "find the coordinator") {
		t.Errorf("error = %v, want that nobody is there", err)
	}
	for _, r := range []cli.EnrolRequest{{Key: "short", Coordinator: "127.0.0.1:1"}, {Join: "lf0.x"}} {
		var mistake *cli.RequestError
		if err := Enrol(t.Context(), r); !errors.As(err, &mistake) {
			t.Errorf("%+v: error = %v, want it a mistake", r, err)
		}
	}
}

func TestWorkersThatWaitAreInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	err := Enrol(ctx, cli.EnrolRequest{Key: strings.Repeat("mine", 8), Coordinator: "127.0.0.1:1", Dir: t.TempDir()})
	if !errors.Is(err, cli.ErrInterrupted) {
		t.Errorf("error = %v, want it interrupted", err)
	}
}
