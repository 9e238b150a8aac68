package natsbus

import (
	"strings"
	"testing"
	"time"
)

func TestTokensLetOneWorkerIntoOneRunForATime(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	secret, foreign := []byte("of this run"), []byte("of another run")
	mine := Token{Run: "r1", Worker: "a", Expires: now}
	for _, test := range []struct {
		says   string
		token  string
		worker string
		want   string // of the error; empty: it is let in
	}{
		{"its own", mine.sign(secret), "a", ""},
		{"anybody's", Token{"r1", Anybody, now}.sign(secret), "b", ""},
		{"another worker's", mine.sign(secret), "b", `the token is for the worker "a"`},
		{"expired", Token{"r1", "a", now.Add(-time.Second)}.sign(secret), "a", "the token has expired"},
		{"of another run", Token{"r2", "a", now}.sign(secret), "a", "not one of this run"},
		{"made with another secret", mine.sign(foreign), "a", "not one of this run"},
		{"with a claim of another", strings.Split(Token{"r1", Anybody, now}.sign(secret), ".")[0] + "." + strings.Split(mine.sign(secret), ".")[1], "a", "not one of this run"},
		{"cut short", mine.sign(secret)[:20], "a", "not one of this run"},
		{"empty", "", "a", "not one of this run"},
		{"no base 64", "!.!", "a", "not one of this run"},
	} {
		t.Run(test.says, func(t *testing.T) {
			err := checkToken(test.token, secret, "r1", test.worker, now)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}

func TestJoinStrings(t *testing.T) {
	want := Join{URL: "tls://host:4222", Pin: "pin", Run: "r1", Token: "t"}
	if got, err := ParseJoin(" " + want.String() + "\n"); err != nil || got != want {
		t.Errorf("join = %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"", "lf2.abc", "lf1.!", "lf1.e30", Join{URL: "tls://h", Run: "a.b"}.String(), want.String()[:12]} {
		if _, err := ParseJoin(text); err == nil {
			t.Errorf("ParseJoin(%q) has no error", text)
		}
	}
}

func TestPlainTextStaysOnThisMachine(t *testing.T) {
	for url, ok := range map[string]bool{
		"nats://127.0.0.1:4222": true, "nats://localhost:4222": true, "nats://[::1]:4222": true, "tls://host.example:4222": true,
		"nats://host.example:4222": false, "nats://10.0.0.1:4222": false, "host.example": false, "": false,
	} {
		err := checkURL(url)
		if (err == nil) != ok {
			t.Errorf("checkURL(%q) = %v", url, err)
		}
	}
	if err := checkURL("nats://me:canary@host.example:4222"); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error = %v, want one without the password", err)
	}
}

func FuzzParseJoin(f *testing.F) {
	f.Add(Join{URL: "tls://host:4222", Pin: "pin", Run: "r1", Token: "t"}.String())
	f.Add("lf1.e30")
	f.Add("lf2.abc")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		j, err := ParseJoin(text)
		if err != nil {
			if j != (Join{}) {
				t.Fatalf("%q: an error, and %+v", text, j)
			}
			return
		}
		if again, err := ParseJoin(j.String()); err != nil || again != j {
			t.Fatalf("%+v is read as %+v, %v", j, again, err)
		}
	})
}

// No text that was not signed lets anybody in.
func FuzzCheckToken(f *testing.F) {
	secret, now := []byte("of this run"), time.Unix(1_900_000_000, 0)
	mine := Token{Run: "r1", Worker: "a", Expires: now}.sign(secret)
	f.Add(mine)
	f.Add(Token{"r1", Anybody, now}.sign([]byte("of another run")))
	f.Add(mine[:20])
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		if checkToken(text, secret, "r1", "a", now) != nil {
			return
		}
		if claim, sum, _ := strings.Cut(mine, "."); !strings.HasPrefix(text, claim[:len(claim)-1]) || !strings.Contains(text, "."+sum[:len(sum)-1]) {
			t.Fatalf("%q was let in", text)
		}
	})
}
