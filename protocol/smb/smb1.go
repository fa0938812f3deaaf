package smb

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const (
	head1          = 32
	reply1         = 0x80   // Flags: a response
	flagNTStatus   = 0x4000 // Flags2
	flagUnicode    = 0x8000
	extendedLogIn  = 1 << 31 // Capabilities: extended security
	negotiateWords = 17
)

// smb1 reads an SMB 1 message ([MS-CIFS] 2.2.3): head, words, bytes. A chained (AndX)
// second command is not followed, but in a session setup, which often carries the tree.
func (d *dissector) smb1(c *protocol.Context, b []byte, cut bool) {
	r := wire.NewReader(b)
	r.Skip(4)
	code, statusCode, flags, flags2 := r.U8(), r.U32LE(), r.U8(), r.U16LE()
	r.Skip(12 + 2) // extended process, signature, reserved, tree
	pid, _, mid := r.U16LE(), r.U16LE(), r.U16LE()
	words := r.Bytes(2 * int(r.U8()))
	count := int(r.U16LE())
	start := r.Offset()
	m := c.Begin("smb", !r.Short() && flags&reply1 != 0)
	o := commandOf(uint32(code))
	m.Op, m.Verb, m.Quiet, m.Code = o.op, o.verb, o.quiet, uint32(code)
	switch {
	case r.Short() && len(b) >= held:
	case r.Short():
		m.Op, m.Defect, m.Quiet = "smb", davy.Truncated, false
	case o.op == "":
		m.Verb, m.Defect = davy.Other, davy.UnknownCode
	case count > r.Len() && !cut && code != 0x2e && code != cmdCreate:
		// A large read counts its bytes in its words, and Windows 2000 leaves what was in its
		// buffer as the count of a create's reply.
		m.Defect, m.Quiet = davy.LengthMismatch, false
	}
	if m.Defect != "" || r.Short() {
		c.Emit()
		return
	}
	id := uint64(pid)<<16 | uint64(mid)
	if m.Reply {
		m.Result = status(statusCode)
		if flags2&flagNTStatus == 0 && statusCode != 0 {
			m.Result = davy.Result{Told: true, Failed: true, Name: "DOS error", Code: statusCode&0xff<<16 | statusCode>>16}
		}
		if q := d.pending.Answer(id); q != nil && q.Code == m.Code {
			q.Fill(m)
		}
	}
	s := texts{b: b, off: start, end: min(start+count, len(b)), unicode: flags2&flagUnicode != 0}
	w := wire.NewReader(words)
	var token []byte
	switch {
	case code == cmdSessionSetup && m.Reply:
		token = d.setupReply(c, m, &w, &s)
	case code == cmdSessionSetup:
		token = d.setupRequest(c, m, &w, &s)
	case code == cmdNegotiate && m.Reply:
		token = d.negotiateReply(c, m, &w, &s)
	case code == cmdTreeConnect && !m.Reply:
		w.Skip(4 + 2)
		s.skip(int(w.U16LE())) // a share's password
		d.object(m, &share, s.next(d.text[:0]))
	case code == cmdCreate && !m.Reply:
		d.create1(m, &w, &s)
	case (code == cmdDelete || code == cmdRename || code <= 0x03) && !m.Reply && s.off < s.end:
		s.skip(1) // the buffer format
		d.object(m, &file, s.next(d.text[:0]))
	case code == cmdOpenX && !m.Reply:
		d.object(m, &file, s.next(d.text[:0]))
	case code == cmdTransaction && !m.Reply:
		d.object(m, &pipe, s.next(d.text[:0]))
	}
	if !m.Reply {
		d.pending.AskAgain(id, m)
	}
	c.Emit()
	d.login(c, token)
}

func (d *dissector) object(m *davy.Message, space *davy.Space, name []byte) {
	if d.text = name; len(name) > 0 {
		m.Object = davy.Object{Space: space, Name: name}
	}
}

// login hands an NTLM message inside a security token to its dissector.
func (d *dissector) login(c *protocol.Context, token []byte) {
	if i := bytes.Index(token, []byte(ntlmMark)); i >= 0 {
		c.Carry(ntlmssp, token[i:])
	}
}

// setupRequest reads a log-in ([MS-CIFS] 2.2.4.53, [MS-SMB] 2.2.4.6): 13 words with
// passwords, 12 with a security token, 10 in LANMAN's form.
func (d *dissector) setupRequest(c *protocol.Context, m *davy.Message, w *wire.Reader, s *texts) (token []byte) {
	words := w.Len() / 2
	w.Skip(4 + 2 + 2 + 2 + 4)
	n := int(w.U16LE())
	switch words {
	case 13:
		s.skip(n + int(w.U16LE()))
		account := s.next(d.text[:0])
		d.name = s.next(d.name[:0]) // domain
		if len(account) > 0 && len(d.name) > 0 {
			d.name = append(append(d.name, '\\'), account...)
			account = append(account[:0], d.name...)
		}
		d.object(m, &user, account)
	case 12:
		token = s.skip(n)
	case 10:
		s.skip(n)
		d.object(m, &user, s.next(d.text[:0]))
		d.name = s.next(d.name[:0])
	default:
		return nil
	}
	d.systems(c, s)
	return token
}

// systems tells the names of operating system and LAN manager that both sides send.
func (d *dissector) systems(c *protocol.Context, s *texts) {
	d.name = s.next(d.name[:0])
	c.Tell(davy.AttrOS, d.name, "smb native os", 70)
	d.name = s.next(d.name[:0])
	c.Tell(davy.AttrSoftware, d.name, "smb native lan manager", 60)
}

func (d *dissector) setupReply(c *protocol.Context, m *davy.Message, w *wire.Reader, s *texts) (token []byte) {
	words := w.Len() / 2
	w.Skip(4 + 2)
	if words == 4 {
		token = s.skip(int(w.U16LE()))
	}
	if words != 3 && words != 4 {
		return nil
	}
	d.systems(c, s)
	d.name = s.next(d.name[:0])
	c.Tell(davy.AttrDomain, d.name, "smb session setup", 70)
	return token
}

// negotiateReply reads the server's choice ([MS-CIFS] 2.2.4.52.2).
func (d *dissector) negotiateReply(c *protocol.Context, m *davy.Message, w *wire.Reader, s *texts) (token []byte) {
	if w.Len() != 2*negotiateWords {
		return nil
	}
	w.Skip(2 + 1 + 2 + 2 + 4 + 4 + 4)
	capabilities := w.U32LE()
	w.Skip(8 + 2)
	challenge := int(w.U8())
	d.text = append(d.text[:0], "NT LM 0.12"...)
	m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
	if capabilities&extendedLogIn != 0 {
		s.skip(16)
		return s.b[min(s.off, s.end):s.end]
	}
	s.skip(challenge)
	d.name = s.plain(d.name[:0])
	c.Tell(davy.AttrDomain, d.name, "smb negotiate", 80)
	d.name = s.plain(d.name[:0])
	c.Tell(davy.AttrName, d.name, "smb negotiate", 85)
	return nil
}

const (
	dispositionOpen = 1      // open what is there
	deleteOnClose   = 0x1000 // CreateOptions
)

// create1 reads which file is opened or made ([MS-CIFS] 2.2.4.64).
func (d *dissector) create1(m *davy.Message, w *wire.Reader, s *texts) {
	w.Skip(4 + 1 + 2 + 4 + 4 + 4 + 8 + 4 + 4)
	disposition, options := w.U32LE(), w.U32LE()
	if w.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	if disposition != dispositionOpen || options&deleteOnClose != 0 {
		m.Verb = davy.File
	}
	d.object(m, &file, s.next(d.text[:0]))
}

// texts reads the strings of an SMB 1 message, which in Unicode begin on even bytes of the
// message.
type texts struct {
	b        []byte
	off, end int
	unicode  bool
}

func (s *texts) skip(n int) []byte {
	start := min(s.off, s.end)
	s.off = min(start+n, s.end)
	return s.b[start:s.off]
}

// next reads a string, on an even byte where it is Unicode.
func (s *texts) next(dst []byte) []byte {
	if s.unicode && s.off%2 == 1 {
		s.off++
	}
	return s.plain(dst)
}

// plain reads a string where it stands.
func (s *texts) plain(dst []byte) []byte {
	if s.off >= s.end {
		return dst
	}
	b := s.b[s.off:s.end]
	if !s.unicode {
		n := bytes.IndexByte(b, 0)
		if n < 0 {
			n = len(b)
		}
		s.off += n + 1
		return append(dst, b[:n]...)
	}
	n := 0
	for n+1 < len(b) && b[n]|b[n+1] != 0 {
		n += 2
	}
	s.off += n + 2
	return wire.AppendUTF16LE(dst, b[:n])
}
