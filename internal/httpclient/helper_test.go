package httpclient

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// helpers run in a process of their own: what they allocate, or use up, is not
// the test's.
var helpers = map[string]func() int{
	"tls server": helpTLSServer,
	"few files":  helpFewFiles,
}

// helper starts a helper and returns the first line it prints.
func helper(t testing.TB, name string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HTTPCLIENT_HELPER="+name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("helper %q: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// helpTLSServer is serveFixed behind TLS until its input ends.
func helpTLSServer() int {
	t := &helperT{}
	config, _ := loopback(t)
	server := serveTLS(t, config, echoFixed)
	fmt.Println(server.address())
	_, _ = io.Copy(io.Discard, os.Stdin)
	server.close()
	return 0
}

// A helperT is as much of a testing.TB as the servers need.
type helperT struct{ testing.TB }

func (*helperT) Helper()           {}
func (*helperT) Cleanup(func())    {}
func (*helperT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
