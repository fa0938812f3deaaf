package store

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// The size that the console is measured with.
const (
	benchAssets   = 20_000
	benchLinks    = 100_000
	benchFindings = 20_000
)

// plantOf fills a database with that many rows, each with what real rows hold.
func plantOf(b *testing.B) *DB {
	b.Helper()
	db := fresh(b)
	address := func(n int) string { return fmt.Sprintf("10.%d.%d.%d", n/62500, n/250%250, n%250+1) }
	protocols := []string{"modbus", "s7", "enip", "profinet", "opcua", "http", "dns", "tls"}
	var a []davy.AssetRow
	for n := 1; n <= benchAssets; n++ {
		r := asset(n, address(n))
		r.MACs = []string{fmt.Sprintf("00:1b:1b:%02x:%02x:%02x", n>>16, n>>8&255, n&255)}
		r.Kind = []string{"plc", "hmi", "switch", "engineering", "historian", "drive", "io"}[n%7]
		r.Vendor, r.Model = []string{"Siemens", "Rockwell", "Schneider", "Beckhoff", "ABB"}[n%5], fmt.Sprintf("model %d", n%40)
		r.Zone, r.Level = fmt.Sprintf("line %d", n%30), fmt.Sprint(n%4)
		for k := range 4 {
			r.Evidence = append(r.Evidence, davy.EvidenceRow{Attribute: "model", Value: r.Model, Source: "s7 szl", Confidence: 90, First: at(n), Last: at(n + k), Count: 7})
		}
		a = append(a, r)
	}
	must(b, db.Known(a, nil, nil))
	for from := 0; from < benchLinks; from += 10_000 {
		var l []davy.LinkRow
		for n := from; n < from+10_000; n++ {
			r := conversation(n, address(n%benchAssets+1), address((n*7+13)%benchAssets+1), protocols[n%len(protocols)])
			r.Bytes, r.Packets = uint64(n)*997%1e9, uint64(n)*31%1e6
			for k := range 3 {
				r.Operations = append(r.Operations, davy.OperationRow{Path: "unit 1", Verb: "read", Op: "read holding registers", Object: fmt.Sprintf("holding register %d..%d", k*100, k*100+9), Count: 1000, Cycle: 1, Last: at(n)})
			}
			l = append(l, r)
		}
		must(b, db.Known(nil, l, nil))
	}
	for from := 1; from <= benchFindings; from += 5000 {
		var f []davy.Judged
		var i []davy.IncidentRow
		for n := from; n < from+5000; n++ {
			r := finding(n, []string{"info", "low", "medium", "high", "critical"}[n%5], address(n*3%benchAssets+1), address(n*5%benchAssets+1))
			r.Detector = fmt.Sprintf("D%d", n%40+1)
			f = append(f, davy.Judged{Row: r, Key: uint64(n)})
			if n%20 == 0 {
				i = append(i, davy.IncidentRow{ID: fmt.Sprintf("I-%d", n/20), Title: r.Title, Severity: "high", First: r.Time, Last: r.Last, Entities: r.Entities, Findings: []string{r.ID}})
			}
		}
		must(b, db.Judged(f, i))
	}
	return db
}

// BenchmarkLists measures each kind of question on a full store: go test -bench Lists
// -benchtime 20x ./store
func BenchmarkLists(b *testing.B) {
	db := plantOf(b)
	size, err := db.Size()
	must(b, err)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin, cpu := time.Now(), spent()
	for _, s := range db.shelves {
		must(b, s.load(db))
	}
	took := time.Since(begin)
	cpu = spent() - cpu
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d bytes on the disk, %d in memory, read in %v (%v of processor time)", size, after.HeapAlloc-before.HeapAlloc, took, time.Duration(cpu))
	where := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = append(m[pairs[i]], pairs[i+1])
		}
		return m
	}
	deep := func(q davy.Query) davy.Query {
		for range 20 {
			q.Limit = 500
			p, err := db.Links(q)
			must(b, err)
			q.Cursor = p.Next
		}
		q.Limit = 0
		return q
	}
	for _, c := range []struct {
		name string
		ask  func() (int, error)
	}{
		{"assets", count(db.Assets, davy.Query{})},
		{"assets/name", count(db.Assets, davy.Query{Sort: "name"})},
		{"assets/kind+vendor", count(db.Assets, davy.Query{Where: where("kind", "plc", "vendor", "ABB"), Sort: "-last"})},
		{"assets/text", count(db.Assets, davy.Query{Q: "10.0.17"})},
		{"assets/text-none", count(db.Assets, davy.Query{Q: "nothing like it"})},
		{"assets/facets", func() (int, error) {
			m, err := db.AssetFacets(davy.Query{}, "kind", "vendor", "level", "zone")
			return len(m), err
		}},
		{"links", count(db.Links, davy.Query{})},
		{"links/bytes", count(db.Links, davy.Query{Sort: "-bytes"})},
		{"links/client", count(db.Links, davy.Query{Sort: "client,server"})},
		{"links/protocol", count(db.Links, davy.Query{Where: where("protocol", "s7")})},
		{"links/asset", count(db.Links, davy.Query{Where: where("asset", "A-77")})},
		{"links/text", count(db.Links, davy.Query{Q: "10.0.17.9 s7"})},
		{"links/text-none", count(db.Links, davy.Query{Q: "nothing"})},
		{"links/text-all", count(db.Links, davy.Query{Q: "10."})},
		{"links/new", count(db.Links, davy.Query{Where: where("new", at(50_000))})},
		{"links/deep", count(db.Links, deep(davy.Query{}))},
		{"links/deep-bytes", count(db.Links, deep(davy.Query{Sort: "-bytes"}))},
		{"findings", count(db.Findings, davy.Query{Sort: "-severity,-last"})},
		{"findings/severity", count(db.Findings, davy.Query{Where: where("severity", "critical"), Sort: "-last"})},
		{"findings/asset", count(db.Findings, davy.Query{Where: where("asset", "A-77")})},
		{"findings/text", count(db.Findings, davy.Query{Q: "holding register D17"})},
		{"incidents", count(db.Incidents, davy.Query{})},
		{"map/stations", func() (int, error) { l, err := db.Stations(); return len(l), err }},
		{"map/talks", func() (int, error) { l, err := db.Talks(); return len(l), err }},
		{"incidents/text", count(db.Incidents, davy.Query{Q: "10.0.17"})},
	} {
		b.Run(c.name, func(b *testing.B) {
			before := spent()
			for b.Loop() {
				if _, err := c.ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(spent()-before)/float64(b.N)/1e6, "cpu-ms/op")
		})
	}
}

// spent is the processor time of this process, ns: what a question costs on a machine that
// has others to serve.
func spent() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

func count[T any](list func(davy.Query) (davy.Page[T], error), q davy.Query) func() (int, error) {
	return func() (int, error) {
		p, err := list(q)
		return p.Total, err
	}
}

// BenchmarkJudged measures one epoch's findings written and on the disk.
func BenchmarkJudged(b *testing.B) {
	db := fresh(b)
	n := 0
	for b.Loop() {
		n++
		f := finding(n, "high", "10.0.0.66", "10.0.0.10")
		must(b, db.Judged([]davy.Judged{{Row: f, Key: uint64(n)}}, []davy.IncidentRow{incidentOf("I-1", "high", f.ID)}))
	}
}

// BenchmarkKnown measures a snapshot of 200 assets and 1,000 links that changed.
func BenchmarkKnown(b *testing.B) {
	db := fresh(b)
	var a []davy.AssetRow
	var l []davy.LinkRow
	for n := range 200 {
		a = append(a, asset(n, fmt.Sprintf("10.0.0.%d", n)))
	}
	for n := range 1000 {
		l = append(l, conversation(n, fmt.Sprintf("10.0.0.%d", n%200), fmt.Sprintf("10.0.0.%d", n/5), "s7"))
	}
	for b.Loop() {
		must(b, db.Known(a, l, nil))
	}
}
