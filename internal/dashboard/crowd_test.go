package dashboard

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// 200 look on, of which 20 never read: no second is late, the memory is
// bounded, those who read get every row, and nobody is left at the end.
func TestACrowdHoldsNoRun(t *testing.T) {
	const clients, silent, seconds, names = 200, 20, 40, 20
	run := tell(NewLive(LiveConfig{Run: testRun(), Room: 2 << 20}), names).begin(t)
	run.stream.patience = 4 * time.Second
	server := serving(t, run.Live, ServerConfig{})
	before := heap()
	var rows atomic.Int64
	var reading sync.WaitGroup
	transport := &http.Transport{DisableKeepAlives: true}
	for range clients - silent {
		reading.Go(func() { rows.Add(int64(countRows(t, transport, server.URL()))) })
	}
	for range silent {
		deaf(t, server.URL())
	}
	watched := func(by int) func() bool {
		return func() bool { count, _ := run.stream.watching(); return count == by }
	}
	await(t, watched(clients))
	faster := time.NewTicker(150 * time.Millisecond) // than seconds are
	defer faster.Stop()
	took := make([]time.Duration, 0, seconds)
	for range seconds {
		begin := time.Now()
		run.seconds(t, 1)
		took = append(took, time.Since(begin))
		<-faster.C
	}
	grown := int64(heap()) - int64(before)
	await(t, watched(clients-silent)) // the others have been dropped
	run.end(t)
	reading.Wait()
	server.Close()
	slices.Sort(took)
	t.Logf("a second takes %v to tell, 99%% %v, at most %v; %d KiB more on the heap; %d rows read",
		took[seconds/2], took[seconds*99/100], took[seconds-1], grown>>10, rows.Load())
	if worst := took[seconds-1]; worst >= run.stream.patience {
		t.Errorf("a second was held for %v, as long as somebody silent is waited for", worst)
	}
	if grown > 100<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
	if got, want := rows.Load(), int64((clients-silent)*seconds); got != want {
		t.Errorf("clients that read got %d rows, want %d", got, want)
	}
}

// countRows reads a stream to its end.
func countRows(t *testing.T, transport http.RoundTripper, url string) (rows int) {
	response, err := (&http.Client{Transport: transport}).Get(url + "api/v1/stream")
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	ended := false
	lines := bufio.NewReaderSize(response.Body, 16<<10)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == io.EOF && ended:
			return rows
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			t.Errorf("a client was not told of the end: %v", err)
			return rows
		case string(line) == "event: row\n":
			rows++
		case string(line) == "event: end\n":
			ended = true
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
