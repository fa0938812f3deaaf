package packet

import (
	"encoding/binary"
	"math"

	"github.com/davylamp/davy"
)

// Fragments holds IP datagrams whose fragments have not all come (RFC 791, 3.2; RFC 8200,
// 4.5). The zero Fragments is ready; [Decoder.Reassemble] fills it. What stood first wins
// where fragments overlap; where they contradict each other the datagram has the defect
// FragmentOverlap (RFC 5722: an evasion).
type Fragments struct {
	Ceiling int   // datagrams open at once; 0 is 256. Each takes at most 67 kB
	Wait    int64 // ns of message time after a datagram's first fragment; 0 is 30 s

	Reassembled uint64 // datagrams that became whole
	Expired     uint64 // given up after Wait
	Evicted     uint64 // given up to make room
	Refused     uint64 // fragments that no datagram can hold

	open           []datagram
	heads          []int32 // by hash of the key, 1-based
	free           int32
	oldest, newest int32
	done           []byte // the last datagram that became whole; packets borrow from it
}

const (
	fragmentWait = 30e9
	headroom     = 512 // for the headers in front of the data
	maxDatagram  = 65535
)

// datagram is one that is open. Its data stands in buf from headroom on, the headers right
// before it.
type datagram struct {
	src, dst davy.Addr
	id       uint32
	proto    uint8 // 0 for IPv6, where the identification stands for all protocols
	next     uint8 // IPv6: the protocol behind the fragment header
	nextAt   int   // IPv6: where in the headers it is told
	header   int   // bytes of headers; 0 until the first fragment came
	total    int   // data bytes; -1 until the last fragment came
	highest  int   // where the data seen so far ends
	cut      int   // from here on slices left holes
	units    int   // eight-byte units that came
	first    int64
	defect   davy.Defect
	buf      []byte
	have     [(maxDatagram + 1) / 8 / 64]uint64

	chain, older, newer int32
}

// Reassemble takes p, when it is a fragment, and reports whether p is now a whole packet.
// When p completes its datagram it becomes that packet, decoded to its innermost, with the
// frame of this last fragment. Its Net and Payload stay until the next Reassemble.
//
// Copies made by the mirror are to be taken out before.
func (d *Decoder) Reassemble(p *Packet) bool {
	// A tunnel's packet can itself be a fragment, and an IPv6 one hold another.
	for range maxTunnels {
		if !p.Fragment {
			return true
		}
		if !d.Fragments.take(p) {
			return false
		}
		if net, missing := p.Net, p.Missing; net[0]>>4 == 4 {
			d.ip4(p, net, missing)
		} else {
			d.ip6(p, net, missing)
		}
	}
	return !p.Fragment
}

// MoveTo appends the bytes that p borrows from a Decoder to buf and lets p borrow from
// there. Other packets, which borrow from the capture, stay as they are.
func (p *Packet) MoveTo(buf []byte) []byte {
	if !p.Reassembled {
		return buf
	}
	start := len(buf)
	off := cap(p.Net) - cap(p.Payload) // both end with the same array
	buf = append(buf, p.Net...)
	net := buf[start:]
	if p.Payload != nil {
		p.Payload = net[off : off+len(p.Payload)]
	}
	p.Net = net
	return buf
}

// take puts one fragment into its datagram. When that is whole, p holds its bytes, and what
// is missing at the end.
func (f *Fragments) take(p *Packet) bool {
	if f.open == nil {
		f.make()
	}
	f.Expire(p.Time)
	s := fragmentOf(p)
	if s.defect != "" {
		p.Defect = s.defect
	}
	if s.wire == 0 || s.header > headroom || s.header+s.off+s.wire > maxDatagram {
		f.Refused++
		p.Defect = FragmentLength
		return false
	}
	n := f.find(p, &s)
	g := &f.open[n-1]
	g.add(p, &s)
	if p.Defect != "" && g.defect == "" {
		g.defect = p.Defect
	}
	if g.header == 0 || g.total < 0 || g.units != (g.total+7)/8 {
		return false
	}
	f.finish(p, g)
	f.close(n)
	f.Reassembled++
	return true
}

// fragment is what a fragment says of itself.
type fragment struct {
	id     uint32
	proto  uint8
	next   uint8
	nextAt int
	header int // bytes of headers that a reassembled packet keeps
	off    int
	more   bool
	data   []byte
	wire   int // bytes of data as sent
	defect davy.Defect
}

func fragmentOf(p *Packet) fragment {
	b := p.Net
	s := fragment{data: p.Payload, wire: len(p.Payload) + p.Missing, defect: p.Defect, next: p.IPProto}
	if b[0]>>4 == 4 {
		word := binary.BigEndian.Uint16(b[6:])
		s.id, s.proto, s.header = uint32(binary.BigEndian.Uint16(b[4:])), b[9], int(b[0]&15)*4
		s.off, s.more = int(word&0x1fff)*8, word&0x2000 != 0
	} else {
		// Decoding has walked this chain, so that it is known to be whole.
		at, nextAt := 40, 6
		var word uint16
		for {
			size := 8
			if b[nextAt] != protoFragment {
				size = (int(b[at+1]) + 1) * 8
			} else if word = binary.BigEndian.Uint16(b[at+2:]); word&0xfff9 != 0 {
				break
			}
			at, nextAt = at+size, at
		}
		s.id, s.header, s.nextAt = binary.BigEndian.Uint32(b[at+4:]), at, nextAt
		s.off, s.more = int(word&0xfff8), word&1 != 0
	}
	if s.more && s.wire%8 != 0 { // only the last one may have an odd end
		s.wire &^= 7
		s.data = s.data[:min(len(s.data), s.wire)]
		s.defect = FragmentLength
	}
	if s.off == 0 && (s.next == protoTCP && s.wire < 20 || s.next == protoUDP && s.wire < 8) {
		s.defect = FragmentTiny
	}
	return s
}

// add puts a fragment's data where none was.
func (g *datagram) add(p *Packet, s *fragment) {
	end := s.off + s.wire
	if g.total >= 0 && (end > g.total || !s.more && end < g.total) || !s.more && g.highest > end {
		p.Defect = FragmentOverlap // another fragment says that the datagram ends elsewhere
		return
	}
	if !s.more {
		g.total = end
	}
	g.highest = max(g.highest, end)
	g.grow(headroom + end)
	if s.off == 0 && g.header == 0 {
		g.header, g.next, g.nextAt = s.header, s.next, s.nextAt
		copy(g.buf[headroom-s.header:headroom], p.Net)
	}
	have := s.off + len(s.data)
	if have < end {
		g.cut = min(g.cut, have)
	}
	if g.claim(s.off/8, (end+7)/8) {
		copy(g.buf[headroom+s.off:], s.data)
		return
	}
	for u := s.off / 8; u*8 < end; u++ {
		from, to := u*8, min(u*8+8, end, have)
		if g.claim(u, u+1) {
			if from < to {
				copy(g.buf[headroom+from:headroom+to], s.data[from-s.off:to-s.off])
			}
			continue
		}
		if to <= g.cut && from < to && string(g.buf[headroom+from:headroom+to]) != string(s.data[from-s.off:to-s.off]) {
			p.Defect = FragmentOverlap
		}
	}
}

// claim takes the units from..to when all of them are free.
func (g *datagram) claim(from, to int) bool {
	for u := from; u < to; u += 64 - u%64 {
		if g.have[u/64]&unitMask(u, to) != 0 {
			return false
		}
	}
	for u := from; u < to; u += 64 - u%64 {
		g.have[u/64] |= unitMask(u, to)
	}
	g.units += to - from
	return true
}

// unitMask has the bits of the units from u to the end of its word, or to the last before to.
func unitMask(u, to int) uint64 {
	mask := ^uint64(0) << (u % 64)
	if rest := to - u&^63; rest < 64 {
		mask &= 1<<rest - 1
	}
	return mask
}

func (g *datagram) grow(n int) {
	if n > len(g.buf) {
		size := max(4096, 2*len(g.buf))
		for size < n {
			size *= 2
		}
		b := make([]byte, min(size, headroom+maxDatagram))
		copy(b, g.buf)
		g.buf = b
	}
}

// finish writes the headers of the whole packet and gives it to p.
func (f *Fragments) finish(p *Packet, g *datagram) {
	g.buf, f.done = f.done, g.buf
	kept := min(g.total, g.cut)
	b := f.done[headroom-g.header : headroom+kept]
	if b[0]>>4 == 4 {
		binary.BigEndian.PutUint16(b[2:], uint16(g.header+g.total))
		binary.BigEndian.PutUint16(b[6:], binary.BigEndian.Uint16(b[6:])&0xc000)
		b[10], b[11] = 0, 0
		binary.LittleEndian.PutUint16(b[10:], ^fold(sum(0, b[:g.header])))
	} else {
		binary.BigEndian.PutUint16(b[4:], uint16(g.header-40+g.total))
		b[g.nextAt] = g.next
	}
	p.Fragment, p.Reassembled, p.Defect = false, true, g.defect
	p.Net, p.Payload, p.Missing = b, nil, g.total-kept
}

func (f *Fragments) make() {
	n := f.Ceiling
	if n <= 0 {
		n = 256
	}
	f.open = make([]datagram, n)
	f.heads = make([]int32, n)
	for i := range f.open {
		f.open[i].chain = int32(i) // the free ones are chained by number; 0 ends it
	}
	f.free = int32(n)
}

// head is where the chain of a datagram's key begins.
func (f *Fragments) head(src, dst *davy.Addr, id uint32, proto uint8) *int32 {
	h := davy.Mix(src.Hash()+uint64(id), dst.Hash()^uint64(proto))
	return &f.heads[h%uint64(len(f.heads))]
}

// find is the number of the fragment's datagram, which it opens when there is none.
func (f *Fragments) find(p *Packet, s *fragment) int32 {
	head := f.head(&p.Src, &p.Dst, s.id, s.proto)
	for n := *head; n != 0; n = f.open[n-1].chain {
		if g := &f.open[n-1]; g.id == s.id && g.proto == s.proto && g.src == p.Src && g.dst == p.Dst {
			return n
		}
	}
	if f.free == 0 {
		f.close(f.oldest)
		f.Evicted++
	}
	n := f.free
	g := &f.open[n-1]
	f.free = g.chain
	*g = datagram{src: p.Src, dst: p.Dst, id: s.id, proto: s.proto,
		total: -1, cut: math.MaxInt, first: p.Time, buf: g.buf}
	f.link(n, head)
	return n
}

// link puts an open datagram into its chain and behind all that are older.
func (f *Fragments) link(n int32, head *int32) {
	g := &f.open[n-1]
	g.chain, *head = *head, n
	g.older, g.newer = f.newest, 0
	if f.newest != 0 {
		f.open[f.newest-1].newer = n
	} else {
		f.oldest = n
	}
	f.newest = n
}

// close makes a datagram's place free.
func (f *Fragments) close(n int32) {
	g := &f.open[n-1]
	at := f.head(&g.src, &g.dst, g.id, g.proto)
	for *at != n {
		at = &f.open[*at-1].chain
	}
	*at = g.chain
	if g.older != 0 {
		f.open[g.older-1].newer = g.newer
	} else {
		f.oldest = g.newer
	}
	if g.newer != 0 {
		f.open[g.newer-1].older = g.older
	} else {
		f.newest = g.older
	}
	g.chain, f.free = f.free, n
}

// Expire gives up what has waited too long at message time now. Reassemble does so with
// every fragment; more calls only make the counter come sooner.
func (f *Fragments) Expire(now int64) {
	wait := f.Wait
	if wait <= 0 {
		wait = fragmentWait
	}
	for f.oldest != 0 && now-f.open[f.oldest-1].first > wait {
		f.close(f.oldest)
		f.Expired++
	}
}

// Open is the number of datagrams that wait.
func (f *Fragments) Open() int {
	count := 0
	for n := f.oldest; n != 0; n = f.open[n-1].newer {
		count++
	}
	return count
}
