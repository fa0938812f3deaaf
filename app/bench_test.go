package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkAnalyze reads the captures that DAVY_BENCH names, with spaces between, each by
// itself, and gives packets per second of CPU time. make profile runs it.
func BenchmarkAnalyze(b *testing.B) {
	paths := strings.Fields(os.Getenv("DAVY_BENCH"))
	if len(paths) == 0 {
		b.Skip("DAVY_BENCH names no capture")
	}
	for _, path := range paths {
		b.Run(filepath.Base(path), func(b *testing.B) {
			for b.Loop() {
				sum, err := Analyze(Options{Paths: []string{path}, Out: b.TempDir(), Messages: NoMessages, Workers: 1, Learn: Learn{Span: 24 * 3600e9}})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(sum.Packets)/sum.CPU/1e6, "Mpackets/cpu-s")
				b.ReportMetric(sum.Allocs, "allocs/packet")
			}
		})
	}
}
