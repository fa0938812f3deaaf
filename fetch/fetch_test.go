package fetch_test

import (
	"testing"

	"github.com/davylamp/davy/fetch"
)

// TestAnyPointer: asking changes nothing, whatever is asked for: nothing at all, less than a
// line, many lines, the last bytes of an allocation.
func TestAnyPointer(t *testing.T) {
	fetch.All[[1000]byte](nil)
	fetch.First[int](nil)
	fetch.All(new(struct{}))
	big := new([1 << 16]byte)
	for i := range big {
		big[i] = byte(i)
	}
	fetch.All(big)
	fetch.First(&big[len(big)-1])
	for i := range big {
		if big[i] != byte(i) {
			t.Fatalf("byte %d changed", i)
		}
	}
}
