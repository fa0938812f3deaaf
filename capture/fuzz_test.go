package capture

import (
	"bytes"
	"runtime/metrics"
	"testing"
)

// FuzzInput reads anything as a capture: readInput and readBytes check what must hold for
// every record, that reading byte by byte and counting give the same, and the memory taken.
func FuzzInput(f *testing.F) {
	abc := []byte{0xa, 0xb, 0xc}
	ng := cat(shb(le), idb(le, 1, opt(le, 2, []byte("eth0")), opt(le, 9, []byte{9})), epb(le, 0, 5, abc, opt64(le, 4, 1)), pb(le, 0, 1, 2, abc), spb(le, 3, abc),
		isb(le, 0, opt64(le, 5, 1)), block(le, 99, abc), shb(be), idb(be, 113, opt64(be, 14, 100)), epb(be, 0, 7, abc))
	classic := cat(pcapHead(le, magicMicro, 1), pcapRec(le, 1, 2, 3, abc), pcapRec(le, 3, 4, 60, abc))
	for _, seed := range [][]byte{
		classic, ng, cat(classic, ng), cat(ng, classic), gz(classic, ng), zst(ng), gz(classic)[:20],
		cat(pcapHead(be, magicNano, 1), pcapRec(be, 1, 2, 3, abc)),
		cat(pcapHead(le, magicModified, 1), pcapRecHead(le, 1, 2, 3, 3), make([]byte, 8), abc),
		cat(shb(le), markOf(le, 32473, "davy", 1, 0, 7), idb(le, 1), epb(le, 0, 5, abc), markOf(le, 32473, "davy", 2, 1, 5e9), epb(le, 0, 6, abc), markOf(le, 32473, "davy", 3, 0, 1, 2, 3)),
		cat(pcapHeadOf(le, magicMicro, 2, 3, 0xffffffff, 1), pcapRecHead(le, 1, 2, 128<<20, 3)),
	} {
		f.Add(seed)
	}
	for _, seed := range real(f) {
		f.Add(seed)
	}
	taken := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 || bytes.Contains(data, []byte("\x28\xb5\x2f\xfd")) && len(data) > 1<<10 {
			return // packed well, more would unpack for minutes
		}
		metrics.Read(taken)
		before := taken[0].Value.Uint64()
		g := readBytes(t, data)
		metrics.Read(taken)
		// Three readings with their buffers, and what the test itself keeps of the records.
		limit := uint64(64<<20 + 2000*len(g.Records))
		if bytes.Contains(data, []byte("\x28\xb5\x2f\xfd")) {
			limit += 3 * (maxWindow + maxWindow/4) // zstd makes room for the window a file claims
		}
		if used := taken[0].Value.Uint64() - before; used > limit {
			t.Fatalf("took %d MB for %d bytes", used>>20, len(data))
		}
	})
}
