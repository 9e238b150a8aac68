package synth

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
)

// A maker makes up the seconds of a plan.
type maker struct {
	Plan
	weights []float64 // share of the requests by name
	normal  [4096]float64
}

func newMaker(p Plan) *maker {
	m := &maker{Plan: p, weights: make([]float64, p.Names)}
	sum := 0.0
	for i := range m.weights {
		m.weights[i] = 1 / math.Sqrt(float64(i+1))
		sum += m.weights[i]
	}
	for i := range m.weights {
		m.weights[i] /= sum
	}
	random := rand.New(rand.NewPCG(p.Seed, 1))
	for i := range m.normal { // drawing from them is four times as fast
		m.normal[i] = math.Exp(0.55 * random.NormFloat64())
	}
	return m
}

// Second makes up a second of a run.
func (p Plan) Second(n int) *metrics.Snapshot { return newMaker(p.withDefaults()).second(n) }

// gap reports whether a second is missing: of long runs a few are.
func (m *maker) gap(n int) bool { return m.Seconds >= 300 && n >= m.Seconds/3 && n < m.Seconds/3+3 }

func (m *maker) message(n int) string {
	if n == m.Seconds-1 {
		return "the pattern has ended: users finish"
	}
	return ""
}

func (m *maker) second(n int) *metrics.Snapshot {
	random := rand.New(rand.NewPCG(m.Seed, uint64(n)+2))
	at := (float64(n) + 0.5) / float64(m.Seconds)
	users := m.level(at)
	bad := at >= incidentFrom && at < incidentTo
	started := uint64(users * 0.9)
	s := &metrics.Snapshot{
		Worker: -1, Second: n, Length: time.Second, Workers: 1, Covered: 1, Peak: int(users) + 8,
		Loads:  loads(users, started, errorsOf(started, bad)),
		Checks: []metrics.CheckStats{{Name: "page lists products", Passed: started - errorsOf(started, bad), Failed: errorsOf(started, bad)}},
		Health: health(random, users),
	}
	slow := m.Slow * (1 + math.Pow(users/260, 3))
	if bad {
		slow *= 6
	}
	for i := range m.Names {
		s.Names = append(s.Names, m.name(random, s, i, users, slow, bad))
	}
	s.Names = append(s.Names, m.group(random, started, slow))
	if n*20 < m.Seconds {
		s.Names = append(s.Names, m.login(random, slow))
	}
	slices.SortFunc(s.Names, func(a, b metrics.NameStats) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), strings.Compare(a.Name, b.Name))
	})
	for range started / 2 {
		s.Lag.Record(int64(random.ExpFloat64() * 70_000))
	}
	return s
}

func loads(users float64, started, failed uint64) []metrics.LoadStats {
	return []metrics.LoadStats{
		{
			Scenario: "shopper", Target: users, Active: int(users), Busy: int(users * 0.7), Peak: int(users),
			Scheduled: started, Started: started, Finished: started, Failed: failed,
		},
		{Scenario: "webhook", Target: 5, Active: 6, Busy: 1, Peak: 8, Scheduled: 5, Started: 5, Finished: 5},
	}
}

func health(random *rand.Rand, users float64) metrics.Health {
	return metrics.Health{
		CPU: 0.1 + users/800 + 0.03*random.Float64(), SchedLatency: time.Duration(60+random.IntN(90)) * time.Microsecond,
		GCPause: time.Duration(100+random.IntN(250)) * time.Microsecond, Heap: uint64(40+random.IntN(24)) << 20,
		Goroutines: int(users) + 24, FDs: int(users) + 12, FDLimit: 65536, PortsInUse: int(users), PortRange: 28232,
	}
}

func errorsOf(count uint64, bad bool) uint64 {
	if bad {
		return count / 8
	}
	return 0
}

// stray is an error that comes now and then.
func stray(random *rand.Rand) uint64 {
	if random.IntN(400) == 0 {
		return 1
	}
	return 0
}

// name makes up what happened under a name in a second.
func (m *maker) name(random *rand.Rand, s *metrics.Snapshot, i int, users, slow float64, bad bool) metrics.NameStats {
	expected := m.Rate * m.weights[i] * users / 120
	count := uint64(max(0, expected+math.Sqrt(expected)*random.NormFloat64()))
	n := metrics.NameStats{Name: Name(i), Count: count, BytesOut: 240 * count, BytesIn: uint64(900+700*(i%9)) * count}
	m.latencies(random, &n, count, slow*float64(6+5*(i%11))*1e6)
	n.ByClass[metrics.OK] = count
	failed := errorsOf(count, bad)
	m.fail(s, &n, metrics.Status5xx, 503, failed+stray(random))
	m.fail(s, &n, metrics.Timeout, 0, failed/4+stray(random))
	if ok := n.ByClass[metrics.OK]; ok > 0 {
		n.Codes = append([]metrics.CodeCount{{Code: 200, Count: ok}}, n.Codes...)
	}
	return n
}

func (m *maker) fail(s *metrics.Snapshot, n *metrics.NameStats, class metrics.Class, code uint16, count uint64) {
	count = min(count, n.ByClass[metrics.OK])
	if count == 0 {
		return
	}
	n.ByClass[metrics.OK] -= count
	n.ByClass[class] += count
	message := "no answer within 30s"
	if code > 0 {
		n.Codes = append(n.Codes, metrics.CodeCount{Code: code, Count: count})
		message = "503 Service Unavailable"
	}
	at := time.Duration(s.Second) * time.Second
	s.Errors = append(s.Errors, metrics.ErrorStats{
		Class: class, Name: n.Name, Message: message, Count: count, First: at + 100*time.Millisecond, Last: at + 900*time.Millisecond,
	})
}

// latencies draws log-normal ones around a median, with one in a hundred five
// times as long.
func (m *maker) latencies(random *rand.Rand, n *metrics.NameStats, count uint64, median float64) {
	for range count {
		bits := random.Uint64()
		took := median * m.normal[bits%4096] * (0.95 + 0.1*float64(bits>>52)/4096)
		if bits>>12%100 == 0 {
			took *= 5
		}
		n.Service.Record(int64(took))
		n.Response.Record(int64(took + 60_000))
		n.TTFB.Record(int64(0.8 * took))
		if bits>>20%50 == 0 {
			n.Connect.Record(int64(400_000 + median/40))
			n.TLS.Record(int64(2_000_000 + median/20))
		}
	}
}

func (m *maker) group(random *rand.Rand, count uint64, slow float64) metrics.NameStats {
	n := metrics.NameStats{Name: "buy something", Kind: metrics.Group, Count: count}
	n.ByClass[metrics.OK] = count
	m.latencies(random, &n, count, slow*180e6)
	return n
}

func (m *maker) login(random *rand.Rand, slow float64) metrics.NameStats {
	n := metrics.NameStats{Name: "POST /login", Stage: metrics.Setup, Count: 12, Codes: []metrics.CodeCount{{Code: 200, Count: 12}}}
	n.ByClass[metrics.OK] = 12
	m.latencies(random, &n, 12, slow*45e6)
	return n
}
