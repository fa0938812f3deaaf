// Package wire reads bytes as a specification lists them: field after field, in order,
// with one question at the end whether all of it was there. It also holds the plain form
// in which thinkers save their state ([Writer] and [Reader] with varints).
//
// It knows no protocol, allocates nothing while reading and never panics on short input.
package wire

import "encoding/binary"

// Reader reads a byte slice from the front. A read past the end returns zero, and makes
// this and every later read short: nothing read after a short read may be told.
type Reader struct {
	b   []byte
	off int
}

// NewReader reads b.
func NewReader(b []byte) Reader { return Reader{b: b} }

const past = int(^uint(0) >> 2) // an offset no slice reaches, with room to add to

func (r *Reader) take(n int) []byte {
	if uint(n) > uint(len(r.b)) || r.off > len(r.b)-n {
		r.off = past
		return nil
	}
	b := r.b[r.off : r.off+n]
	r.off += n
	return b
}

// Short reports whether a read went past the end.
func (r *Reader) Short() bool { return r.off > len(r.b) }

// Len is the number of bytes left; 0 after a short read.
func (r *Reader) Len() int { return max(0, len(r.b)-r.off) }

// Offset is the number of bytes read; meaningless after a short read.
func (r *Reader) Offset() int { return r.off }

// Skip passes over n bytes.
func (r *Reader) Skip(n int) { r.take(n) }

// Bytes reads n bytes; the slice borrows from the input. nil when short.
func (r *Reader) Bytes(n int) []byte { return r.take(n) }

// Rest reads all that is left.
func (r *Reader) Rest() []byte { return r.take(r.Len()) }

// Peek looks at the next byte without reading it; 0 at the end.
func (r *Reader) Peek() byte {
	if r.off >= len(r.b) {
		return 0
	}
	return r.b[r.off]
}

// U8 reads one byte.
func (r *Reader) U8() uint8 {
	if r.off >= len(r.b) {
		r.off = past
		return 0
	}
	c := r.b[r.off]
	r.off++
	return c
}

// U16 reads 16 bits, most significant byte first.
func (r *Reader) U16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// U16LE reads 16 bits, least significant byte first.
func (r *Reader) U16LE() uint16 {
	if b := r.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

// U24 reads 24 bits, most significant byte first.
func (r *Reader) U24() uint32 {
	if b := r.take(3); b != nil {
		return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	}
	return 0
}

// U32 reads 32 bits, most significant byte first.
func (r *Reader) U32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// U32LE reads 32 bits, least significant byte first.
func (r *Reader) U32LE() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 reads 64 bits, most significant byte first.
func (r *Reader) U64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// U64LE reads 64 bits, least significant byte first.
func (r *Reader) U64LE() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Uvarint reads a base-128 number as Writer.Uvarint writes it.
func (r *Reader) Uvarint() uint64 {
	if r.Short() {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.off:])
	if n <= 0 {
		r.off = past
		return 0
	}
	r.off += n
	return v
}

// Uvarint3 reads three numbers, such as an address's Words.
func (r *Reader) Uvarint3() (a, b, c uint64) {
	a, b = r.Uvarint(), r.Uvarint()
	return a, b, r.Uvarint()
}

// Varint reads a signed number as Writer.Varint writes it.
func (r *Reader) Varint() int64 {
	u := r.Uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// Bool reads what Writer.Bool wrote.
func (r *Reader) Bool() bool { return r.U8() != 0 }

// Blob reads what Writer.Blob wrote; the slice borrows from the input.
func (r *Reader) Blob() []byte {
	n := r.Uvarint()
	if n > uint64(r.Len()) {
		r.off = past
		return nil
	}
	return r.take(int(n))
}

// String reads what Writer.String wrote.
func (r *Reader) String() string { return string(r.Blob()) }

// Count reads a number of things that follow, each at least min bytes long: a number that
// the rest of the input cannot hold makes the reader short, so that a broken state cannot
// ask for memory it does not fill.
func (r *Reader) Count(min int) int {
	n := r.Uvarint()
	if n > uint64(r.Len()/max(1, min)) {
		r.off = past
		return 0
	}
	return int(n)
}
