package davy

import (
	"encoding/binary"
	"math/bits"
)

func mul64(a, b uint64) (hi, lo uint64) { return bits.Mul64(a, b) }

// HashBytes hashes b from a seed, eight bytes a step; not for adversaries who know the seed.
func HashBytes(seed uint64, b []byte) uint64 {
	h := seed ^ uint64(len(b))
	for len(b) >= 16 {
		h = Mix(h^binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]))
		b = b[16:]
	}
	if len(b) >= 8 {
		h = Mix(h, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return Mix(h, tail)
}

// HashString hashes s like HashBytes.
func HashString(seed uint64, s string) uint64 {
	h := seed ^ uint64(len(s))
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return Mix(h, uint64(len(s)))
}
