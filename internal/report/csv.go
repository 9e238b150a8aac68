package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/loadforge/loadforge/internal/metrics"
	"github.com/loadforge/loadforge/internal/page"
)

// cell returns a text fit for a cell. A spreadsheet takes one that begins like a
// formula for a formula; a leading apostrophe makes it text.
func cell(s string) string {
	s = page.Clean(s)
	if trimmed := strings.TrimLeftFunc(s, isBlank); trimmed != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(trimmed)[0]) {
		return "'" + s
	}
	return s
}

func isBlank(r rune) bool { return r == ' ' || r == 0xa0 || r == 0xfeff || r == 0x200b }

func decimalCell(x float64, decimals int) string {
	return strconv.FormatFloat(round(x, decimals), 'f', -1, 64)
}

func countCell(n uint64) string { return strconv.FormatUint(n, 10) }

func millisCell(ns int64) string { return decimalCell(millis(time.Duration(ns)), 3) }

// timeseries writes timeseries.csv, a row a second.
type timeseries struct{ csv *csv.Writer }

var timeseriesColumns = []string{
	"second", "target_users", "target_rate", "active_users", "scheduled", "started", "dropped", "requests", "errors", "bytes_received",
	"response_p50_ms", "response_p95_ms", "response_p99_ms", "response_max_ms", "service_p99_ms",
}

func newTimeseries(w io.Writer) *timeseries {
	t := &timeseries{csv: csv.NewWriter(w)}
	_ = t.csv.Write(timeseriesColumns) // an error is that of flush
	return t
}

// add adds a row. The percentiles are those of its second, however few requests
// it had; without any their cells are empty.
func (t *timeseries) add(m *moment) {
	row := []string{
		strconv.Itoa(m.second),
		decimalCell(m.users, 3),
		decimalCell(m.rate, 3),
		strconv.Itoa(m.active),
		countCell(m.scheduled),
		countCell(m.started),
		countCell(m.dropped),
		countCell(m.requests),
		countCell(m.errors),
		countCell(m.bytesIn),
		"", "", "", "", "",
	}
	if h := &m.response; h.Count() > 0 {
		var q [3]int64
		h.Quantiles([]float64{0.5, 0.95, 0.99}, q[:])
		row[10], row[11], row[12], row[13] = millisCell(q[0]), millisCell(q[1]), millisCell(q[2]), millisCell(h.Max())
	}
	if m.service.Count() > 0 {
		row[14] = millisCell(m.service.Quantile(0.99))
	}
	_ = t.csv.Write(row)
}

func (t *timeseries) flush() error {
	t.csv.Flush()
	return t.csv.Error()
}

var endpointColumns = []string{
	"name", "stage", "kind", "requests", "errors", "error_rate", "requests_per_s", "bytes_sent", "bytes_received",
	"response_min_ms", "response_mean_ms", "response_p50_ms", "response_p75_ms", "response_p90_ms", "response_p95_ms",
	"response_p99_ms", "response_p999_ms", "response_max_ms", "service_p50_ms", "service_p95_ms", "service_p99_ms",
	"ttfb_p95_ms", "connect_p95_ms", "tls_p95_ms", "dns_p95_ms",
}

// writeEndpoints writes endpoints.csv, a row for each name. A percentile that
// fewer than ten values lie above is empty.
func (r *Run) writeEndpoints(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(endpointColumns) // an error is that of Flush
	s := r.summary()
	for _, names := range [][]metrics.NameSummary{s.Names, s.Stages} {
		for i := range names {
			_ = out.Write(endpointRow(&names[i]))
		}
	}
	out.Flush()
	return out.Error()
}

func endpointRow(n *metrics.NameSummary) []string {
	row := []string{
		cell(n.Name), n.Stage.String(), n.Kind.String(), countCell(n.Count), countCell(n.Errors),
		decimalCell(n.ErrorRate, 6), decimalCell(n.PerSecond, 3), countCell(n.BytesOut), countCell(n.BytesIn),
	}
	response, service := latencyOf(&n.Response), latencyOf(&n.Service)
	ttfb, connect, tls, dns := latencyOf(&n.TTFB), latencyOf(&n.Connect), latencyOf(&n.TLS), latencyOf(&n.DNS)
	for _, x := range []*float64{
		response.Min, response.Mean, response.P50, response.P75, response.P90, response.P95,
		response.P99, response.P999, response.Max, service.P50, service.P95, service.P99,
		ttfb.P95, connect.P95, tls.P95, dns.P95,
	} {
		if x == nil {
			row = append(row, "")
		} else {
			row = append(row, decimalCell(*x, 3))
		}
	}
	return row
}
