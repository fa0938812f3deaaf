// Package ssh knows Secure Shell by the version that both sides say in clear, on any port,
// and tells which program speaks. What follows is encrypted and not looked at.
package ssh

import (
	"bytes"
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is SSH.
var Protocol = protocol.Protocol{
	Name:      "ssh",
	Over:      []protocol.Layer{protocol.TCP},
	Ports:     []uint16{22},
	Probe:     probe,
	New:       func() protocol.Dissector { return new(dissector) },
	Encrypted: true,
}

// maxLine is the longest identification line, with its line end (RFC 4253, 4.2). A line a
// server sends before it may be longer; it is given the same room twice.
const (
	maxLine = 255
	prefix  = "SSH-"
)

// probe knows the identification string: both sides begin with it.
func probe(p *protocol.Peek) protocol.Guess {
	if b := p.Bytes; len(b) > len(prefix) && string(b[:len(prefix)]) == prefix && (b[4] == '1' || b[4] == '2') {
		return protocol.Guess{Confidence: protocol.Certain}
	}
	return protocol.Guess{}
}

// enoughOf is how much of one side is passed over before the other side's version is no
// longer waited for, in bytes.
const enoughOf = 16 << 10

type dissector struct {
	said   [2]bool // the client, the server
	passed uint32
}

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	side := 0
	if c.Dir == protocol.FromServer {
		side = 1
	}
	if d.said[side] {
		if d.passed += uint32(min(len(b), enoughOf)); d.passed > enoughOf {
			c.Opaque(true)
		}
		return len(b), 0
	}
	end := bytes.IndexByte(b, '\n')
	banner := len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
	switch {
	case end < 0 && len(b) <= maxLine || end < 0 && !banner && len(b) <= 2*maxLine:
		return 0, len(b) + 1
	case end < 0 && !banner:
		return -1, 0
	case !banner:
		return end + 1, 0 // a server may greet with other lines first
	}
	m := c.Begin("ssh", side == 1)
	m.Verb, m.Op = davy.Connect, "version"
	if end < 0 || end >= maxLine {
		m.Defect, end = davy.Oversized, maxLine-1
	}
	line := bytes.TrimRight(b[:end], "\r")
	m.Value = davy.Value{Kind: davy.Text, Raw: line}
	tell(c, line)
	c.Emit()
	d.said[side] = true
	if d.said[0] && d.said[1] {
		c.Opaque(true)
	}
	return end + 1, 0
}

// tell reads SSH-protoversion-softwareversion SP comments.
func tell(c *protocol.Context, line []byte) {
	_, software, ok := bytes.Cut(line[len(prefix):], dash)
	if !ok {
		return
	}
	c.Tell(davy.AttrSoftware, software, "ssh version", 90)
	for _, os := range systems {
		if bytes.Contains(software, os) {
			c.Tell(davy.AttrOS, os, "ssh version", 60)
			return
		}
	}
}

var (
	dash = []byte("-")
	// systems are what packagers put into their comment, and Microsoft into its version.
	systems = [...][]byte{[]byte("Ubuntu"), []byte("Debian"), []byte("Raspbian"), []byte("FreeBSD"), []byte("NetBSD"), []byte("Windows")}
)

func (d *dissector) Reset() { *d = dissector{} }

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	w.Bool(d.said[0])
	w.Bool(d.said[1])
	w.Uvarint(uint64(d.passed))
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	r := wire.NewReader(b)
	version := r.U8()
	*d = dissector{said: [2]bool{r.Bool(), r.Bool()}, passed: uint32(r.Uvarint())}
	if version != stateVersion || r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("unknown version, or cut short")
	}
	return nil
}
