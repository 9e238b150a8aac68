package build

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"
)

// patience is how long a build may take before somebody should say something.
const patience = 2 * time.Second

// progress tells the user what goes on. It may be used concurrently.
type progress struct {
	mu sync.Mutex
	w  io.Writer // nil discards
}

// print writes text, which has whole lines.
func (p *progress) print(text string) {
	if p.w == nil || text == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	io.WriteString(p.w, text) //nolint:errcheck // news nobody can be told are lost
}

// slow prints line if the function it returns isn't called soon.
func (p *progress) slow(line string) (stop func()) {
	printed := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(printed)
		p.print(line + "\n")
	})
	return func() {
		if !timer.Stop() {
			<-printed
		}
	}
}

// chatter is go's standard error: news are passed on, the rest is kept. It has
// one writer.
type chatter struct {
	says *progress
	line []byte // not finished yet
	kept strings.Builder
}

func (c *chatter) Write(p []byte) (int, error) {
	c.line = append(c.line, p...)
	for {
		line, after, ok := bytes.Cut(c.line, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		c.take(string(line) + "\n")
		c.line = after
	}
}

func (c *chatter) take(line string) {
	if isNews(line) {
		c.says.print(line)
		return
	}
	c.kept.WriteString(line)
}

// rest returns what was kept, after the last write.
func (c *chatter) rest() string { return c.kept.String() + string(c.line) }
