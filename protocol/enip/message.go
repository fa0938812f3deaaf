package enip

import (
	"net/netip"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/cip"
	"github.com/davylamp/davy/wire"
)

// message tells one encapsulated message: the CIP in it, or the command itself.
func (d *conversation) message(c *protocol.Context, h *header, data []byte, defect davy.Defect) {
	overUDP := c.Layer == protocol.UDP && h.known() && !commandOf(h.command).udp
	if (h.command == sendRRData || h.command == sendUnitData) && defect == "" && !overUDP {
		if d.carried(c, h, data) {
			return
		}
	}
	reply := h.reply(data, c.Dir)
	m := h.begin(c, reply)
	switch {
	case defect != "":
		m.Defect = defect
	case !h.known():
		m.Defect = davy.UnknownCode
	case overUDP:
		m.Defect = NotOverUDP
	case h.options != 0:
		m.Defect = davy.ReservedValue
	}
	if reply {
		name, ok := statusName(h.status)
		m.Result = davy.Result{Told: true, Failed: h.status != 0, Code: h.status, Name: name}
		if !ok && m.Defect == "" {
			m.Defect = davy.ReservedValue
		}
		if q := d.pending.Answer(h.key()); q != nil {
			m.Took = protocol.Took(m.Time, q.Time)
		} else if h.status != 0 && h.command == sendRRData && !c.Duplicate {
			m.Took = d.cip.Refused(h.carriageKey(), c.Time)
		}
	}
	if m.Defect != "" || h.status != 0 {
		c.Emit()
		return
	}
	switch h.command {
	case listIdentity:
		d.list(c, m, data, identityItem, reply)
	case listServices:
		d.list(c, m, data, servicesItem, reply)
	case registerSession:
		d.register(c, m, data)
	case sendRRData, sendUnitData:
		d.uncarried(c, m, data)
	default:
		c.Emit()
	}
	if !reply && h.answered() && !c.Duplicate {
		d.pending.Ask(h.key(), m)
	}
}

// answered reports whether a command is one that is answered without CIP.
func (h *header) answered() bool {
	switch h.command {
	case legacyList, listServices, listIdentity, listInterfaces, registerSession:
		return true
	}
	return false
}

// key is what a reply repeats of its request.
func (h *header) key() uint64 { return davy.Mix(h.context, uint64(h.command)) }

// carriageKey is what a reply over no connection repeats of its request.
func (h *header) carriageKey() uint64 { return davy.Mix(uint64(h.session), h.context) }

// register tells a session's opening: the only protocol version is 1, and no options are
// defined (CIP Vol. 2, 2-4.4).
func (d *conversation) register(c *protocol.Context, m *davy.Message, data []byte) {
	r := wire.NewReader(data)
	version, flags := r.U16LE(), r.U16LE()
	switch {
	case r.Short():
		m.Defect = davy.Truncated
	case r.Len() > 0:
		m.Defect = davy.LengthMismatch
	case version == 0 || flags != 0:
		m.Defect = davy.ReservedValue
	}
	c.Emit()
}

// carried hands CIP on. It reports false when there is none.
func (d *conversation) carried(c *protocol.Context, h *header, data []byte) bool {
	r := wire.NewReader(data)
	if r.U32LE() != 0 { // an interface other than CIP's
		return false
	}
	k := readItems(data, 6)
	if !k.hasData || k.defect != "" && len(k.data) == 0 {
		return false
	}
	// What is wrong with other items, or behind them, does not make the CIP unreadable.
	e := cip.Carriage{Connected: k.connected, Connection: k.connection, From: c.Dir, OTPort: k.ot.port, TOPort: k.to.port, Defect: k.defect}
	if h.options != 0 || h.status != 0 {
		e.Defect = davy.ReservedValue // with a status other than success there is no data (2-3.5)
	}
	if k.to.told && k.to.ip>>28 == 14 {
		e.TOAddress = davy.AddrOf4(k.to.ip, c.Sender.Addr.Scope)
	}
	if k.connected {
		if len(k.data) < sequenceCountSize {
			return false
		}
		count := wire.NewReader(k.data)
		e.Key = uint64(count.U16LE())
	} else {
		e.Key = h.carriageKey()
	}
	d.cip.Read(c, k.cip(), &e)
	return true
}

// uncarried tells a command that should carry CIP and does not.
func (d *conversation) uncarried(c *protocol.Context, m *davy.Message, data []byte) {
	r := wire.NewReader(data)
	k := readItems(data, 6)
	switch handle := r.U32LE(); {
	case k.defect != "":
		m.Defect = k.defect
	case handle == 0:
		m.Defect = NoData
	}
	c.Emit()
}

// list tells what a device lists of itself, an item a message.
func (d *conversation) list(c *protocol.Context, m *davy.Message, data []byte, want uint16, reply bool) {
	if !reply {
		c.Emit()
		return
	}
	r := wire.NewReader(data)
	count := min(int(r.U16LE()), maxItems)
	m.Parts = uint16(count)
	told := false
	for i := range count {
		id := r.U16LE()
		item := wire.NewReader(r.Bytes(int(r.U16LE())))
		m.Part = uint16(i)
		m.Value, m.Defect = davy.Value{}, ""
		switch {
		case r.Short():
			m.Defect = davy.LengthMismatch
		case id != want:
		case want == identityItem:
			d.identity(c, m, &item)
		default:
			item.Skip(4)
			if text := until0(item.Bytes(16)); !item.Short() {
				m.Value = davy.Value{Kind: davy.Text, Raw: text}
			} else {
				m.Defect = davy.Truncated
			}
		}
		c.Emit()
		told = true
		if r.Short() {
			return
		}
	}
	if !told {
		if r.Short() {
			m.Defect = davy.Truncated
		}
		c.Emit()
	}
}

// identity reads a List Identity item (CIP Vol. 2, table 2-4.4): protocol version, socket
// address, then the Identity object's attributes 1 to 7 and its state.
func (d *conversation) identity(c *protocol.Context, m *davy.Message, r *wire.Reader) {
	r.Skip(2)
	var s socket
	s.read(r)
	id, ok := cip.ReadIdentity(r)
	if !ok {
		m.Defect = davy.Truncated
		return
	}
	m.Value = davy.Value{Kind: davy.Text, Raw: id.Name}
	const source = "enip list identity"
	d.text = id.Tell(c, davy.Path{}, source, d.text)
	if s.ip != 0 && s.ip>>28 < 14 {
		d.text = netip.AddrFrom4([4]byte{byte(s.ip >> 24), byte(s.ip >> 16), byte(s.ip >> 8), byte(s.ip)}).AppendTo(d.text[:0])
		c.Tell(davy.AttrIP, d.text, source, 80)
	}
}

// until0 is a text up to its first zero byte.
func until0(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}
