package profinet

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// DCP services and service types (IEC 61158-6-10, DCP APDU coding).
const (
	serviceGet      = 3
	serviceSet      = 4
	serviceIdentify = 5
	serviceHello    = 6

	typeReply        = 1
	typeNotSupported = 4 // with typeReply: the service is refused
)

var services = [...]struct {
	op    string
	frame uint16
	verb  davy.Verb
}{
	serviceGet:      {"get", frameGetSet, davy.Identify},
	serviceSet:      {"set", frameGetSet, davy.Configure},
	serviceIdentify: {"identify", frameIdentifyRequest, davy.Identify},
	serviceHello:    {"hello", frameHello, davy.Identify},
}

const frameMismatch davy.Defect = "frame-id-mismatch" // the FrameID is another service's

// pdu is a DCP message's header.
type pdu struct {
	service uint8
	kind    uint8
	xid     uint32
}

func (p *pdu) reply() bool { return p.kind&typeReply != 0 }

func (d *dissector) dcp(c *protocol.Context, frame uint16, r *wire.Reader) {
	p := pdu{service: r.U8(), kind: r.U8(), xid: r.U32()}
	r.Skip(2) // response delay factor, or reserved
	length := int(r.U16())
	short := r.Short()
	m := c.Begin(dcp, !short && p.reply())
	m.Verb, m.Op, m.Code = davy.Other, "", uint32(p.service)
	switch {
	case short && c.Sliced > 0:
		m.Op = "dcp"
	case short:
		m.Op, m.Defect = "dcp", davy.Truncated
	case p.service < serviceGet || p.service > serviceHello:
		m.Defect = davy.UnknownCode
	default:
		m.Verb, m.Op = services[p.service].verb, services[p.service].op
		want := services[p.service].frame
		if p.service == serviceIdentify && p.reply() {
			want = frameIdentifyReply
		}
		if frame != want {
			m.Defect = frameMismatch
		}
		body := r.Bytes(min(length, r.Len()))
		if len(body) < length && c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		d.blocks(c, m, &p, body)
		return
	}
	c.Emit()
}

// blocks emits one message for each block, so that each has its object, value and result.
func (d *dissector) blocks(c *protocol.Context, m *davy.Message, p *pdu, body []byte) {
	if p.reply() {
		m.Result = davy.Result{Told: true}
		if p.kind&typeNotSupported != 0 {
			m.Result = davy.Result{Told: true, Failed: true, Name: "service not supported", Code: uint32(p.kind)}
		}
		if !c.Duplicate {
			if q := d.pending.Answer(uint64(p.xid)); q != nil {
				m.Took = protocol.Took(m.Time, q.Time)
			}
		}
	} else if !c.Duplicate && !c.Receiver.Addr.Group() {
		d.pending.AskAgain(uint64(p.xid), m)
	}
	if !p.reply() && p.service == serviceSet && !c.Duplicate {
		d.set.begin(p.xid)
	}
	head := *m
	count := 0
	for r := wire.NewReader(body); r.Len() >= 2; count++ {
		nextBlock(p, &r)
	}
	if count == 0 {
		c.Emit()
		return
	}
	r := wire.NewReader(body)
	for i := range count {
		b := nextBlock(p, &r)
		head.Origin.Place = m.Origin.Place
		*m = head
		m.Part, m.Parts = uint16(i), uint16(count)
		d.block(c, m, p, &b)
		if b.cut && c.Sliced == 0 && m.Defect == "" {
			m.Defect = davy.LengthMismatch
		}
		c.Emit()
	}
}

// block is one block as it stands on the wire.
type block struct {
	option, sub uint8
	info        uint16 // BlockInfo of a reply, BlockQualifier of a Set request
	data        []byte
	cut         bool // its length says more than there is
}

// nextBlock reads a block. A Get request lists options only; an Identify request has no
// BlockInfo; blocks begin on even bytes.
func nextBlock(p *pdu, r *wire.Reader) (b block) {
	b.option, b.sub = r.U8(), r.U8()
	if p.service == serviceGet && !p.reply() {
		return b
	}
	n := int(r.U16())
	if r.Short() {
		b.cut = true
		return b
	}
	b.cut = n > r.Len()
	body := wire.NewReader(r.Bytes(min(n, r.Len())))
	if n%2 == 1 {
		r.Skip(min(1, r.Len()))
	}
	if p.reply() && p.service == serviceSet || b.answers(p) {
		b.data = body.Rest()
		return b
	}
	if p.reply() || p.service != serviceIdentify {
		if b.info = body.U16(); body.Short() {
			b.cut = true
			return b
		}
	}
	b.data = body.Rest()
	return b
}

// answers reports whether a block says what became of another one: of each that a Set named,
// and of one that a Get asked for in vain. It has no BlockInfo.
func (b *block) answers(p *pdu) bool {
	return p.reply() && (p.service == serviceSet || p.service == serviceGet) && b.option == optionControl && b.sub == controlResponse
}

// blockErrors are the BlockError codes of such a block.
var blockErrors = [...]string{"", "option not supported", "suboption not supported or no data set available",
	"suboption not set", "resource error", "set not possible by local reasons", "in operation, set not possible"}

// blockReply reads what the reply to a Set or Get says of one block.
func (d *dissector) blockReply(c *protocol.Context, m *davy.Message, p *pdu, b *block) {
	r := wire.NewReader(b.data)
	option, sub, code := r.U8(), r.U8(), r.U8()
	if r.Short() {
		b.cut = true
		return
	}
	about(m, option, sub)
	set := p.service == serviceSet
	if o := lookup(option, sub); set && o.set != davy.NoVerb {
		m.Verb = o.set
	}
	m.Quiet = set && option == optionControl && sub <= controlEnd
	if m.Result.Failed {
		return
	}
	if code != 0 {
		m.Result = davy.Result{Told: true, Failed: true, Code: uint32(code), Name: "refused"}
		if int(code) < len(blockErrors) {
			m.Result.Name = blockErrors[code]
		}
		return
	}
	if set && !c.Duplicate {
		d.confirm(c, p.xid, option, sub)
	}
}

// setting is what a Set request asked for, told as facts once the device has confirmed it.
type setting struct {
	open  bool
	xid   uint32
	name  []byte
	ip    uint32
	hasIP bool
}

func (s *setting) begin(xid uint32) {
	*s = setting{open: true, xid: xid, name: s.name[:0]}
}

func (s *setting) remember(b *block) {
	switch {
	case b.option == optionDevice && b.sub == deviceName:
		s.name = append(s.name[:0], trimmed(b.data)...)
	case b.option == optionIP && (b.sub == ipParameter || b.sub == ipSuite) && len(b.data) >= 12:
		s.ip, s.hasIP = be32(b.data), true
	}
}

// confirm tells what was set, of the device that now says it is so.
func (d *dissector) confirm(c *protocol.Context, xid uint32, option, sub uint8) {
	s := &d.set
	if !s.open || s.xid != xid {
		return
	}
	if option == optionDevice && sub == deviceName {
		c.Tell(davy.AttrName, d.clean(s.name), "profinet dcp set", 90)
	}
	if option == optionIP && s.hasIP {
		d.tellIP(c, s.ip, "profinet dcp set")
	}
}

// trimmed cuts the padding off a text.
func trimmed(b []byte) []byte { return bytes.TrimRight(b, "\x00 ") }

// clean is a text without its padding, as printable text. It is good until the next one.
func (d *dissector) clean(b []byte) []byte {
	d.detail = davy.AppendClean(d.detail[:0], trimmed(b))
	return d.detail
}
