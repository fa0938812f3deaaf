package cip

import "encoding/binary"

// packet is the list of a Multiple Service Packet: a count, as many offsets from the
// count's own place, and what they point at (CIP Vol. 1, A-4.10, tables ).
type packet struct {
	b     []byte
	count int
}

// readPacket takes the list apart; ok is false when an offset points outside, or back.
func readPacket(b []byte) (p packet, ok bool) {
	if len(b) < 2 {
		return p, false
	}
	p.b, p.count = b, int(binary.LittleEndian.Uint16(b))
	if p.count == 0 || 2+2*p.count > len(b) {
		return packet{}, false
	}
	last := 2 + 2*p.count
	for i := range p.count {
		at := p.offset(i)
		if at < last || at >= len(b) {
			return packet{}, false
		}
		last = at + 1
	}
	return p, true
}

func (p *packet) offset(i int) int { return int(binary.LittleEndian.Uint16(p.b[2+2*i:])) }

// item is the i-th service: up to the next one's offset, or to the end.
func (p *packet) item(i int) []byte {
	if i+1 < p.count {
		return p.b[p.offset(i):p.offset(i+1)]
	}
	return p.b[p.offset(i):]
}
