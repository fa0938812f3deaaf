// Package ntlm reads the NT LAN Manager's log-in messages wherever a protocol carries them
// (SMB, HTTP and others): who logs in, from which station, and what the server says of
// itself. Challenges, responses and keys are passed over and appear nowhere.
package ntlm

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Layer is what carriers hand NTLM messages to.
const Layer protocol.Layer = "ntlmssp"

// Protocol is NTLM.
var Protocol = protocol.Protocol{
	Name:   "ntlm",
	Spaces: []*davy.Space{&user},
	Over:   []protocol.Layer{Layer},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

const signature = "NTLMSSP\x00"

// Message types ([MS-NLMP] 2.2.1).
const (
	negotiate    = 1
	challenge    = 2
	authenticate = 3
)

// Flags of NegotiateFlags ([MS-NLMP] 2.2.2.5).
const (
	flagUnicode    = 1 << 0
	flagDomain     = 1 << 16 // the target is a domain
	flagServer     = 1 << 17 // the target is a server
	flagTargetInfo = 1 << 23
	flagVersion    = 1 << 25
)

func probe(p *protocol.Peek) protocol.Guess {
	if len(p.Bytes) >= len(signature)+4 && string(p.Bytes[:len(signature)]) == signature {
		if p.Bytes[len(signature)] == challenge {
			return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
		}
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	}
	return protocol.Guess{}
}

// user is the space of accounts.
var user = davy.Space{Name: "user"}

type dissector struct {
	protocol.Stateless
	text []byte
	name []byte
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if len(b) < len(signature)+4 || string(b[:len(signature)]) != signature {
		return -1, 0
	}
	r := wire.NewReader(b[len(signature):])
	kind := r.U32LE()
	m := c.Begin("ntlm", kind == challenge)
	m.Verb, m.Code = davy.Authenticate, kind
	switch kind {
	case negotiate:
		m.Op = "negotiate"
		d.negotiate(c, m, b, &r)
	case challenge:
		m.Op = "challenge"
		d.challenge(c, m, b, &r)
	case authenticate:
		m.Op = "authenticate"
		d.authenticate(c, m, b, &r)
	default:
		m.Defect = davy.UnknownCode
	}
	c.Emit()
	return len(b), 0
}

// field reads a length, a maximum and an offset, and returns the bytes they point at.
func field(m *davy.Message, b []byte, r *wire.Reader) []byte {
	n := int(r.U16LE())
	r.Skip(2)
	off := int(r.U32LE())
	if r.Short() || n == 0 {
		return nil
	}
	if off > len(b) || n > len(b)-off {
		m.Defect = davy.LengthMismatch
		return nil
	}
	return b[off : off+n]
}

// show turns a text into UTF-8; names before Unicode was agreed on stand in the OEM code page.
func show(dst, b []byte, unicode bool) []byte {
	if unicode {
		return wire.AppendUTF16LE(dst, b)
	}
	return append(dst, b...)
}

func (d *dissector) negotiate(c *protocol.Context, m *davy.Message, b []byte, r *wire.Reader) {
	flags := r.U32LE()
	if r.Short() {
		m.Defect = davy.Truncated
		return
	}
	if r.Len() < 16 {
		return // the shortest form ends with its flags
	}
	domain, station := field(m, b, r), field(m, b, r)
	c.Tell(davy.AttrDomain, domain, "ntlm negotiate", 60)
	c.Tell(davy.AttrName, station, "ntlm negotiate", 80)
	if flags&flagVersion != 0 {
		d.version(c, r)
	}
}

// version tells the operating system's version ([MS-NLMP] 2.2.2.10), which Samba fills
// with that of an old Windows.
func (d *dissector) version(c *protocol.Context, r *wire.Reader) {
	major, minor, build := r.U8(), r.U8(), r.U16LE()
	r.Skip(3)
	if revision := r.U8(); r.Short() || revision != 15 || major == 0 || build == 0 {
		return
	}
	d.text = strconv.AppendUint(append(d.text[:0], "Windows "...), uint64(major), 10)
	d.text = strconv.AppendUint(append(d.text, '.'), uint64(minor), 10)
	d.text = strconv.AppendUint(append(d.text, " build "...), uint64(build), 10)
	c.Tell(davy.AttrOS, d.text, "ntlm version", 60)
}

// Identifiers of the pairs in TargetInfo ([MS-NLMP] 2.2.2.1).
const (
	avEnd          = 0
	avComputer     = 1
	avDomain       = 2
	avDNSComputer  = 3
	avDNSDomain    = 4
	maxTargetPairs = 64
)

func (d *dissector) challenge(c *protocol.Context, m *davy.Message, b []byte, r *wire.Reader) {
	target := field(m, b, r)
	flags := r.U32LE()
	r.Skip(8 + 8) // challenge and reserved
	if r.Short() {
		m.Defect = davy.Truncated
		return
	}
	d.text = show(d.text[:0], target, flags&flagUnicode != 0)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	switch {
	case flags&flagDomain != 0:
		c.Tell(davy.AttrDomain, d.text, "ntlm target", 80)
	case flags&flagServer != 0 || len(d.text) > 0:
		c.Tell(davy.AttrName, d.text, "ntlm target", 85)
	}
	if flags&flagTargetInfo == 0 {
		return
	}
	info := wire.NewReader(field(m, b, r))
	d.name = append(d.name[:0], d.text...) // the value stays while d.text is used again
	m.Value.Raw = d.name
	for range maxTargetPairs {
		id, n := info.U16LE(), int(info.U16LE())
		v := info.Bytes(n)
		if id == avEnd || info.Short() {
			break
		}
		d.text = wire.AppendUTF16LE(d.text[:0], v)
		switch id {
		case avComputer:
			c.Tell(davy.AttrName, d.text, "ntlm computer", 90)
		case avDNSComputer:
			c.Tell(davy.AttrName, d.text, "ntlm dns computer", 85)
		case avDomain:
			c.Tell(davy.AttrDomain, d.text, "ntlm domain", 85)
		case avDNSDomain:
			c.Tell(davy.AttrDomain, d.text, "ntlm dns domain", 80)
		}
	}
	if flags&flagVersion != 0 {
		d.version(c, r)
	}
}

func (d *dissector) authenticate(c *protocol.Context, m *davy.Message, b []byte, r *wire.Reader) {
	r.Skip(8 + 8) // the fields of the responses
	domain, account, station := field(m, b, r), field(m, b, r), field(m, b, r)
	r.Skip(8) // session key
	if r.Short() {
		m.Defect = davy.Truncated
		return
	}
	// The flags may be missing in the oldest form; its names then are Unicode all the same,
	// as all that still speak are of Windows 2000 and later.
	unicode := true
	version := false
	if r.Len() >= 4 {
		flags := r.U32LE()
		unicode, version = flags&flagUnicode != 0, flags&flagVersion != 0
	}
	d.name = show(d.name[:0], domain, unicode)
	if len(d.name) > 0 {
		d.name = append(d.name, '\\')
	}
	if d.name = show(d.name, account, unicode); len(account) == 0 {
		d.name = append(d.name[:0], "anonymous"...)
	}
	m.Object = davy.Object{Space: &user, Name: d.name}
	d.text = show(d.text[:0], station, unicode)
	c.Tell(davy.AttrName, d.text, "ntlm workstation", 80)
	if version {
		d.version(c, r)
	}
}
