package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dramac-main/dramac-cms/sdk/errs"
)

// recorder remembers what was answered, for the log and the metrics.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// discard is where answers go that nobody is to get.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(pool *pgxpool.Pool) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dramac_http_requests_total", Help: "Requests answered, by route, method and status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dramac_http_request_seconds", Help: "Time from the first byte to the answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route"}),
	}
	gauge := func(name, help string, read func(*pgxpool.Stat) int32) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(read(pool.Stat())) })
	}
	m.registry.MustRegister(m.requests, m.duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("dramac_db_connections", "Open connections to the database.", (*pgxpool.Stat).TotalConns),
		gauge("dramac_db_connections_used", "Connections in use.", (*pgxpool.Stat).AcquiredConns),
		gauge("dramac_db_connections_max", "The pool's limit.", (*pgxpool.Stat).MaxConns))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// knownMethods are the labels that a request's method can become.
var knownMethods = []string{"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"}

// finish writes the request's one log line and counts it.
func (s *Server) finish(r *http.Request, out *recorder, id string, took time.Duration) {
	pattern := r.Pattern
	if pattern == "" {
		pattern = "none"
	}
	method := r.Method
	if !slices.Contains(knownMethods, method) {
		method = "other" // what the client makes up must not become a series
	}
	s.metrics.requests.WithLabelValues(pattern, method, strconv.Itoa(out.status)).Inc()
	s.metrics.duration.WithLabelValues(pattern).Observe(took.Seconds())
	s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request", id), slog.String("method", r.Method), slog.String("host", r.Host),
		slog.String("path", r.URL.Path), slog.Int("status", out.status), slog.Int("bytes", out.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("address", s.address(r)))
}

// healthy answers that the process runs.
func healthy(*call) (answer, error) {
	return answer{body: []byte("ok\n"), header: plain()}, nil
}

// readyTimeout is how long the database may take to answer before the process
// counts as not ready.
const readyTimeout = 2 * time.Second

// ready answers whether requests can be served: the database must answer.
func ready(c *call) (answer, error) {
	ctx, cancel := context.WithTimeout(c.ctx, readyTimeout)
	defer cancel()
	if err := c.DB.Ping(ctx); err != nil {
		return answer{status: http.StatusServiceUnavailable, body: []byte("the database does not answer\n"), header: plain()}, nil
	}
	return answer{body: []byte("ok\n"), header: plain()}, nil
}

func plain() http.Header { return http.Header{"Content-Type": {"text/plain; charset=utf-8"}} }

// measured answers the metrics in Prometheus' text format. They tell nothing
// about tenants, but are for the machine itself and private networks only.
func measured(c *call) (answer, error) {
	ip := net.ParseIP(c.address(c.request))
	if ip == nil || !ip.IsLoopback() && !ip.IsPrivate() || c.request.Header.Get("X-Forwarded-For") != "" {
		return answer{}, errs.Missing()
	}
	out := &capture{header: http.Header{}}
	c.metrics.handler().ServeHTTP(out, c.request)
	out.header.Del("Content-Encoding")
	return answer{status: out.status, header: http.Header{"Content-Type": out.header["Content-Type"]}, body: []byte(out.body.String())}, nil
}

// capture holds what a borrowed handler writes.
type capture struct {
	header http.Header
	status int
	body   strings.Builder
}

func (c *capture) Header() http.Header         { return c.header }
func (c *capture) Write(b []byte) (int, error) { return c.body.Write(b) }
func (c *capture) WriteHeader(status int)      { c.status = status }
