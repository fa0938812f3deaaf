package packet

// segment takes a TCP segment of a conversation that is open. What is plain and in order
// goes straight to the Taker, without being copied.
func (t *Table) segment(c *Conversation, d int, p *Packet, k Taker) {
	h, o := &c.dir[d], &c.dir[1-d]
	if p.Flags&(SYN|FIN|RST|ACK) != ACK || h.flags&(known|loose|expected|doubtful|finSeen) != known ||
		h.back != nil || o.back != nil || p.Seq != h.next || p.Missing != 0 ||
		(o.flags&known == 0 || !reaches(o.next, p.Ack)) && !t.tired(c, h) {
		t.arrived(p)
		t.settleDue(c, d, p, k)
		return
	}
	acknowledge(o, p.Ack)
	if len(p.Payload) == 0 {
		return
	}
	o.vain = 0
	t.arrived(p)
	t.deliver(c, d, p.Seq, uint32(len(p.Payload)), p.Payload, k)
	if h.back != nil {
		t.settle(c, k)
		t.relieve(k)
	}
}

// arrived makes the packet what the Taker is told to have brought the bytes.
func (t *Table) arrived(p *Packet) {
	t.at.Time, t.at.Origin, t.at.SrcMAC, t.at.DstMAC = t.now, p.Origin, p.SrcMAC, p.DstMAC
}

// settleDue takes a segment that is not plain, then does what has become due by it.
func (t *Table) settleDue(c *Conversation, d int, p *Packet, k Taker) {
	if p.Flags&RST != 0 {
		t.reset(c, d, p)
	} else {
		t.unplain(c, d, p, k)
	}
	t.settle(c, k)
	t.due(t.now, k)
	t.relieve(k)
}

// unplain takes a segment with flags, out of order, overlapping, ahead of what it
// acknowledges, sliced, or with others waiting.
func (t *Table) unplain(c *Conversation, d int, p *Packet, k Taker) {
	h, o := &c.dir[d], &c.dir[1-d]
	seq, size := p.Seq, uint32(len(p.Payload)+min(p.Missing, 1<<20))
	if p.Flags&SYN != 0 {
		t.synchronise(c, d, p, k)
		seq++
	}
	if p.Flags&ACK != 0 {
		acknowledge(o, p.Ack)
	}
	inVain := o.vain > 0 // the other side's segments waited in vain for what was lost here
	if size > 0 {
		o.vain = 0
	}
	t.locate(c, d, seq, size, p, k)
	t.closeNumber(c, d, seq, size, p, k)
	if o.holding() {
		t.pump(c, nil, k) // what waited for this side to show up comes first
		t.arrived(p)
	}
	if size > 0 {
		t.accept(c, d, seq, size, p, k)
	}
	if h.has(finSeen) && p.Flags&FIN != 0 && h.next-h.fin > maxBehind {
		t.holdFIN(c, d)
	}
	t.pump(c, nil, k)
	if b := h.back; b != nil {
		if inVain && b.hole() && h.acknowledged(b) {
			t.force(b, k)
		}
		for b.over(&t.config) {
			t.force(b, k)
		}
	}
}

// acknowledge notes how far the other side has received the direction.
func acknowledge(h *direction, ack uint32) {
	if h.flags&acks == 0 || int32(ack-h.acked) > 0 || h.acked-ack > maxBehind {
		h.acked = ack
		h.flags |= acks
	}
}

// locate finds the direction's position where it is not known: a stream that is joined in
// the middle begins with the first segment that is seen.
func (t *Table) locate(c *Conversation, d int, seq, size uint32, p *Packet, k Taker) {
	h, o := &c.dir[d], &c.dir[1-d]
	fits := p.Flags&ACK == 0 || !o.has(syn) || p.Ack-o.start < 1<<30
	switch {
	case !h.has(known):
		h.join(seq)
		if size == 0 {
			h.flags |= loose
		}
		if !fits {
			h.flags |= doubtful
		}
	case h.has(doubtful) && fits && p.Flags&SYN == 0:
		t.let(c, d, p, k)
		h.join(seq)
		h.flags &^= doubtful
		t.gap(c, d, 0, k)
	case h.has(loose) && size == 1 && seq+1 == h.next: // a keep-alive
		return
	case h.has(loose) && size > 0:
		t.let(c, d, p, k)
		h.join(seq)
		h.flags &^= loose
	case h.has(loose) && reaches(seq, h.next) && !h.holding():
		h.join(seq)
	}
	if size > 0 {
		h.flags &^= expected
	}
}

// join begins a direction in its middle. What came just before may still come.
func (h *direction) join(seq uint32) {
	h.next, h.start = seq, seq
	h.holeLo, h.holeHi = seq-joinBehind, seq
	h.flags |= known
}

// accept takes payload: what is behind the stream's position is compared, what is ahead is
// held back.
func (t *Table) accept(c *Conversation, d int, seq, size uint32, p *Packet, k Taker) {
	h := &c.dir[d]
	data := p.Payload
	if size == 1 && h.over() && seq == h.fin {
		t.stats.KeepAlives++ // the FIN's number repeated
		return
	}
	if behind := h.next - seq; behind != 0 && behind <= maxBehind {
		// A keep-alive repeats the last number with one byte of garbage, or none (RFC 9293, 3.8.4).
		if behind == 1 && size == 1 {
			t.stats.KeepAlives++
			return
		}
		old := min(behind, size)
		t.again(c, d, seq, data[:min(int(old), len(data))], k)
		if behind >= size {
			t.stats.Retransmitted++
			return
		}
		seq, size = h.next, size-behind
		data = data[min(int(behind), len(data)):]
	}
	waits := t.waits(c, d, p.Flags, p.Ack)
	if seq == h.next && !waits && !h.holding() {
		t.deliver(c, d, seq, size, data, k)
		return
	}
	if waits {
		t.stats.Held++
	} else if seq != h.next {
		t.stats.OutOfOrder++
	}
	t.hold(c, d, seq, size, data, p, k)
}

// again takes bytes at numbers that are behind the stream's position. The first copy was
// handed on; where it is still known this one must be the same. Bytes of a hole that was
// given up are no copies: they are handed on out of step.
func (t *Table) again(c *Conversation, d int, seq uint32, data []byte, k Taker) {
	h := &c.dir[d]
	if t.recent.differs(h.recent, seq, data) {
		t.conflict(c, d, k)
	}
	hole := h.holeHi - h.holeLo
	lo, hi := max(0, int32(h.holeLo-seq)), min(int32(len(data)), int32(h.holeHi-seq))
	if hole == 0 || lo >= hi {
		return
	}
	from, to := seq+uint32(lo), seq+uint32(hi)
	switch {
	case from == h.holeLo:
		h.holeLo = to
	case to == h.holeHi:
		h.holeHi = from
	case from-h.holeLo >= h.holeHi-to: // one hole is remembered: the larger part of it
		h.holeHi = from
	default:
		h.holeLo = to
	}
	data = data[lo:hi]
	t.stats.LateBytes += uint64(len(data))
	t.dropKept(h)
	h.recent = t.recent.put(h.recent, from, data)
	k.Gap(c, d, 0, &t.at)
	read, _ := k.Stream(c, d, data, &t.at)
	if read >= 0 && read < len(data) {
		t.stats.DroppedBytes += uint64(len(data) - read)
	}
	k.Gap(c, d, 0, &t.at)
	if from+uint32(len(data)) == h.holeLo && h.next-h.holeLo > farAway && h.next-h.holeLo < 1<<31 && !h.holding() {
		// The stream was led far away by a segment of its own; what follows shows where it is.
		h.next, h.holeHi = h.holeLo, h.holeLo
	}
}

const farAway = 1 << 20

func (t *Table) conflict(c *Conversation, d int, k Taker) {
	t.stats.Conflicts++
	k.Defect(c, d, ConflictingOverlap, &t.at)
}

// deliver hands on the bytes at the stream's position and moves it. data is what was
// captured of size bytes; the rest is a gap.
func (t *Table) deliver(c *Conversation, d int, seq, size uint32, data []byte, k Taker) {
	h := &c.dir[d]
	h.next = seq + size
	if n := len(data); n > 0 {
		h.recent = t.recent.put(h.recent, seq, data)
		if h.back != nil && h.back.unread() > 0 {
			t.extend(c, d, data, k)
		} else {
			read, need := k.Stream(c, d, data, &t.at)
			if read >= 0 && read < n {
				t.keep(c, d, data[read:], need, k)
			}
		}
	}
	if missing := size - uint32(len(data)); missing > 0 {
		t.stats.Sliced++
		t.stats.SlicedBytes += uint64(missing)
		t.gap(c, d, missing, k)
	}
}

// gap says that n bytes will not come; what was kept of a message is lost with them.
func (t *Table) gap(c *Conversation, d int, n uint32, k Taker) {
	t.dropKept(&c.dir[d])
	c.Gaps++
	k.Gap(c, d, n, &t.at)
}
