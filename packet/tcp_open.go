package packet

// What a TCP segment is to the conversation that has its ports.
type verdict uint8

const (
	same  verdict = iota // belongs to it
	anew                 // belongs to a later connection on the same ports
	stale                // a straggler: not looked at
)

const (
	// synRepeat is how long a SYN may be repeated while nothing else has come, and synCopy
	// how long after that: some devices number every connection alike.
	synRepeat = int64(10e9)
	synCopy   = int64(50e6)
	// strayWait is how long after a close payload of a side that was never seen is a straggler.
	strayWait = int64(1e9)
)

// pick is yes or no.
func pick(b bool, yes, no verdict) verdict {
	if b {
		return yes
	}
	return no
}

// opener is the direction that opened a conversation, told by its first packet.
func opener(p *Packet) int8 {
	switch p.Flags & (SYN | ACK | RST) {
	case SYN:
		return 0
	case SYN | ACK:
		return 1
	}
	return -1
}

// judge says whether a segment belongs to the conversation c: asked for a SYN, and for
// every segment after the close.
func (t *Table) judge(c *Conversation, d int, p *Packet) verdict {
	var v verdict
	switch {
	case c.state&closed != 0:
		if v = t.afterClose(c, d, p); v == stale {
			t.stats.Lingering++
		}
	case p.Flags&ACK == 0:
		v = t.judgeSYN(c, d, p)
	default:
		if v = judgeAnswer(c, d, p); v == stale {
			t.stats.BadHandshakes++
		}
	}
	return v
}

// judgeSYN judges a SYN without ACK on a live conversation: the same SYN again, one that
// the mirror brought late, the other half of a simultaneous open (RFC 9293, 3.5, figure 8),
// or a new connection.
func (t *Table) judgeSYN(c *Conversation, d int, p *Packet) verdict {
	h := &c.dir[d]
	first := p.Seq + 1
	switch {
	case h.has(syn):
		return pick(h.start == first && (!c.moved() || t.now-c.First < synCopy), same, anew)
	case h.has(known):
		return pick(h.start-first <= joinBehind, same, anew)
	case h.has(acks):
		return pick(h.acked-p.Seq <= joinBehind, same, anew)
	}
	return same
}

// moved reports whether any payload was handed on.
func (c *Conversation) moved() bool {
	return c.dir[0].next != c.dir[0].start || c.dir[1].next != c.dir[1].start
}

// judgeAnswer judges a SYN with ACK.
func judgeAnswer(c *Conversation, d int, p *Packet) verdict {
	h, o := &c.dir[d], &c.dir[1-d]
	first := p.Seq + 1
	fits := true // it acknowledges what the other side sent
	switch {
	case o.has(syn):
		fits = p.Ack-o.start <= joinBehind
	case o.has(known):
		fits = o.start-p.Ack <= joinBehind
	}
	switch {
	case h.has(syn) && h.start == first:
		return same
	case h.has(syn) && fits && h.next != h.start:
		return stale // nobody changes its number in the middle
	case h.has(known) && h.flags&(syn|doubtful) == 0:
		return pick(h.start-first <= joinBehind, same, anew)
	}
	return pick(fits, same, anew)
}

// afterClose judges a segment that comes after its conversation was closed: what could
// still be under way is swallowed, so that it does not open a conversation of its own.
func (t *Table) afterClose(c *Conversation, d int, p *Packet) verdict {
	h := &c.dir[d]
	since := t.now - c.Last
	size := uint32(len(p.Payload) + p.Missing)
	switch {
	case p.Flags&(SYN|RST) == SYN:
		again := h.has(known) && h.start == p.Seq+1
		return pick(again && (since < synCopy || since < synRepeat && !c.moved()), stale, anew)
	case since > int64(t.config.Linger):
		return anew
	case size == 0 || p.Flags&RST != 0:
		return stale
	case !h.has(known):
		return pick(since < strayWait, stale, anew)
	}
	ahead := p.Seq + size - h.next
	switch {
	case ahead == 0 || -ahead <= farAway: // seen before
		return stale
	case ahead > farAway: // another stream
		return anew
	case size == 1 && h.has(finSeen): // a keep-alive after the FIN
		return stale
	case c.dir[1-d].has(resetter) && !h.has(resetter): // it has not heard of the RST
		return stale
	}
	return anew
}

// synchronise takes the SYN's number as the direction's start.
func (t *Table) synchronise(c *Conversation, d int, p *Packet, k Taker) {
	h, o := &c.dir[d], &c.dir[1-d]
	first := p.Seq + 1
	if h.has(resetter) && !(h.has(syn) && h.start == first) { // a copy of its SYN takes no RST back
		t.revive(c, d, k)
	}
	switch {
	case !h.has(known) || h.has(expected) || h.has(loose):
		if h.next != first {
			t.let(c, d, p, k)
		}
		h.next, h.holeLo, h.holeHi = first, first, first
		h.flags &^= finSeen
	case h.has(syn) && h.start == first:
	case h.has(syn) || h.has(doubtful): // the answer was given anew, or what came before it was of another connection
		t.let(c, d, p, k)
		if h.next != h.start {
			t.gap(c, d, 0, k)
		}
		h.next, h.holeLo, h.holeHi = first, first, first
		h.flags &^= finSeen
	default: // it was joined in the middle, and the SYN comes late
		if h.holeHi == h.start {
			h.holeLo = first
		}
	}
	h.start = first
	h.flags = h.flags&^(expected|loose|doubtful) | known | syn
	by := d
	if p.Flags&ACK != 0 {
		by = 1 - d
		if !o.has(known) {
			o.next, o.start, o.holeLo, o.holeHi = p.Ack, p.Ack, p.Ack, p.Ack
			o.flags |= known | expected
		}
		c.Answered = true
	}
	if c.Opener < 0 {
		c.Opener = int8(by)
	}
}
