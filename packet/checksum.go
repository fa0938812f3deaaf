package packet

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
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

// sumRecord counts one sender's checksums, by what its network hardware may do alone: TCP
// segments with data, those without, UDP, the rest; and of each the IP header's and the
// transport's.
type sumRecord struct {
	addr      davy.Addr
	good, bad [8]uint16
}

const (
	dataSum  = 0 // TCP with data: places 0 and 1 of the record
	emptySum = 2
	udpSum   = 4
	otherSum = 6

	ethernetMTU = 1500 // IEEE 802.3, 3.2.7
	sumMemory   = 4096 // checksums after which the past weighs half
	sumFew      = 4    // checksums of a kind that do not yet say much
	sumRecent   = 16   // right ones of all kinds that make a host one that fills them in
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
	r := c.sender(p.Src)
	kind := otherSum
	switch {
	case p.Kind == TCPSegment && len(p.Payload)+p.Missing > 0:
		kind = dataSum
	case p.Kind == TCPSegment:
		kind = emptySum
	case p.Kind == UDPDatagram:
		kind = udpSum
	}
	wrong, use := false, true
	b := p.Net
	if p.EtherType == typeIPv4 && b[2]|b[3] == 0 {
		p.BadChecksum = false
		return true // its hardware was to fill in the length, and all that depends on it
	}
	if p.EtherType == typeIPv4 && !p.Reassembled {
		if header := int(b[0]&15) * 4; header <= len(b) {
			ok := headerSumOK(b, header)
			use = r.judge(kind, ok)
			wrong = !ok
		}
	}
	// A segment longer than Ethernet carries was put together by the network hardware of the
	// capturing host, which leaves the checksum of the first.
	merged := p.Kind == TCPSegment && len(b) > ethernetMTU
	if p.Kind >= TCPSegment && p.Missing == 0 && !p.unsummed && !merged && p.Defect != BadUDPLength {
		length := len(b) - int(p.transport)
		if p.Kind == UDPDatagram {
			length = 8 + len(p.Payload)
			if at := p.transport + 6; b[at] == 0 && b[at+1] == 0 { // none was made
				return c.count(p, wrong, use)
			}
		}
		ok := transportSum(p, length)%0xffff == 0
		use = r.judge(kind+1, ok) && use
		wrong = wrong || !ok
	}
	if !wrong {
		p.BadChecksum = false
		return true
	}
	return c.count(p, wrong, use)
}

// sender is the record of an address; it takes the place of the one that stood there.
func (c *Checksums) sender(a davy.Addr) *sumRecord {
	r := c.slot(a)
	if r.addr != a {
		if !r.addr.IsZero() {
			c.Evicted++
		}
		*r = sumRecord{addr: a}
	}
	return r
}

func (c *Checksums) slot(a davy.Addr) *sumRecord {
	hi, lo, _ := a.Words()
	h := (lo ^ hi*0x9e3779b97f4a7c15) * 0xe7037ed1a0b428db // any odd numbers spread well enough
	return &c.senders[h>>32&uint64(len(c.senders)-1)]
}

// Near asks for the memory that Check will look at.
func (c *Checksums) Near(p *Packet) {
	if c.senders != nil {
		fetch.All(c.slot(p.Src))
	}
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

// judge counts a checksum and reports whether its packet may be used. One that is wrong may
// be when most of its kind are; while these are few, unless the sender fills in the others.
func (r *sumRecord) judge(at int, ok bool) bool {
	if ok {
		r.good[at]++
	} else {
		r.bad[at]++
	}
	good, bad := r.good[at], r.bad[at]
	if good+bad >= sumMemory {
		r.good[at], r.bad[at] = good/2, bad/2
	}
	return ok || bad > good && (bad > sumFew || !r.honest())
}

// honest reports whether the sender has filled in nearly all its checksums.
func (r *sumRecord) honest() bool {
	good, bad := 0, 0
	for i := range r.good {
		good, bad = good+int(r.good[i]), bad+int(r.bad[i])
	}
	return good >= sumRecent && good > 4*bad
}

// headerSumOK verifies an IPv4 header, most of which have no options.
func headerSumOK(b []byte, header int) bool {
	if header != 20 {
		return sum(0, b[:header])%0xffff == 0
	}
	b = b[:20]
	x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	acc := x>>32 + x&0xffff_ffff + y>>32 + y&0xffff_ffff + uint64(binary.LittleEndian.Uint32(b[16:]))
	return acc%0xffff == 0
}

// transportSum adds the transport header with its data, length bytes, and the pseudo-header
// (RFC 9293, 3.1; RFC 8200, 8.1): addresses, protocol, length.
func transportSum(p *Packet, length int) uint64 {
	b, at := p.Net, int(p.transport)
	acc := uint64(bits.ReverseBytes32(uint32(length))) + uint64(p.IPProto)<<8
	from := 12 // of the addresses
	size := 8
	if p.EtherType != typeIPv4 {
		from, size = 8, 32
	}
	if from+size == at { // the data follow right behind
		return sum(acc, b[from:at+length])
	}
	return sum(sum(acc, b[from:from+size]), b[at:at+length])
}

// sum adds b to an unfolded ones' complement sum: it is congruent to the sum of b's 16-bit
// words modulo 65,535, and over bytes with their own checksum that is 0. It adds eight bytes
// at a time, as little-endian words on every machine: the sum of swapped bytes is the
// swapped sum (RFC 1071, 2).
func sum(acc uint64, b []byte) uint64 {
	var carry uint64
	for len(b) >= 64 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[32:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[40:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[48:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[56:]), carry)
		b = b[64:]
	}
	acc, carry = bits.Add64(acc, carry, 0)
	acc += carry
	var low uint64 // what is left comes in halves, which cannot overflow
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		low += x>>32 + x&0xffff_ffff
		b = b[8:]
	}
	if len(b) >= 4 {
		low += uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		low += uint64(binary.LittleEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) > 0 {
		low += uint64(b[0])
	}
	acc, carry = bits.Add64(acc, low, 0)
	return acc + carry
}

// fold brings a sum down to 16 bits.
func fold(acc uint64) uint16 {
	if acc != 0 && acc%0xffff == 0 {
		return 0xffff
	}
	return uint16(acc % 0xffff)
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
		*in.sender(rec.addr) = rec
	}
	if r.Short() {
		return errStateShort
	}
	*c = in
	return nil
}
