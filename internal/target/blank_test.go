package target

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestABlankServerAnswersAndEnds(t *testing.T) {
	url, stop, err := StartBlank("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range 3 {
		response, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || string(body) != "ok" || response.StatusCode != http.StatusOK {
			t.Errorf("it says %d %q, %v", response.StatusCode, body, err)
		}
	}
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	torn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer torn.Close()
	answer := make([]byte, len(blankAnswer))
	for _, part := range []string{"GET / HT", "TP/1.1\r\n", "\r\n"} {
		if _, err := io.WriteString(torn, part); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadFull(torn, answer); err != nil || string(answer) != string(blankAnswer) {
		t.Errorf("a request in pieces gets %q, %v", answer, err)
	}
	_, _ = io.WriteString(torn, strings.Repeat("a", 5<<10))
	if _, err := torn.Read(answer); err == nil {
		t.Error("an endless request is read for ever")
	}
	stop()
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("it is still there")
	}
	if _, stop, err := StartBlank("no address"); err == nil {
		stop()
		t.Error("it listens nowhere")
	}
}
