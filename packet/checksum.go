package packet

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Checksums verifies IP, TCP and UDP checksums and keeps in mind whose are worth nothing: a
// host that leaves them to its network hardware is captured with checksums that were never
// filled in, when it is captured on itself. The zero Checksums is ready.
//
// One Checksums belongs to one shard: what it says of a packet depends on the packets it
// has seen, and on nothing else.
type Checksums struct {
	Ceiling int // senders kept in mind, a power of two; 0 is 256

	Bad     uint64 // packets that were not to be used
	Ignored uint64 // packets with a wrong checksum from a host whose checksums say nothing
	Evicted uint64 // senders forgotten to make room

	senders []sumRecord
}

// sumRecord counts one sender's checksums, for each of the three kinds.
type sumRecord struct {
	addr      davy.Addr
	good, bad [3]uint16
}

const (
	ipSum = iota
	tcpSum
	udpSum

	sumMemory = 4096 // checksums after which the past weighs half
)

// Check verifies p's checksums, sets p.BadChecksum, and reports whether p is to be used:
// it is when all are right, and when most of its sender's are wrong. What a slice lacks, and
// a UDP datagram without a checksum, is not verified.
func (c *Checksums) Check(p *Packet) bool {
	if len(p.Net) < 20 || p.Kind < IPOnly {
		return true
	}
	if c.senders == nil {
		c.make()
	}
	r := &c.senders[p.Src.Hash()&uint64(len(c.senders)-1)]
	if r.addr != p.Src {
		if !r.addr.IsZero() {
			c.Evicted++
		}
		*r = sumRecord{addr: p.Src}
	}
	wrong, use := false, true
	if header := int(p.Net[0]&15) * 4; p.EtherType == typeIPv4 && p.Net[0]>>4 == 4 && header <= len(p.Net) && !p.Reassembled {
		ok := fold(sum(0, p.Net[:header])) == 0xffff
		use = r.judge(ipSum, ok)
		wrong = !ok
	}
	if p.Kind >= TCPSegment && p.Missing == 0 && !p.unsummed && p.Defect != BadUDPLength {
		kind, b := udpSum, p.Net[p.transport:]
		if p.Kind == TCPSegment {
			kind = tcpSum
		} else if b = b[:8+len(p.Payload)]; b[6] == 0 && b[7] == 0 { // none was made
			return c.count(p, wrong, use)
		}
		ok := fold(sum(pseudoSum(p, len(b)), b)) == 0xffff
		use = r.judge(kind, ok) && use
		wrong = wrong || !ok
	}
	return c.count(p, wrong, use)
}

func (c *Checksums) make() {
	n := c.Ceiling
	if n <= 0 {
		n = 256
	}
	c.senders = make([]sumRecord, 1<<(bits.Len(uint(n))-1))
}

func (c *Checksums) count(p *Packet, wrong, use bool) bool {
	p.BadChecksum = wrong
	switch {
	case !use:
		c.Bad++
	case wrong:
		c.Ignored++
	}
	return use
}

// judge counts a checksum and reports whether its packet may be used.
func (r *sumRecord) judge(kind int, ok bool) bool {
	if ok {
		r.good[kind]++
	} else {
		r.bad[kind]++
	}
	if r.good[kind]+r.bad[kind] >= sumMemory {
		r.good[kind] /= 2
		r.bad[kind] /= 2
	}
	return ok || r.bad[kind] > r.good[kind]
}

// pseudoSum adds the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1): addresses, protocol and
// length of the transport header with its data.
func pseudoSum(p *Packet, length int) uint64 {
	acc := uint64(bits.ReverseBytes32(uint32(length))) + uint64(p.IPProto)<<8
	if p.EtherType == typeIPv4 {
		return sum(acc, p.Net[12:20])
	}
	return sum(acc, p.Net[8:40])
}

// sum adds b to an unfolded ones' complement sum. It adds eight bytes at a time, in the
// machine-independent order of little-endian words: the sum of swapped bytes is the swapped
// sum (RFC 1071, 2).
func sum(acc uint64, b []byte) uint64 {
	var carry uint64
	for len(b) >= 32 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	var last uint64
	if len(b) >= 4 {
		last = uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
		if len(b) > 0 {
			last |= tail(b) << 32
		}
	} else if len(b) > 0 {
		last = tail(b)
	}
	acc, carry = bits.Add64(acc, last, carry)
	return acc + carry
}

// tail is one to three bytes as a little-endian number.
func tail(b []byte) uint64 {
	v := uint64(b[0])
	if len(b) > 1 {
		v |= uint64(b[1]) << 8
	}
	if len(b) > 2 {
		v |= uint64(b[2]) << 16
	}
	return v
}

// fold brings a sum down to 16 bits. Over bytes with their own checksum it is 0xffff when
// that is right.
func fold(acc uint64) uint16 {
	acc = acc>>32 + acc&0xffff_ffff
	acc = acc>>32 + acc&0xffff_ffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	return uint16(acc>>16 + acc&0xffff)
}

// AppendState and LoadState are davy.Stateful.
func (c *Checksums) AppendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, 1)}
	w.Uvarint(c.Bad)
	w.Uvarint(c.Ignored)
	w.Uvarint(c.Evicted)
	w.Count(len(c.senders))
	for i := range c.senders {
		r := &c.senders[i]
		putAddr(&w, r.addr)
		if r.addr.IsZero() {
			continue
		}
		for k := range r.good {
			w.Uvarint(uint64(r.good[k]))
			w.Uvarint(uint64(r.bad[k]))
		}
	}
	return w.B
}

// LoadState reads what AppendState wrote.
func (c *Checksums) LoadState(b []byte) error {
	ceiling := c.Ceiling
	*c = Checksums{Ceiling: ceiling}
	r := wire.NewReader(b)
	if v := r.U8(); v != 1 {
		return fmt.Errorf("checksums: state version %d is not known", v)
	}
	in := Checksums{Ceiling: ceiling, Bad: r.Uvarint(), Ignored: r.Uvarint(), Evicted: r.Uvarint()}
	n := r.Count(1)
	for range n {
		rec := sumRecord{addr: getAddr(&r)}
		if rec.addr.IsZero() {
			continue
		}
		for k := range rec.good {
			rec.good[k], rec.bad[k] = uint16(r.Uvarint()), uint16(r.Uvarint())
		}
		if in.senders == nil {
			in.make()
		}
		in.senders[rec.addr.Hash()&uint64(len(in.senders)-1)] = rec
	}
	if r.Short() {
		return errStateShort
	}
	*c = in
	return nil
}
