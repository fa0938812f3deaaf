// Package http reads HTTP/1 by name: who asks for what, which programs speak, how it was
// answered. Bodies are passed over by their length. Secrets stay out: header values that
// authenticate are not shown, and in addresses the values of parameters that are called
// like secrets are blotted out.
package http

import (
	"bytes"
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// Protocol is HTTP/1.0 and 1.1 over TCP, and over UDP the service discovery of UPnP (SSDP),
// which has its form; its messages are named ssdp.
var Protocol = protocol.Protocol{
	Name:   "http",
	Also:   []string{"ssdp"},
	Spaces: []*davy.Space{&address, &service},
	Over:   []protocol.Layer{protocol.TCP, protocol.UDP},
	Ports:  []uint16{80, 81, 1900, 3128, 5000, 5357, 5985, 8000, 8008, 8080, 8081, 8088, 8888},
	Probe:  probe,
	New:    func() protocol.Dissector { return new(dissector) },
}

// methods are those a request line may begin with before its end is seen.
var methods = [...]struct {
	name string
	verb davy.Verb
}{
	{"GET", davy.Read}, {"HEAD", davy.Read}, {"POST", davy.Other}, {"PUT", davy.Write}, {"DELETE", davy.Write},
	{"PATCH", davy.Write}, {"OPTIONS", davy.Diagnose}, {"TRACE", davy.Diagnose}, {"CONNECT", davy.Connect},
	{"PROPFIND", davy.Browse}, {"PROPPATCH", davy.Write}, {"MKCOL", davy.Write}, {"COPY", davy.Write}, {"MOVE", davy.Write},
	{"LOCK", davy.Other}, {"UNLOCK", davy.Other}, {"SUBSCRIBE", davy.Subscribe}, {"UNSUBSCRIBE", davy.Subscribe},
	{"NOTIFY", davy.Other}, {"RPC_IN_DATA", davy.Other}, {"RPC_OUT_DATA", davy.Other}, {"CCM_POST", davy.Other},
	{"BITS_POST", davy.Other}, {"REPORT", davy.Browse}, {"SEARCH", davy.Browse},
}

// Numbers of methods that change how the reply is read.
const (
	methodHead    = 1
	methodConnect = 8
	methodOther   = 255
)

func methodOf(name []byte) uint32 {
	for i := range methods {
		if methods[i].name == string(name) {
			return uint32(i)
		}
	}
	return methodOther
}

// probe knows a status line by its beginning, and a request line by its method and, where
// its end is there, by the version at its end: RTSP and SIP have the same form.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if p.Layer == protocol.UDP {
		return probeDatagram(b)
	}
	if isStatus(b) {
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
	}
	space := bytes.IndexByte(b[:min(len(b), 20)], ' ')
	if space < 3 || !isToken(b[:space]) {
		return protocol.Guess{}
	}
	end := bytes.IndexByte(b, '\n')
	switch {
	case end >= 0 && isVersion(b[:end]):
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	case end >= 0 || methodOf(b[:space]) == methodOther || space+1 >= len(b):
		return protocol.Guess{}
	}
	rest := b[space+1:]
	if rest[0] == '/' || bytes.HasPrefix(rest, schemeHTTP) || bytes.HasPrefix(rest, schemeHTTPS) {
		return protocol.Guess{Confidence: protocol.Likely, From: protocol.FromClient}
	}
	return protocol.Guess{}
}

var (
	schemeHTTP  = []byte("http://")
	schemeHTTPS = []byte("https://")
	version1    = []byte("HTTP/1.")
	version2    = []byte(" HTTP/2.0")
	lineEnd     = []byte("\r\n")
)

func isStatus(b []byte) bool {
	if len(b) < 12 || !bytes.HasPrefix(b, version1) || b[8] != ' ' {
		return false
	}
	return digit(b[7]) && b[9] >= '1' && b[9] <= '5' && digit(b[10]) && digit(b[11])
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// isToken holds that a method is of capital letters.
func isToken(b []byte) bool {
	for _, c := range b {
		if (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// isVersion reports whether a request line (without its \n) ends with an HTTP version.
func isVersion(line []byte) bool {
	line = bytes.TrimRight(line, "\r ")
	n := len(line)
	return n > 9 && line[n-9] == ' ' && bytes.HasPrefix(line[n-8:], version1) && digit(line[n-1]) || bytes.HasSuffix(line, version2)
}

// part is where in a message one direction is.
type part uint8

const (
	head      part = iota
	body           // left bytes of it are to come
	chunkSize      // the line with a chunk's size
	chunkEnd       // the line end behind a chunk
	trailer        // lines behind the last chunk
	untilEnd       // a body that ends with the connection
	lastPart
)

type side struct {
	at     part
	then   part // after body: head, or chunkEnd
	left   uint64
	unsure bool // whether there is a body at all
}

const statusStart = "HTTP/1."

type dissector struct {
	sides    [2]side // the client's, the server's
	pending  protocol.Pending
	asked    uint64 // requests seen
	answered uint64
	text     []byte
	token    []byte
}

// maxHead is the longest head that is waited for, in bytes; servers refuse less.
const maxHead = 32 << 10

func (d *dissector) Dissect(c *protocol.Context, b []byte) (read, need int) {
	if c.Layer == protocol.UDP {
		d.ssdp(c, b)
		return len(b), 0
	}
	i := 0
	if c.Dir == protocol.FromServer {
		i = 1
	}
	s := &d.sides[i]
	if c.Resync {
		// What was lost may have held requests or replies. Clients hardly ever ask before
		// they were answered: the next reply is the last request's.
		*s = side{}
		if d.answered = d.asked; i == 1 && d.asked > 0 {
			d.answered--
		}
	}
	switch s.at {
	case body:
		if s.unsure {
			// The request is not known; had it been a HEAD, there would be no body.
			if n := min(len(b), len(statusStart)); string(b[:n]) == statusStart[:n] && len(b) < 12 {
				return 0, 12
			}
			if s.unsure = false; isStatus(b) {
				s.at = head
				return d.head(c, s, b)
			}
		}
		n := int(min(uint64(len(b)), s.left))
		if s.left -= uint64(n); s.left == 0 {
			s.at = s.then
		}
		return n, 0
	case untilEnd:
		return len(b), 0
	case chunkSize, chunkEnd, trailer:
		return s.chunk(c, b, i == 1)
	}
	return d.head(c, s, b)
}

// maxChunkLine bounds the line with a chunk's size and extensions, and a trailer's line.
const maxChunkLine = 4096

// chunk reads a line of the chunked coding (RFC 9112, 7.1).
func (s *side) chunk(c *protocol.Context, b []byte, server bool) (read, need int) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 && len(b) < maxChunkLine {
		return 0, len(b) + 1
	}
	if end < 0 {
		return s.broken(c, server)
	}
	line := bytes.TrimRight(b[:end], "\r ")
	switch s.at {
	case chunkEnd:
		if s.at = chunkSize; len(line) > 0 {
			return s.broken(c, server)
		}
	case trailer:
		if len(line) == 0 {
			s.at = head
		}
	case chunkSize:
		n, digits := uint64(0), 0
		for _, x := range line {
			v := hexValue(x)
			if v < 0 || digits > 15 {
				break
			}
			n, digits = n<<4|uint64(v), digits+1
		}
		if digits == 0 || digits > 15 {
			return s.broken(c, server)
		}
		if s.at = trailer; n > 0 {
			s.at, s.then, s.left = body, chunkEnd, n
		}
	}
	return end + 1, 0
}

func hexValue(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

const badChunk davy.Defect = "bad-chunk" // the chunked coding of a body is broken

func (s *side) broken(c *protocol.Context, server bool) (read, need int) {
	m := c.Begin("http", server)
	m.Verb, m.Op, m.Defect = davy.Other, "body", badChunk
	c.Emit()
	*s = side{}
	return -1, 0
}

func (d *dissector) Reset() {
	d.sides = [2]side{}
	d.asked, d.answered = 0, 0
	d.pending.Reset()
}

const stateVersion = 1

func (d *dissector) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(stateVersion)
	for _, s := range d.sides {
		w.U8(uint8(s.at))
		w.U8(uint8(s.then))
		w.Uvarint(s.left)
		w.Bool(s.unsure)
	}
	w.Uvarint(d.asked)
	w.Uvarint(d.answered)
	d.pending.Append(&w)
	return w.B
}

func (d *dissector) LoadState(b []byte) error {
	d.Reset()
	r := wire.NewReader(b)
	if r.U8() != stateVersion {
		return errors.New("unknown version")
	}
	for i := range d.sides {
		d.sides[i] = side{part(r.U8()), part(r.U8()), r.Uvarint(), r.Bool()}
		if d.sides[i].at >= lastPart || d.sides[i].then >= lastPart {
			d.Reset()
			return errors.New("out of range")
		}
	}
	d.asked, d.answered = r.Uvarint(), r.Uvarint()
	d.pending.Load(&r, protocol.Names{Spaces: []*davy.Space{&address}, Op: opOf})
	if r.Short() || r.Len() > 0 {
		d.Reset()
		return errors.New("cut short")
	}
	return nil
}

func opOf(method uint32) string {
	if int(method) < len(methods) {
		return methods[method].name
	}
	return otherMethod
}

const otherMethod = "other method"
