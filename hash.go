package davy

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
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

// HashString hashes s like HashBytes, without copying it.
func HashString(seed uint64, s string) uint64 {
	return HashBytes(seed, unsafe.Slice(unsafe.StringData(s), len(s)))
}
