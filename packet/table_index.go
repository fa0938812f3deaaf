package packet

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/fetch"
)

// The index is open addressing over 8-byte slots: 32 bits of hash and the conversation's
// number + 1. A position comes from the hash bits in the slot, so that growing and removing
// (by shifting back) need not look at the conversations.
type index struct {
	slots []uint64
	shift uint // 32 less the bits of a position
	used  int
}

const (
	firstSlots = 16
	firstShift = 28
)

func newIndex() index { return index{slots: make([]uint64, firstSlots), shift: firstShift} }

// kindOf is what of a conversation's key is not in its endpoints.
func kindOf(kind Kind, proto uint8, etherType uint16) uint32 {
	if kind != Frame {
		etherType = 0
	}
	return uint32(kind)<<24 | uint32(proto)<<16 | uint32(etherType)
}

func (t *Table) hash(c *Conversation) uint32 {
	return t.mix(c.A.Addr.Hash(), c.A.Port, c.B.Addr.Hash(), c.B.Port, c.what)
}

func (t *Table) hashOf(p *Packet) uint32 {
	return t.mix(p.SrcHash(), p.SrcPort, p.hashOfDst(), p.DstPort, kindOf(p.Kind, p.IPProto, p.EtherType))
}

// mix mixes the hashes of the addresses with all else; it is the same for both directions.
func (t *Table) mix(a uint64, aport uint16, b uint64, bport uint16, what uint32) uint32 {
	x := a + uint64(aport)*0x9e3779b97f4a7c15
	y := b + uint64(bport)*0x9e3779b97f4a7c15
	return uint32(davy.Mix(x+y^t.config.Seed, x^y+uint64(what)) >> 32)
}

// direction is the direction of the packet in the conversation, -1 when it is another's.
func (c *Conversation) direction(p *Packet, what uint32) int {
	if c.A.Port == p.SrcPort && c.B.Port == p.DstPort && c.A.Addr == p.Src && c.B.Addr == p.Dst && c.what == what {
		return 0
	}
	if c.A.Port == p.DstPort && c.B.Port == p.SrcPort && c.A.Addr == p.Dst && c.B.Addr == p.Src && c.what == what {
		return 1
	}
	return -1
}

// find looks up the packet's conversation and direction; nil when there is none, and the
// hash to put one under. The last one found is looked at first: requests and replies often
// follow each other.
func (t *Table) find(p *Packet) (c *Conversation, d int, hash uint32) {
	what := kindOf(p.Kind, p.IPProto, p.EtherType)
	if t.last != nil {
		if d = t.last.direction(p, what); d >= 0 {
			return t.last, d, 0
		}
	}
	if hash = p.place; hash == 0 {
		hash = t.hashOf(p)
	}
	x := &t.index
	mask := uint32(len(x.slots) - 1)
	for i := hash >> x.shift; ; i = (i + 1) & mask {
		slot := x.slots[i]
		if slot == 0 {
			return nil, 0, hash
		}
		if uint32(slot>>32) != hash {
			continue
		}
		c = t.at1(uint32(slot))
		if d = c.direction(p, what); d >= 0 {
			t.last = c
			return c, d, hash
		}
	}
}

// Near asks for the memory in which the index knows the packet's conversation.
func (t *Table) Near(p *Packet) {
	p.place = t.hashOf(p)
	fetch.First(&t.index.slots[p.place>>t.index.shift])
}

// Probably is the conversation that the packet belongs to as far as the index alone can tell,
// nil when there is none. It is after Near, and asks for the memory of the conversation.
func (t *Table) Probably(p *Packet) *Conversation {
	x := &t.index
	mask := uint32(len(x.slots) - 1)
	for i := p.place >> x.shift; ; i = (i + 1) & mask {
		if slot := x.slots[i]; slot == 0 {
			return nil
		} else if uint32(slot>>32) == p.place {
			c := t.at1(uint32(slot))
			fetch.All(c)
			return c
		}
	}
}

func (x *index) put(hash, number uint32, t *Table) {
	if x.used++; x.used > len(x.slots)/4*3 {
		old := x.slots
		x.slots = make([]uint64, 2*len(old))
		x.shift--
		for _, slot := range old {
			if slot != 0 {
				x.insert(slot)
			}
		}
	}
	x.insert(uint64(hash)<<32 | uint64(number+1))
}

func (x *index) insert(slot uint64) {
	mask := uint32(len(x.slots) - 1)
	i := uint32(slot>>32) >> x.shift
	for x.slots[i] != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot
}

func (x *index) remove(hash, number uint32, t *Table) {
	mask := uint32(len(x.slots) - 1)
	want := uint64(hash)<<32 | uint64(number+1)
	i := hash >> x.shift
	for x.slots[i] != want {
		i = (i + 1) & mask
	}
	x.used--
	// Shift back what follows, as far as it does not move before its own position.
	for j := i; ; {
		j = (j + 1) & mask
		slot := x.slots[j]
		if slot == 0 {
			break
		}
		home := uint32(slot>>32) >> x.shift
		if (j-home)&mask >= (j-i)&mask {
			x.slots[i] = slot
			i = j
		}
	}
	x.slots[i] = 0
}

// chunk is how many conversations are made at once.
const chunk = 64

// at1 is the conversation whose number + 1 is n.
func (t *Table) at1(n uint32) *Conversation {
	n--
	return &t.slab[n/chunk][n%chunk]
}

// record takes an unused record off the slab.
func (t *Table) record() *Conversation {
	t.live++
	if n := t.free; n != 0 {
		c := t.at1(n)
		t.free, c.newer = c.newer, 0
		return c
	}
	if int(t.top) == len(t.slab)*chunk {
		t.slab = append(t.slab, make([]Conversation, chunk))
	}
	t.top++
	c := t.at1(t.top)
	c.number = t.top - 1
	return c
}
