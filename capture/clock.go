package capture

import (
	"math"
	"math/bits"
)

// clock turns an interface's time stamps into ns since the epoch (pcapng 4.2, if_tsresol and
// if_tsoffset). A stamp is units * mul >> shift / div, plus the offset.
type clock struct {
	mul, div uint64
	shift    uint
	offset   int64  // seconds
	plain    uint64 // below so many units a stamp is units * mul and nothing else
}

// newClock reads if_tsresol: a power of ten, or with the highest bit set of two.
func newClock(resolution byte, offset int64) clock {
	c := clock{mul: 1, div: 1, offset: offset}
	n := uint(resolution & 0x7f)
	switch {
	case resolution&0x80 != 0:
		c.mul, c.shift = 1e9, n
	case n <= 9:
		c.mul = pow10(9 - n)
	case n-9 <= 19:
		c.div = pow10(n - 9)
	default: // finer than 2^64 units a ns: every stamp is within its first ns
		c.mul = 0
	}
	if c.shift == 0 && c.div == 1 && c.mul != 0 && offset == 0 {
		c.plain = MaxStamp/c.mul + 1
	}
	return c
}

func pow10(n uint) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// stamp is the time in ns. in is false where it had to be moved inside MinStamp and MaxStamp.
func (c *clock) stamp(units uint64) (ns int64, in bool) {
	hi, lo := bits.Mul64(units, c.mul)
	if c.shift != 0 {
		// In Go a shift by the width or more gives 0.
		lo = lo>>c.shift | hi<<(64-c.shift) | hi>>(c.shift-64)
		hi >>= c.shift
	}
	if c.div != 1 { // then mul is 1 and hi is 0
		lo /= c.div
	}
	if c.offset != 0 {
		hi, lo = addSeconds(hi, lo, c.offset)
	}
	switch {
	case int64(hi) < 0: // negative, in two's complement
		if hi != math.MaxUint64 || int64(lo) < MinStamp || int64(lo) >= 0 {
			return MinStamp, false
		}
	case hi != 0 || lo > MaxStamp:
		return MaxStamp, false
	}
	return int64(lo), true
}

// addSeconds adds seconds to a number of ns, in 128 bits: neither can overflow there.
func addSeconds(hi, lo uint64, seconds int64) (uint64, uint64) {
	size := uint64(seconds)
	if seconds < 0 {
		size = -size
	}
	h, l := bits.Mul64(size, 1e9)
	var carry uint64
	if seconds < 0 {
		lo, carry = bits.Sub64(lo, l, 0)
		hi, _ = bits.Sub64(hi, h, carry)
	} else {
		lo, carry = bits.Add64(lo, l, 0)
		hi, _ = bits.Add64(hi, h, carry)
	}
	return hi, lo
}
