package http

import (
	"bytes"
	"encoding/base64"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// address is the space of what is asked for: Name is host and path.
var address = davy.Space{Name: "url", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AppendClean(dst, o.Name)
}}

// headers are the header values that are read of one head.
type headers struct {
	host, agent, server []byte
	target, location    []byte // of service discovery
	token               []byte // behind "NTLM" or "Negotiate"
	length              uint64
	hasLength           bool
	twoLengths          bool
	chunked             bool
	upgrade             bool
}

// head reads a request or a reply up to the empty line.
func (d *dissector) head(c *protocol.Context, s *side, b []byte) (read, need int) {
	for len(b)-read >= 2 && bytes.HasPrefix(b[read:], lineEnd) {
		read += 2 // a stray line end between messages (RFC 9112, 2.2)
	}
	if read > 0 {
		return read, 0
	}
	first := bytes.IndexByte(b, '\n')
	if first < 0 && len(b) < maxHead && maybeStart(b) {
		return 0, len(b) + 1
	}
	server := c.Dir == protocol.FromServer
	if first < 0 || !isStatus(b) && !isVersion(b[:first]) {
		m := c.Begin("http", server)
		m.Verb, m.Op, m.Defect = davy.Other, "start line", davy.ReservedValue
		if first < 0 && len(b) >= maxHead {
			m.Defect = davy.Oversized
		}
		c.Emit()
		return -1, 0
	}
	end := headEnd(b)
	if end < 0 {
		if len(b) < maxHead {
			return 0, len(b) + 1
		}
		m := c.Begin("http", server)
		m.Verb, m.Op, m.Defect = davy.Other, "head", davy.Oversized
		c.Emit()
		return -1, 0
	}
	var h headers
	h.read(b[first+1 : end])
	line := bytes.TrimRight(b[:first], "\r ")
	if isStatus(b) {
		d.reply(c, s, line, &h)
	} else {
		d.request(c, s, line, &h)
	}
	return end, 0
}

// maybeStart reports whether a line that is not all there may begin a message.
func maybeStart(b []byte) bool {
	if n := min(len(b), len(statusStart)); string(b[:n]) == statusStart[:n] {
		return true
	}
	method := b[:min(len(b), 20)]
	if i := bytes.IndexByte(method, ' '); i >= 0 {
		method = method[:i]
	}
	return len(method) < 20 && isToken(method)
}

// headEnd finds what follows the empty line, -1 where it is not there yet.
func headEnd(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		if rest := b[i:]; len(rest) > 0 && rest[0] == '\n' {
			return i + 1
		} else if len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return i + 2
		}
	}
}

// read takes the wanted values out of the header lines.
func (h *headers) read(b []byte) {
	for len(b) > 0 {
		line := b
		if n := bytes.IndexByte(b, '\n'); n >= 0 {
			line, b = b[:n], b[n+1:]
		} else {
			b = nil
		}
		name, value, ok := bytes.Cut(line, colon)
		if !ok {
			continue
		}
		value = bytes.Trim(value, " \t\r")
		switch {
		case is(name, "host"):
			h.host = value
		case is(name, "user-agent"):
			h.agent = value
		case is(name, "server"):
			h.server = value
		case is(name, "st"), is(name, "nt"):
			h.target = value
		case is(name, "location"):
			h.location = value
		case is(name, "content-length"):
			n, ok := number(value)
			if h.hasLength && n != h.length || !ok {
				h.twoLengths = true
			}
			h.length, h.hasLength = n, ok
		case is(name, "transfer-encoding"):
			h.chunked = h.chunked || len(value) >= 7 && is(value[len(value)-7:], "chunked")
		case is(name, "upgrade"):
			h.upgrade = true
		case is(name, "authorization"), is(name, "www-authenticate"), is(name, "proxy-authorization"), is(name, "proxy-authenticate"):
			if scheme, token, ok := bytes.Cut(value, space); ok && (is(scheme, "ntlm") || is(scheme, "negotiate")) {
				h.token = token
			}
		}
	}
}

var (
	colon = []byte(":")
	space = []byte(" ")
)

// is compares without regard to case; want is in lower case.
func is(b []byte, want string) bool {
	if len(b) != len(want) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

func number(b []byte) (n uint64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if !digit(c) {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// ntlmssp is the layer that log-ins in header lines are handed to.
const ntlmssp protocol.Layer = "ntlmssp"

var ntlmMark = []byte("NTLMSSP\x00")

// carryToken hands on a log-in that stands in a header line, in base64.
func (d *dissector) carryToken(c *protocol.Context, token []byte) {
	n := base64.StdEncoding.DecodedLen(len(token))
	if n == 0 || n > 16<<10 {
		return
	}
	if cap(d.token) < n {
		d.token = make([]byte, n)
	}
	n, err := base64.StdEncoding.Decode(d.token[:n], token)
	if i := bytes.Index(d.token[:n], ntlmMark); err == nil && i >= 0 {
		c.Carry(ntlmssp, d.token[i:n])
	}
}
