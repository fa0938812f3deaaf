package packet

// waits reports whether a segment acknowledges bytes of the other direction that were not
// handed on yet: a tap's two legs are not in step, and replies are read after what they
// answer. A direction that waited in vain for some time stops until the other side shows up.
func (t *Table) waits(c *Conversation, d int, flags uint8, ack uint32) bool {
	h, o := &c.dir[d], &c.dir[1-d]
	if flags&ACK == 0 || t.wait <= 0 || t.tired(c, h) {
		return false
	}
	if !o.has(known) {
		return true
	}
	ahead := ack - o.next
	if ahead == 1 && o.over() {
		return false // the FIN
	}
	return ahead != 0 && ahead <= maxAhead
}

// tired reports whether a direction's segments no longer wait for what they acknowledge:
// where a mirror has one leg only, or where packets are lost, each wait is for nothing.
func (t *Table) tired(c *Conversation, h *direction) bool {
	return h.vain >= enoughVain && t.now-c.since >= enoughVain*t.wait
}

const enoughVain = 3

// giveUp gives up the hole before the first segment held back.
func (t *Table) giveUp(b *backlog, k Taker) {
	h := &b.c.dir[b.dir]
	s := &b.held[b.first]
	n := s.seq - h.next
	h.holeLo, h.holeHi, h.next = h.next, s.seq, s.seq
	t.stats.Gaps++
	if n > 1<<30 {
		n = 0
	}
	t.stats.GapBytes += uint64(n)
	t.release1(s)
	t.gap(b.c, b.dir, n, k)
}

// force lets the first segment held back go on, whatever it waits for.
func (t *Table) force(b *backlog, k Taker) {
	if b.hole() {
		t.giveUp(b, k)
		t.pump(b.c, nil, k)
		return
	}
	h := &b.c.dir[b.dir]
	if h.vain == 0 {
		b.c.since = b.held[b.first].time
	}
	h.vain = min(h.vain+1, enoughVain)
	t.stats.HeldInVain++
	t.pump(b.c, b, k)
}

// let lets all go on that a direction holds back, because its position moves.
func (t *Table) let(c *Conversation, d int, p *Packet, k Taker) {
	for c.dir[d].holding() {
		t.force(c.dir[d].back, k)
	}
	t.arrived(p)
}

// pump hands on what need not wait any longer, in the order in which it arrived; first of
// all the first segment of the backlog through, if any, which is at its stream's position.
func (t *Table) pump(c *Conversation, through *backlog, k Taker) {
	for c.dir[0].holding() || c.dir[1].holding() {
		var next *backlog
		for d := range c.dir {
			h := &c.dir[d]
			if !h.holding() {
				continue
			}
			b := h.back
			s := &b.held[b.first]
			if s.seq != h.next && (s.size > 0 || h.next-s.seq > maxBehind) {
				continue
			}
			if b == through {
				next, through = b, nil
				break
			}
			if t.waits(c, d, s.flags, s.ack) && t.now-s.time < t.wait {
				continue
			}
			if next == nil || s.serial < next.held[next.first].serial {
				next = b
			}
		}
		if next == nil {
			return
		}
		s := next.pop()
		if s.seq == c.dir[next.dir].next {
			t.release1(&s)
			t.deliver(c, next.dir, s.seq, s.size, s.data, k)
		}
		t.buffers.put(s.data)
	}
}

// release1 makes a held segment's packet what the Taker is told to have brought the bytes.
func (t *Table) release1(s *held) {
	t.at = Arrival{Time: t.now, Origin: s.origin, SrcMAC: s.src, DstMAC: s.dst}
}

// expire does what is due at the backlog's deadline.
func (t *Table) expire(b *backlog, k Taker) {
	c := b.c
	if c.Kind != TCPSegment {
		t.lateRequest(b, k)
		t.settle(c, k)
		return
	}
	if b.closeAt != 0 && b.deadline == b.closeAt {
		t.drain(c, k)
		t.close(c, Finished, k)
		return
	}
	t.force(b, k)
	t.settle(c, k)
}

// drain releases all that a conversation holds back.
func (t *Table) drain(c *Conversation, k Taker) {
	for {
		var next *backlog
		for d := range c.dir {
			if h := &c.dir[d]; h.holding() && (next == nil || h.back.held[h.back.first].serial < next.held[next.first].serial) {
				next = h.back
			}
		}
		if next == nil {
			return
		}
		if c.Kind != TCPSegment {
			t.lateRequest(next, k)
			continue
		}
		t.force(next, k)
	}
}

// settle puts right what follows from a conversation's new state: what waits until when,
// and whether both sides are done.
func (t *Table) settle(c *Conversation, k Taker) {
	for d := range c.dir {
		if b := c.dir[d].back; b != nil {
			if b.unread() == 0 && len(b.held) == b.first && b.closeAt == 0 {
				t.release(b)
			} else {
				t.schedule(b)
			}
		}
	}
	if c.dir[0].over() && c.dir[1].over() && c.state&closed == 0 {
		t.close(c, Finished, k)
	}
}

// relieve frees buffers when all are taken: what waits goes on, the next in time first;
// then partial messages are lost, the oldest first.
func (t *Table) relieve(k Taker) {
	for t.buffers.taken > t.config.Buffered && t.oldest != nil {
		t.stats.BufferPressure++
		if len(t.waiting) > 0 {
			t.expire(t.waiting[0], k)
			continue
		}
		t.overflow(t.oldest, k)
	}
}

// overflow puts a direction out of step whose partial message cannot be kept.
func (t *Table) overflow(b *backlog, k Taker) {
	t.stats.Overflows++
	t.at = b.latest()
	t.at.Time = t.now
	t.gap(b.c, b.dir, 0, k)
	t.settle(b.c, k)
}
