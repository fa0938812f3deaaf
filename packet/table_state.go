package packet

import (
	"errors"
	"fmt"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// stateVersion is the first byte of a saved Table.
const stateVersion = 1

// AppendState saves all that the table knows. user writes what the Taker keeps with a
// conversation that is not closed.
func (t *Table) AppendState(dst []byte, user func(w *wire.Writer, c *Conversation)) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	w.Varint(t.now)
	w.Uvarint(t.serial)
	for _, n := range t.stats.all() {
		w.Uvarint(*n)
	}
	w.Uvarint(uint64(t.buffers.peak))
	w.Uvarint(t.recent.head)
	w.Blob(t.recent.buf[:min(t.recent.head, uint64(len(t.recent.buf)))])
	w.Uvarint(uint64(len(t.recent.buf)))
	w.Count(t.live)
	for list := range t.orders {
		for n := t.orders[list].oldest; n != 0; {
			c := t.at1(n)
			n = c.newer
			c.append(w)
			if c.state&closed == 0 {
				user(w, c)
			}
		}
	}
	var count int
	for b := t.oldest; b != nil; b = b.newer {
		count++
	}
	w.Count(count)
	place := t.places()
	for b := t.oldest; b != nil; b = b.newer {
		w.Uvarint(uint64(place[b.c.number])<<1 | uint64(b.dir))
		b.append(w)
	}
	return w.B
}

// places numbers the conversations in the order in which they are saved.
func (t *Table) places() []uint32 {
	place := make([]uint32, t.top)
	var i uint32
	for list := range t.orders {
		for n := t.orders[list].oldest; n != 0; n = t.at1(n).newer {
			place[n-1] = i
			i++
		}
	}
	return place
}

var errState = errors.New("the saved conversations are broken or cut short")

// LoadState makes an empty table continue where the saved one stopped; user reads what
// AppendState's user wrote. After an error the table is empty. More conversations than this
// table may have are all loaded, and make room with the next that opens.
func (t *Table) LoadState(b []byte, user func(r *wire.Reader, c *Conversation) error) error {
	if len(b) == 0 || b[0] != stateVersion {
		return fmt.Errorf("conversations are saved in a form this version does not know; start without the saved state")
	}
	r := wire.NewReader(b[1:])
	err := t.load(&r, user)
	if err == nil && (r.Short() || r.Len() > 0) {
		err = errState
	}
	if err != nil {
		*t = *NewTable(t.config)
	}
	return err
}

func (t *Table) load(r *wire.Reader, user func(r *wire.Reader, c *Conversation) error) error {
	*t = *NewTable(t.config)
	now, serial := r.Varint(), r.Uvarint()
	t.now = now
	for _, n := range t.stats.all() {
		*n = r.Uvarint()
	}
	peak := r.Uvarint()
	t.loadRecent(r)
	n := r.Count(minConversation)
	all := make([]*Conversation, 0, n)
	for ; n > 0; n-- {
		c := t.record()
		number := c.number
		c.load(r)
		c.number = number
		if r.Short() || c.Kind < Frame || c.Kind > UDPDatagram {
			return errState
		}
		c.what = kindOf(c.Kind, c.IPProto, c.EtherType)
		placed, met := c.placed, c.state&used
		t.index.put(t.hash(c), c.number, t)
		t.place(c, listOf(c))
		c.placed = placed
		c.state |= met
		if c.state&closed == 0 {
			if err := user(r, c); err != nil {
				return err
			}
		}
		all = append(all, c)
	}
	for n := r.Count(minBacklog); n > 0; n-- {
		at := r.Uvarint()
		if at>>1 >= uint64(len(all)) || all[at>>1].dir[at&1].back != nil || all[at>>1].state&closed != 0 {
			return errState
		}
		c, d := all[at>>1], int(at&1)
		b := t.backlog(c, d)
		if !b.load(r, t) {
			return errState
		}
		t.schedule(b)
	}
	t.serial = serial
	t.buffers.peak = max(t.buffers.peak, int(min(peak, 1<<40)))
	return nil
}

func (t *Table) loadRecent(r *wire.Reader) {
	head, filled, size := r.Uvarint(), r.Blob(), r.Uvarint()
	if size == 0 || t.recent.size <= 0 || uint64(len(filled)) != min(head, size) {
		return
	}
	if t.recent.put(0, 0, nil); uint64(len(t.recent.buf)) != size {
		t.recent.buf = nil // another size was asked for: what is remembered is forgotten
		t.recent.head = 0
		return
	}
	t.recent.head = head
	copy(t.recent.buf, filled)
}

// minConversation and minBacklog are the fewest bytes that one is saved in.
const (
	minConversation = 24
	minBacklog      = 12
)

func (c *Conversation) append(w *wire.Writer) {
	for _, e := range []davy.Endpoint{c.A, c.B} {
		hi, lo, rest := e.Addr.Words()
		w.Uvarint(hi)
		w.Uvarint(lo)
		w.Uvarint(rest)
		w.Uvarint(uint64(e.Port))
	}
	w.Varint(c.First)
	w.Varint(c.Last)
	w.Varint(c.placed)
	w.Varint(c.since)
	w.Uvarint(uint64(c.Gaps))
	w.U16(c.EtherType)
	w.U8(uint8(c.Kind))
	w.U8(c.IPProto)
	w.U8(uint8(c.Opener + 1))
	w.Bool(c.Answered)
	w.Bool(c.Refused)
	w.U8(uint8(c.state))
	for d := range c.dir {
		h := &c.dir[d]
		w.Uvarint(c.Packets[d])
		w.Uvarint(c.Bytes[d])
		w.Uvarint(uint64(h.flags))
		if c.Kind == TCPSegment || h.has(known) {
			w.U8(h.vain)
			for _, n := range [...]uint32{h.next, h.start, h.acked, h.fin, h.holeLo, h.holeHi, h.recent} {
				w.U32(n)
			}
		}
	}
}

func (c *Conversation) load(r *wire.Reader) {
	for _, e := range []*davy.Endpoint{&c.A, &c.B} {
		e.Addr = davy.AddrFromWords(r.Uvarint(), r.Uvarint(), r.Uvarint())
		e.Port = uint16(r.Uvarint())
	}
	c.First, c.Last, c.placed, c.since = r.Varint(), r.Varint(), r.Varint(), r.Varint()
	c.Gaps = uint32(r.Uvarint())
	c.EtherType = r.U16()
	c.Kind, c.IPProto = Kind(r.U8()), r.U8()
	c.Opener = int8(r.U8()) - 1
	c.Answered, c.Refused = r.Bool(), r.Bool()
	c.state = state(r.U8())
	for d := range c.dir {
		h := &c.dir[d]
		c.Packets[d], c.Bytes[d] = r.Uvarint(), r.Uvarint()
		h.flags = marks(r.Uvarint())
		if c.Kind == TCPSegment || h.has(known) {
			h.vain = r.U8()
			for _, n := range [...]*uint32{&h.next, &h.start, &h.acked, &h.fin, &h.holeLo, &h.holeHi, &h.recent} {
				*n = r.U32()
			}
		}
	}
}

func (b *backlog) append(w *wire.Writer) {
	w.Uvarint(b.serial)
	w.Varint(b.closeAt)
	w.U32(b.missed)
	w.Varint(b.missedAt)
	w.Blob(b.kept[b.start:])
	w.Uvarint(uint64(max(0, b.need)))
	read := b.total - uint64(b.unread())
	w.Count(len(b.parts))
	for i := range b.parts {
		p := &b.parts[i]
		w.Uvarint(p.end - read)
		w.Varint(p.at.Time)
		appendOrigin(w, p.at.Origin)
		w.Uvarint(uint64(p.at.SrcMAC))
		w.Uvarint(uint64(p.at.DstMAC))
	}
	w.Count(len(b.held) - b.first)
	for i := b.first; i < len(b.held); i++ {
		s := &b.held[i]
		w.U32(s.seq)
		w.Uvarint(uint64(s.size))
		w.U32(s.ack)
		w.U8(s.flags)
		w.Varint(s.time)
		w.Uvarint(s.serial)
		appendOrigin(w, s.origin)
		w.Uvarint(uint64(s.src))
		w.Uvarint(uint64(s.dst))
		w.Blob(s.data)
	}
}

// load reads a backlog, and reports whether it can be one.
func (b *backlog) load(r *wire.Reader, t *Table) bool {
	b.serial, b.closeAt = r.Uvarint(), r.Varint()
	b.missed, b.missedAt = r.U32(), r.Varint()
	kept := r.Blob()
	b.need = int(min(r.Uvarint(), 1<<40))
	b.kept = append(t.buffers.get(len(kept)), kept...)
	b.total = uint64(len(kept))
	for n := r.Count(8); n > 0; n-- {
		b.parts = append(b.parts, share{r.Uvarint(), Arrival{r.Varint(), loadOrigin(r), davy.MAC(r.Uvarint()), davy.MAC(r.Uvarint())}})
	}
	if (len(kept) > 0) != (len(b.parts) > 0) || len(b.parts) > 0 && b.parts[len(b.parts)-1].end != b.total {
		return false
	}
	h := &b.c.dir[b.dir]
	for n := r.Count(18); n > 0; n-- {
		s := held{seq: r.U32(), size: uint32(r.Uvarint()), ack: r.U32(), flags: r.U8(), time: r.Varint(), serial: r.Uvarint(),
			origin: loadOrigin(r), src: davy.MAC(r.Uvarint()), dst: davy.MAC(r.Uvarint())}
		data := r.Blob()
		if uint64(len(data)) > uint64(s.size) || s.size > 1<<24 {
			return false
		}
		if n := len(b.held); n > 0 && s.seq-h.next < b.held[n-1].seq-h.next+b.held[n-1].size {
			return false
		}
		s.data = append(t.buffers.get(len(data)), data...)
		b.insert(len(b.held), s)
	}
	return !r.Short() && (len(b.held) == 0 || h.has(known)) && (b.closeAt == 0) == (!h.has(resetter))
}

func appendOrigin(w *wire.Writer, o davy.Origin) {
	w.Varint(o.Stamp)
	w.Uvarint(uint64(o.File))
	w.Uvarint(uint64(o.Frame))
	w.Uvarint(uint64(o.Place))
}

func loadOrigin(r *wire.Reader) davy.Origin {
	return davy.Origin{Stamp: r.Varint(), File: uint32(r.Uvarint()), Frame: uint32(r.Uvarint()), Place: uint16(r.Uvarint())}
}
