package davy

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestAppendTime: times are written as package time writes them, before and after the epoch.
func TestAppendTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		n := rng.Int64() - rng.Int64()
		if i == 0 {
			n = 0
		}
		want := time.Unix(0, n).UTC().Format("2006-01-02T15:04:05.000000000Z")
		if got := string(AppendTime(nil, n)); got != want {
			t.Fatalf("%d is %s, want %s", n, got, want)
		}
	}
}
