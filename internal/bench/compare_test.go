//go:build linux

package bench

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	connections = 16
	rounds      = 7
	// idleBudget is the memory of a server that nobody asks anything, in MB.
	idleBudget = 80
	// idleWait is how long the server is left alone before it is looked at.
	idleWait = 4 * time.Second
)

// sample is one round of one operation against one of the two.
type sample struct {
	cpu      time.Duration // of the answering process, a request
	postgres time.Duration // of the cluster, a request
	p50, p95 time.Duration
	rate     float64 // requests a second
}

func (s sample) total() time.Duration { return s.cpu + s.postgres }

// BenchmarkBesideBare prints a table of CPU times beside the bare handler and
// fails when a budget is missed. Its own time says nothing.
func BenchmarkBesideBare(b *testing.B) {
	folder, data := b.TempDir(), dataFolder(b)
	server, url := startServer(b, folder, data)
	time.Sleep(idleWait)
	idle := residentMB(b, server.pid)
	in := install(b, folder, data, server, url)
	client := startPart(b, folder, partClient)
	operations := in.operations()
	for _, o := range operations {
		if err := o.agree(); err != nil {
			b.Fatal(err)
		}
	}
	var report strings.Builder
	fmt.Fprintf(&report, "\n%d records of %d sites, %d connections, %d alternating rounds, %d processors, %s.\n%s.\nCPU is of server + PostgreSQL for one request; the ratio is the median over the pairs of rounds.\n\n",
		siteCount*recordsPerSite, siteCount, connections, rounds, runtime.NumCPU(), runtime.Version(), in.settings)
	costs, speeds := costHead, speedHead
	for _, o := range operations {
		c := in.compare(b, client, o)
		costs, speeds = costs+c.cost(o), speeds+c.speed(o)
		if o.budget > 0 && c.ratio() > o.budget {
			b.Errorf("%s takes %.2f times the CPU of the bare handler, the budget is %.2f", o.name, c.ratio(), o.budget)
		}
	}
	fmt.Fprintf(&report, "%s\n%s\nIdle server: %.0f MB resident after start, budget %d MB: %s. After the load: %.0f MB.\n",
		costs, speeds, idle, idleBudget, verdict(idle < idleBudget), residentMB(b, server.pid))
	if idle >= idleBudget {
		b.Errorf("the idle server holds %.0f MB, the budget is %d MB", idle, idleBudget)
	}
	fmt.Println(report.String())
	b.ReportMetric(0, "ns/op")
}

// comparison holds the rounds of one operation, in pairs.
type comparison struct{ ours, bare []sample }

// compare measures an operation in alternating rounds, so that whatever else
// the machine does meets both alike.
func (in *installation) compare(b *testing.B, client process, o operation) comparison {
	b.Helper()
	ours := func(n int) sample { return in.measure(b, client, in.server, o.ours, n) }
	bare := func(n int) sample { return in.measure(b, client, in.bare, o.bare, n) }
	ours(o.requests / 2) // every connection plans its statements
	bare(o.requests / 2)
	var c comparison
	for round := range rounds {
		if round%2 == 0 {
			c.ours, c.bare = append(c.ours, ours(o.requests)), append(c.bare, bare(o.requests))
		} else {
			c.bare, c.ours = append(c.bare, bare(o.requests)), append(c.ours, ours(o.requests))
		}
	}
	return c
}

// measure sends one load and divides the CPU time that it took.
func (in *installation) measure(b *testing.B, client, server process, shots []shot, requests int) sample {
	b.Helper()
	cpu := func() (time.Duration, time.Duration) {
		own, err := cpuOf(server.pid)
		if err != nil {
			b.Fatal(err)
		}
		postgres, err := cpuOfCluster(in.postmaster)
		if err != nil {
			b.Fatal(err)
		}
		return own, postgres
	}
	ownBefore, postgresBefore := cpu()
	if err := json.NewEncoder(client.in).Encode(load{Connections: connections, Requests: requests, Shots: shots}); err != nil {
		b.Fatal(err)
	}
	var seen outcome
	if err := json.Unmarshal([]byte(client.line(b)), &seen); err != nil {
		b.Fatal(err)
	}
	ownAfter, postgresAfter := cpu()
	if seen.Fault != "" {
		b.Fatal(seen.Fault)
	}
	n := time.Duration(requests)
	return sample{
		cpu: (ownAfter - ownBefore) / n, postgres: (postgresAfter - postgresBefore) / n,
		p50: seen.P50, p95: seen.P95, rate: float64(requests) / seen.Took.Seconds(),
	}
}

// ratio is the median of the pairs' ratios: what happened in a round happened
// to both.
func (c comparison) ratio() float64 {
	var all []float64
	for i := range c.ours {
		all = append(all, float64(c.ours[i].total())/float64(c.bare[i].total()))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// CPU times are milliseconds of server + PostgreSQL for one request.
const (
	costHead = `| operation | ours, CPU ms | bare, CPU ms | ratio | budget | verdict |
|---|---|---|---|---|---|
`
	speedHead = `| operation | ours, p50 / p95 ms | bare, p50 / p95 ms | ours, requests/s | bare, requests/s |
|---|---|---|---|---|
`
)

// cost is the operation's line in the table of CPU times, medians of the rounds.
func (c comparison) cost(o operation) string {
	budget, says := "none", "–"
	if o.budget > 0 {
		budget, says = fmt.Sprintf("≤ %.2f", o.budget), verdict(c.ratio() <= o.budget)
	}
	a, z := middle(c.ours), middle(c.bare)
	return fmt.Sprintf("| %s | %.3f (%.3f + %.3f) | %.3f (%.3f + %.3f) | %.2f | %s | %s |\n", o.name,
		ms(a.total()), ms(a.cpu), ms(a.postgres), ms(z.total()), ms(z.cpu), ms(z.postgres), c.ratio(), budget, says)
}

// speed is the operation's line in the table of latencies. The client shares
// the processors, so these numbers are of the machine more than of the program.
func (c comparison) speed(o operation) string {
	a, z := middle(c.ours), middle(c.bare)
	return fmt.Sprintf("| %s | %.1f / %.1f | %.1f / %.1f | %.0f | %.0f |\n", o.name,
		ms(a.p50), ms(a.p95), ms(z.p50), ms(z.p95), a.rate, z.rate)
}

// middle takes the median of each number.
func middle(all []sample) sample {
	return sample{
		cpu:      median(all, func(s sample) time.Duration { return s.cpu }),
		postgres: median(all, func(s sample) time.Duration { return s.postgres }),
		p50:      median(all, func(s sample) time.Duration { return s.p50 }),
		p95:      median(all, func(s sample) time.Duration { return s.p95 }),
		rate:     median(all, func(s sample) float64 { return s.rate }),
	}
}

func median[T time.Duration | float64](all []sample, of func(sample) T) T {
	var list []T
	for _, s := range all {
		list = append(list, of(s))
	}
	slices.Sort(list)
	return list[len(list)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func verdict(ok bool) string {
	if ok {
		return "met"
	}
	return "**missed**"
}
