package app

import (
	"os"
	"testing"
)

// BenchmarkAnalyze reads the capture that DAVY_BENCH names, once an iteration, and gives
// packets per second of CPU time.
func BenchmarkAnalyze(b *testing.B) {
	path := os.Getenv("DAVY_BENCH")
	if path == "" {
		b.Skip("DAVY_BENCH names no capture")
	}
	for b.Loop() {
		sum, err := Analyze(Options{Paths: []string{path}, Out: b.TempDir(), Messages: NoMessages, Workers: 1, Learn: Learn{Span: 24 * 3600e9}})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(sum.Packets)/sum.CPU/1e6, "Mpackets/cpu-s")
		b.ReportMetric(sum.Allocs, "allocs/packet")
	}
}
