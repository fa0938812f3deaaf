package smb

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

const (
	head2   = 64
	reply2  = 1 << 0 // Flags: a response
	maxNext = 64     // commands in one message that are told
)

// Commands of SMB 2 that are read further.
const (
	cmd2Negotiate    = 0
	cmd2SessionSetup = 1
	cmd2TreeConnect  = 3
	cmd2Create       = 5
)

// smb2 reads the commands of a message one after another ([MS-SMB2] 2.2.1, compounded
// requests).
func (d *dissector) smb2(c *protocol.Context, b []byte, cut bool) {
	count := 1
	for rest := b; count < maxNext; count++ {
		r := wire.NewReader(rest)
		r.Skip(20)
		next := int(r.U32LE())
		if r.Short() || next < head2 || next > len(rest)-head2 {
			break
		}
		rest = rest[next:]
	}
	for i := range count {
		one := b
		r := wire.NewReader(b)
		r.Skip(20)
		if next := int(r.U32LE()); i < count-1 {
			one, b = b[:next], b[next:]
		} else if next > 0 && !cut && !r.Short() {
			one = b[:min(len(b), max(next, head2))]
		}
		d.command2(c, one, i, count, cut)
	}
}

func (d *dissector) command2(c *protocol.Context, b []byte, part, parts int, cut bool) {
	r := wire.NewReader(b)
	mark, size := string(r.Bytes(4)), r.U16LE()
	r.Skip(2)
	statusCode, code := r.U32LE(), r.U16LE()
	r.Skip(2)
	flags := r.U32LE()
	r.Skip(4) // where the next command begins
	id := r.U64LE()
	r.Skip(8 + 8 + 16) // process and tree or async id, session, signature
	m := c.Begin("smb", !r.Short() && flags&reply2 != 0)
	o := commandOf(smb2Code + uint32(code))
	m.Op, m.Verb, m.Quiet, m.Code = o.op, o.verb, o.quiet, smb2Code+uint32(code)
	m.Part, m.Parts = uint16(part), uint16(parts)
	switch {
	case r.Short():
		if m.Op, m.Quiet = "smb", false; !cut {
			m.Defect = davy.Truncated
		}
	case mark != mark2 || size != head2:
		m.Defect, m.Quiet = davy.ReservedValue, false
	case o.op == "":
		m.Verb, m.Defect = davy.Other, davy.UnknownCode
	}
	if m.Defect != "" || r.Short() {
		c.Emit()
		return
	}
	if m.Reply {
		m.Result = status(statusCode)
		if statusCode != statusPending {
			if q := d.pending.Answer(id); q != nil && q.Code == m.Code {
				q.Fill(m)
			}
		}
	}
	var token []byte
	switch {
	case m.Reply && m.Result.Failed: // an error's own form follows
	case code == cmd2Negotiate && m.Reply:
		r.Skip(2 + 2)
		d.text = appendDialect(d.text[:0], r.U16LE())
		m.Value = davy.Value{Kind: davy.Text, Raw: d.text}
		r.Skip(2 + 16 + 4 + 4 + 4 + 4 + 8 + 8)
		token = at(m, b, &r)
	case code == cmd2SessionSetup && m.Reply:
		r.Skip(2 + 2)
		token = at(m, b, &r)
	case code == cmd2SessionSetup:
		r.Skip(2 + 1 + 1 + 4 + 4)
		token = at(m, b, &r)
	case code == cmd2TreeConnect && !m.Reply:
		r.Skip(2 + 2)
		d.object(m, &share, wire.AppendUTF16LE(d.text[:0], at(m, b, &r)))
	case code == cmd2Create && !m.Reply:
		r.Skip(2 + 1 + 1 + 4 + 8 + 8 + 4 + 4 + 4)
		disposition, options := r.U32LE(), r.U32LE()
		if disposition != dispositionOpen || options&deleteOnClose != 0 {
			m.Verb = davy.File
		}
		d.object(m, &file, wire.AppendUTF16LE(d.text[:0], at(m, b, &r)))
	}
	if r.Short() && !cut {
		m.Defect, m.Quiet = davy.Truncated, false
	}
	if !m.Reply {
		d.pending.AskAgain(id, m)
	}
	c.Emit()
	d.login(c, token)
}

// at reads an offset from the head and a length, and returns the bytes they point at.
func at(m *davy.Message, b []byte, r *wire.Reader) []byte {
	off, n := int(r.U16LE()), int(r.U16LE())
	if r.Short() || n == 0 {
		return nil
	}
	if off < head2 || off > len(b) {
		m.Defect = davy.LengthMismatch
		return nil
	}
	return b[off:min(off+n, len(b))]
}

func appendDialect(dst []byte, v uint16) []byte {
	switch v {
	case 0x0202:
		return append(dst, "SMB 2.0.2"...)
	case 0x0210:
		return append(dst, "SMB 2.1"...)
	case 0x0300:
		return append(dst, "SMB 3.0"...)
	case 0x0302:
		return append(dst, "SMB 3.0.2"...)
	case 0x0311:
		return append(dst, "SMB 3.1.1"...)
	case 0x02ff:
		return append(dst, "SMB 2 (wildcard)"...)
	}
	return append(dst, "SMB, unknown dialect"...)
}
