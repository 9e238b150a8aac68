package engine

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A Limiter is a token bucket that caps requests per second. Token n comes due
// at n/rate seconds, computed from n itself and not from the token before, so
// that rounding never adds up: over any long run with enough demand the number
// of requests is exactly the rate times the time. Who asks first is served
// first. Tokens that nobody wants are kept for 10 ms, at least one of them;
// that is the burst after a pause, and it makes up for timers that ring late.
//
// A nil Limiter does not limit. A Limiter may be used by any number of
// goroutines at once.
type Limiter struct {
	bucket atomic.Pointer[bucket]
	// timers keeps the timers of those who waited for those who will.
	timers sync.Pool
}

// A bucket is a limiter as long as its rate does not change.
type bucket struct {
	start time.Time
	rate  float64 // tokens per nanosecond
	burst int64
	next  atomic.Int64 // the first token not yet taken
}

// limiterBurst is for how long a limiter keeps unused tokens.
const limiterBurst = 10 * time.Millisecond

// NewLimiter returns a limiter of perSecond requests per second. It returns
// nil, no limit, unless perSecond is a positive finite number.
func NewLimiter(perSecond float64) *Limiter {
	if !(perSecond > 0) || math.IsInf(perSecond, 1) {
		return nil
	}
	l := new(Limiter)
	l.bucket.Store(newBucket(perSecond))
	return l
}

func newBucket(perSecond float64) *bucket {
	rate := perSecond / float64(time.Second)
	return &bucket{
		start: time.Now(),
		rate:  rate,
		burst: max(1, int64(rate*float64(limiterBurst))),
	}
}

// change changes the rate at a moment after start. Those who wait keep the
// turn they have. A worker without a share has no requests to limit.
func (l *Limiter) change(at time.Duration, perSecond float64, start time.Time) {
	if l == nil || !(perSecond > 0) {
		return
	}
	time.AfterFunc(time.Until(start.Add(at)), func() { l.bucket.Store(newBucket(perSecond)) })
}

// Wait returns as soon as the caller may send one request, or with the
// context's error when that ends first. The token of a caller that gives up is
// lost.
func (l *Limiter) Wait(ctx context.Context) error {
	if l == nil {
		return nil
	}
	b := l.bucket.Load()
	now := time.Since(b.start)
	due := b.due(b.take(now))
	if due <= now {
		return nil
	}
	return l.sleep(ctx, due-now)
}

// take reserves the next token. Tokens older than the burst have expired.
func (b *bucket) take(now time.Duration) int64 {
	oldest := int64(math.Floor(float64(now)*b.rate)) + 1 - b.burst
	for {
		next := b.next.Load()
		token := max(next, oldest)
		if b.next.CompareAndSwap(next, token+1) {
			return token
		}
	}
}

// due is when a token may be used, since the bucket's start.
func (b *bucket) due(token int64) time.Duration {
	return time.Duration(math.Ceil(float64(token) / b.rate))
}

func (l *Limiter) sleep(ctx context.Context, d time.Duration) error {
	timer, ok := l.timers.Get().(*time.Timer)
	if ok {
		timer.Reset(d)
	} else {
		timer = time.NewTimer(d)
	}
	defer l.timers.Put(timer)
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		timer.Stop()
		return ctx.Err()
	}
}
