package detect

import (
	"testing"

	"github.com/davylamp/davy"
)

// TestLedgerMakesRoom: a ledger finds room for one more key also when all that it has went
// on since the last drain, again and again; and what went on is told, each time it did.
func TestLedgerMakesRoom(t *testing.T) {
	g := newLedger(4)
	const keys, times = 100, 3
	for k := range uint64(keys) {
		if g.again(k, int64(k), davy.Origin{}, 1e9) {
			t.Fatalf("key %d was never reported, and goes on", k)
		}
		for range times {
			g.goesOn(davy.Origin{})
		}
		if len(g.notes) > 4 || len(g.order) != len(g.notes) {
			t.Fatalf("%d notes, %d in order, room for 4", len(g.notes), len(g.order))
		}
	}
	told := map[uint64]uint64{}
	for _, x := range g.drain(nil) {
		told[x.Key] += x.Count
	}
	for k := range uint64(keys) {
		if told[k] != times {
			t.Errorf("key %d went on %d times, %d were told", k, times, told[k])
		}
	}
	if g.again(3, 200, davy.Origin{}, 1e9) {
		t.Error("a key that made room goes on as if it had not")
	}
}
