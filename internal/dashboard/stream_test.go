package dashboard

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAStreamTellsOfARunFromBeginToEnd(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun()}), 3)
	url := serving(t, run.Live, ServerConfig{}).URL()
	client := watch(t, url, "", "")
	if got := client.answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the stream is %s", got)
	}
	run.begin(t)
	first := client.want(resetEvent)
	run.seconds(t, 2)
	for bucket := range 2 {
		if got := client.until(rowEvent).bucket(t); got != bucket {
			t.Errorf("row of bucket %d, want %d", got, bucket)
		}
	}
	status := client.until(statusEvent)
	if !strings.Contains(status.data, `"state":"running"`) || !strings.Contains(status.data, `"dist":[`) {
		t.Errorf("the status is %s", status.data)
	}
	run.end(t)
	end := client.until(endEvent)
	if !strings.Contains(end.data, `"state":"finished"`) || end.id <= first.id {
		t.Errorf("the end is %d %s", end.id, end.data)
	}
	if e, more := client.next(); more {
		t.Errorf("after the end comes %v", e)
	}
}

// A connection that is cut again and again, as with every fourth event here,
// costs no row and brings none twice.
func TestReconnectingLosesNoRow(t *testing.T) {
	const seconds = 120
	run := tell(NewLive(LiveConfig{Run: testRun()}), 5).begin(t)
	url := serving(t, run.Live, ServerConfig{}).URL()
	told := make(chan struct{})
	go func() {
		defer close(told)
		for range seconds {
			run.seconds(t, 1)
			runtime.Gosched()
		}
		run.end(t)
	}()
	var rows []int
	last := ""
	for ended := false; !ended; {
		client := watch(t, url, "", last)
		for range 4 {
			e, ok := client.next()
			if !ok {
				t.Fatal("the stream ended early")
			}
			last = strconv.FormatUint(e.id, 10)
			if e.kind == rowEvent {
				rows = append(rows, e.bucket(t))
			}
			if ended = e.kind == endEvent; ended {
				break
			}
		}
		client.close()
	}
	<-told
	if len(rows) != seconds {
		t.Fatalf("got %d rows, want %d", len(rows), seconds)
	}
	for i, bucket := range rows {
		if bucket != i {
			t.Fatalf("row %d is of bucket %d", i, bucket)
		}
	}
}

func TestWhoHasLostEventsBeginsAnew(t *testing.T) {
	run := tell(NewLive(LiveConfig{Run: testRun(), Room: 20_000}), 5).begin(t).seconds(t, 200)
	url := serving(t, run.Live, ServerConfig{}).URL()
	for _, c := range []struct {
		says  string
		after func() uint64
		lost  bool
	}{
		{"where the log begins", run.log.oldest, false},
		{"before it", func() uint64 { return run.log.oldest() - 1 }, true},
		{"the last event", run.log.last, false},
		{"none yet", func() uint64 { return run.log.last() + 1 }, true},
		{"a number of a run before this one", func() uint64 { return 17 }, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			now := run.log.last()
			client := watch(t, url, fmt.Sprint("?after=", c.after()), "")
			if c.lost {
				if e := client.want(resetEvent); e.id != now {
					t.Errorf("it goes on at %d, want %d", e.id, now)
				}
			}
			run.mu.Lock()
			run.log.add(markEvent, []byte(`"`+c.says+`"`))
			run.log.wake()
			now = run.log.last()
			run.mu.Unlock()
			if e := client.until(markEvent); e.data != `"`+c.says+`"` || e.id != now {
				t.Errorf("then comes %v", e)
			}
		})
	}
	client := watch(t, url, "?after=1", "") // and one who comes back when all is over
	client.want(resetEvent)
	run.end(t)
	late := watch(t, url, "?after=1", "")
	late.want(resetEvent)
	late.want(endEvent)
}

// Where nothing happens, as in a long setup, the state is told all the same.
func TestASilentRunIsAlive(t *testing.T) {
	live := NewLive(LiveConfig{Run: testRun(), State: "setup"})
	live.stream.alive = 5 * time.Millisecond
	client := watch(t, serving(t, live, ServerConfig{}).URL(), "", "")
	for range 3 {
		if e := client.want(statusEvent); !strings.Contains(e.data, `"state":"setup"`) || e.id != live.log.last() {
			t.Errorf("it tells %d %s", e.id, e.data)
		}
	}
}

func TestAStreamRefusesWhatItCantServe(t *testing.T) {
	live := NewLive(LiveConfig{})
	url := serving(t, live, ServerConfig{}).URL()
	if got := watch(t, url, "?after=yesterday", "").answer.StatusCode; got != http.StatusBadRequest {
		t.Errorf("a position that is no number: %d", got)
	}
	live.stream.count = maxStreams
	if got := watch(t, url, "", "").answer.StatusCode; got != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", got)
	}
	live.stream.count = 0
}

// deaf connects, asks for the stream and never reads.
func deaf(t *testing.T, url string) net.Conn {
	t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(16 << 10)
	if _, err := fmt.Fprintf(conn, "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\n\r\n", address); err != nil {
		t.Fatal(err)
	}
	return conn
}
