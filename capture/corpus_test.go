package capture

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// corpus is the folder of shared captures.
func corpus(t testing.TB) string {
	dir := os.Getenv("DAVY_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "captures.tsv")); err != nil {
		t.Skip("the shared captures are not here: set DAVY_CORPUS to their folder")
	}
	return dir
}

// damaged captures: tshark too stops at their seventh packet, whose header is two bytes off.
var damaged = map[string]bool{
	"tls_DER-incomplete-header.pcap":  true,
	"tls_DER-incomplete-content.pcap": true,
}

// Every shared capture has as many packets as its index says, and from the first to the
// latest as many seconds; those figures come from another tool.
func TestCorpus(t *testing.T) {
	dir := corpus(t)
	f, err := os.Open(filepath.Join(dir, "captures.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := csv.NewReader(f)
	table.Comma, table.LazyQuotes = '\t', true
	rows, err := table.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	all := 0
	for _, row := range rows[1:] {
		name := row[0]
		packets, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in, err := Open([]string{filepath.Join(dir, "captures", name)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		n, first, last := 0, int64(0), int64(math.MinInt64)
		for in.Fill(&b) == nil {
			if n == 0 && len(b.Records) > 0 {
				first = b.Records[0].Stamp
			}
			n += len(b.Records)
			for _, r := range b.Records {
				last = max(last, r.Stamp)
			}
		}
		in.Close()
		all += n
		for _, w := range in.Warnings() {
			if w.Kind == Truncated && n == packets-1 {
				n++ // the index counts the packet that was cut, as its maker did
			}
		}
		if n != packets {
			t.Errorf("%s: %d packets, expected %d (%v %v)", name, n, packets, in.Errors(), in.Warnings())
		}
		if len(in.Errors()) > 0 && !damaged[filepath.Base(name)] {
			t.Errorf("%s: %v", name, in.Errors())
		}
		if seconds, err := strconv.ParseFloat(row[3], 64); err == nil && n > 0 && math.Abs(float64(last-first)/1e9-seconds) > 0.001 {
			t.Errorf("%s: lasts %.3f s, expected %.3f", name, float64(last-first)/1e9, seconds)
		}
	}
	t.Logf("%d captures, %d packets", len(rows)-1, all)
}
