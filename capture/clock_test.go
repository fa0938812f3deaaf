package capture

import (
	"math"
	"math/big"
	"math/rand"
	"testing"
)

// The stamps are compared with exact arithmetic over the whole range of what a capture can
// say: units, resolution and offset.
func TestStamp(t *testing.T) {
	edges := []uint64{0, 1, 999, 1000, 1 << 31, 1 << 32, 1 << 53, 1_700_000_000_000_000, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64}
	offsets := []int64{0, 1, -1, 1_700_000_000, -1_700_000_000, 9_000_000_000, -9_000_000_000, math.MaxInt64, math.MinInt64, -18_446_744_073}
	random := rand.New(rand.NewSource(1))
	for range 25 {
		edges = append(edges, random.Uint64()>>random.Intn(64))
		offsets = append(offsets, int64(random.Uint64())>>random.Intn(64))
	}
	inside := 0
	for resolution := range 256 {
		for _, offset := range offsets {
			c := newClock(byte(resolution), offset)
			for _, units := range edges {
				want, wantIn := exactStamp(byte(resolution), offset, units)
				if ns, in := c.stamp(units); ns != want || in != wantIn {
					t.Fatalf("resolution %#x, offset %d, units %d: %d %v, expected %d %v", resolution, offset, units, ns, in, want, wantIn)
				}
				if units < c.plain && int64(units*c.mul) != want {
					t.Fatalf("resolution %#x, offset %d, units %d: not plain", resolution, offset, units)
				}
				if wantIn {
					inside++
				}
			}
		}
	}
	if inside < 1000 {
		t.Errorf("only %d stamps were inside the bounds", inside)
	}
}

func exactStamp(resolution byte, offset int64, units uint64) (int64, bool) {
	n := int64(resolution & 0x7f)
	base := big.NewInt(10)
	if resolution&0x80 != 0 {
		base = big.NewInt(2)
	}
	ns := new(big.Int).SetUint64(units)
	ns.Mul(ns, big.NewInt(1e9))
	ns.Quo(ns, new(big.Int).Exp(base, big.NewInt(n), nil)) // units are not negative
	ns.Add(ns, new(big.Int).Mul(big.NewInt(offset), big.NewInt(1e9)))
	switch {
	case ns.Cmp(big.NewInt(MinStamp)) < 0:
		return MinStamp, false
	case ns.Cmp(big.NewInt(MaxStamp)) > 0:
		return MaxStamp, false
	}
	return ns.Int64(), true
}

// A 64-bit time far outside any date is moved to the end of what ns can say, with a warning,
// and the packet is read.
func TestClampedStamp(t *testing.T) {
	far := func(options ...[]byte) []byte {
		return cat(shb(le), idb(le, 1, options...), epb(le, 0, 5, []byte{1}), epb(le, 0, math.MaxUint64, []byte{2}), epb(le, 0, 6, []byte{3}))
	}
	g := readBytes(t, far())
	g.expect(t, `
5000 1 #0 1 1/1 01
9000000000000000000 2 #0 1 1/1 02
6000 3 #0 1 1/1 03
`, Clamped)
	g.says(t, "at byte 84:", "1684 to 2255")
	g = readBytes(t, far(opt(le, 9, []byte{9}), opt64(le, 14, 1<<63)))
	g.expect(t, `
-9000000000000000000 1 #0 1 1/1 01
-9000000000000000000 2 #0 1 1/1 02
-9000000000000000000 3 #0 1 1/1 03
`, Clamped)
	g.says(t, "met 3 times")
}
