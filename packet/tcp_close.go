package packet

// closeNumber notes where the direction ends, and notices bytes beyond that end: a FIN or
// a RST that its own sender does not keep to was meant for the watcher only.
func (t *Table) closeNumber(c *Conversation, d int, seq, size uint32, p *Packet, k Taker) {
	h := &c.dir[d]
	end := seq + size
	if behind := h.next - end; behind != 0 && behind <= maxBehind {
		return
	}
	keepAlive := size == 1 && (seq == h.fin || seq+1 == h.next)
	if size > 0 && h.has(resetter) && int32(end-h.fin) > 0 && !keepAlive {
		t.revive(c, d, k)
	}
	switch {
	case p.Flags&FIN != 0:
		if h.has(finSeen) && h.fin != end {
			t.notClosed(c, d, k)
		}
		h.fin = end
		h.flags |= finSeen
	case size > 0 && h.has(finSeen) && int32(end-h.fin) > 0 && !keepAlive:
		t.notClosed(c, d, k)
		h.flags &^= finSeen
	}
}

func (t *Table) notClosed(c *Conversation, d int, k Taker) {
	t.stats.AfterClose++
	k.Defect(c, d, DataAfterClose, &t.at)
}

// revive takes a RST back.
func (t *Table) revive(c *Conversation, d int, k Taker) {
	h := &c.dir[d]
	h.flags &^= resetter
	if !c.dir[1-d].has(resetter) {
		c.state &^= closing
	}
	if h.back != nil {
		h.back.closeAt = 0
	}
	c.Refused = false
	t.notClosed(c, d, k)
}

// reset takes a RST: in the window (RFC 9293, 3.10.7.4) it closes the conversation, once
// what the other leg of a tap may still bring has come.
func (t *Table) reset(c *Conversation, d int, p *Packet) {
	h, o := &c.dir[d], &c.dir[1-d]
	if !t.inWindow(h, o, p) {
		t.stats.BadResets++
		return
	}
	t.stats.DroppedBytes += uint64(len(p.Payload))
	if p.Flags&ACK != 0 {
		acknowledge(o, p.Ack)
		if !o.has(known) && p.Seq == 0 { // it refuses a SYN that the other leg brings later
			o.next, o.start, o.holeLo, o.holeHi = p.Ack, p.Ack, p.Ack, p.Ack
			o.flags |= known | expected
			c.Refused = true
			if c.Opener < 0 {
				c.Opener = int8(1 - d)
			}
		}
	}
	if o.has(syn) && !h.has(known) {
		c.Refused = true
	}
	if !h.has(finSeen) {
		h.fin = p.Seq
	}
	if !h.has(resetter) {
		t.backlog(c, d).closeAt = t.now + t.wait
	}
	h.flags |= resetter
	c.state |= closing
}

// inWindow reports whether the receiver would heed a RST.
func (t *Table) inWindow(h, o *direction, p *Packet) bool {
	switch {
	case h.has(known) && !h.has(expected) && !h.has(doubtful):
		return p.Seq-h.next <= farAway || h.has(acks) && p.Seq == h.acked || h.has(loose) && h.next-p.Seq <= joinBehind
	case p.Flags&ACK != 0 && o.has(known) && p.Seq == 0:
		return p.Ack-o.start <= maxAhead && o.next-p.Ack+farAway <= 2*farAway
	case h.has(acks):
		return p.Seq-h.acked <= farAway
	}
	return true
}

// holdFIN holds back a FIN behind a hole, so that the hole is noticed also when nothing
// else follows it.
func (t *Table) holdFIN(c *Conversation, d int) {
	h := &c.dir[d]
	b := t.backlog(c, d)
	b.compact()
	n := len(b.held)
	if n > 0 && b.held[n-1].seq+b.held[n-1].size-h.next >= h.fin-h.next {
		return // what is held back shows the hole
	}
	t.serial++
	b.insert(n, held{seq: h.fin, time: t.now, serial: t.serial, origin: t.at.Origin, src: t.at.SrcMAC, dst: t.at.DstMAC})
}
