package packet

// Side is which side of a conversation a datagram comes from, as its content tells.
type Side uint8

// Sides.
const (
	NoSide  Side = iota // the content does not tell
	Asks                // it is a request
	Answers             // it answers a request
)

// Sider is a Taker that can tell requests from answers. Where it can, an answer whose request
// was not seen waits for it as TCP segments wait for what they acknowledge: a tap's two legs
// are not in step.
type Sider interface {
	// Side tells which side sends the datagram that p brings.
	Side(c *Conversation, dir int, p *Packet) Side
}

// A direction of datagrams has no sequence numbers. Of its fields next numbers the bytes
// that were held back, acked counts requests that wait for their answer, fin datagrams
// that told no side, and vain answers that waited in vain; since, of the conversation, is
// when something was asked last.
const (
	sideless   = 16         // datagrams without a side, after which a direction is not asked any more
	openFor    = int64(1e9) // how long a request counts as waiting for its answer
	maxAsked   = 64         // requests that count as waiting
	maxMissing = 1 << 20    // bytes of a slice's missing end that are told
)

// datagram hands a datagram on, unless it answers what was not seen yet.
func (t *Table) datagram(c *Conversation, d int, p *Packet, k Taker) {
	h, o := &c.dir[d], &c.dir[1-d]
	if h.fin >= sideless && !h.holding() || t.wait <= 0 {
		k.Datagram(c, d, p)
		return
	}
	side := t.side(c, d, p, k)
	h.flags |= known // these counts are saved
	o.vain = 0
	switch {
	case side == NoSide:
		h.fin++
	case side == Asks:
		if t.now-c.since > openFor {
			h.acked = 0
		}
		c.since = t.now
		h.acked = min(h.acked+1, maxAsked)
	case h.holding():
	case o.acked > 0 && t.now-c.since <= openFor:
		o.acked--
	case h.vain < enoughVain && !p.Dst.Group() && len(p.Payload) > 0:
		t.holdDatagram(c, d, p, k)
		return
	}
	if h.holding() { // what came before it is first
		t.holdDatagram(c, d, p, k)
		return
	}
	k.Datagram(c, d, p)
	for o.holding() && h.acked > 0 {
		h.acked--
		t.releaseDatagram(o.back, k)
	}
	if o.back != nil {
		t.settle(c, k)
	}
}

// side asks the Taker, where it can tell.
func (t *Table) side(c *Conversation, d int, p *Packet, k Taker) Side {
	s, ok := k.(Sider)
	if !ok {
		return NoSide
	}
	return s.Side(c, d, p)
}

// holdDatagram holds a datagram back, behind others of its direction.
func (t *Table) holdDatagram(c *Conversation, d int, p *Packet, k Taker) {
	h := &c.dir[d]
	b := t.backlog(c, d)
	b.compact()
	seq := h.next
	if n := len(b.held); n > 0 {
		seq = b.held[n-1].seq + b.held[n-1].size
	}
	t.serial++
	t.stats.Held++
	b.insert(len(b.held), held{seq: seq, size: uint32(len(p.Payload) + min(p.Missing, maxMissing)), time: t.now, serial: t.serial,
		origin: p.Origin, src: p.SrcMAC, dst: p.DstMAC, data: append(t.buffers.get(len(p.Payload)), p.Payload...)})
	for b.over(&t.config) {
		t.releaseDatagram(b, k)
	}
	t.settle(c, k)
	t.relieve(k)
}

// releaseDatagram hands on the first datagram that is held back.
func (t *Table) releaseDatagram(b *backlog, k Taker) {
	c, d := b.c, b.dir
	s := b.pop()
	c.dir[d].next = s.seq + s.size
	from, to := c.Sender(d), c.Receiver(d)
	t.early = Packet{Time: t.now, Origin: s.origin, SrcMAC: s.src, DstMAC: s.dst, Src: from.Addr, Dst: to.Addr, SrcPort: from.Port, DstPort: to.Port,
		Kind: c.Kind, IPProto: c.IPProto, EtherType: c.EtherType, Payload: s.data, Missing: int(s.size) - len(s.data)}
	k.Datagram(c, d, &t.early)
	t.early.Payload = nil
	t.buffers.put(s.data)
}

// lateRequest lets all go on that a direction of datagrams holds back: their requests did
// not come.
func (t *Table) lateRequest(b *backlog, k Taker) {
	h := &b.c.dir[b.dir]
	h.vain = min(h.vain+1, enoughVain)
	t.stats.HeldInVain++
	for h.holding() {
		t.releaseDatagram(b, k)
	}
}
