package http

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// service is the space of what UPnP stations look for and announce: Name is the target, such
// as upnp:rootdevice.
var service = davy.Space{Name: "upnp service", Text: func(dst []byte, o *davy.Object) []byte {
	return davy.AppendClean(dst, o.Name)
}}

// ssdp reads a datagram of the simple service discovery protocol: HTTP's form over UDP
// (UPnP Device Architecture 2.0, 1).
func (d *dissector) ssdp(c *protocol.Context, b []byte) {
	first := bytes.IndexByte(b, '\n')
	status := isStatus(b)
	m := c.Begin("ssdp", status)
	m.Verb, m.Op = davy.Other, "datagram"
	if first < 0 || !status && !isVersion(b[:first]) {
		if c.Sliced == 0 {
			m.Defect = davy.ReservedValue
		}
		c.Emit()
		return
	}
	var h headers
	h.read(b[first+1:])
	switch {
	case status:
		m.Verb, m.Op = davy.Browse, "search reply"
		m.Result = davy.Result{Told: true}
	case bytes.HasPrefix(b, search):
		m.Verb, m.Op = davy.Browse, "search"
	case bytes.HasPrefix(b, notify):
		m.Verb, m.Op, m.Quiet = davy.Identify, "notify", true
	}
	if len(h.target) > 0 {
		m.Object = davy.Object{Space: &service, Name: h.target}
	}
	if len(h.location) > 0 {
		m.Value = davy.Value{Kind: davy.Text, Raw: h.location}
	}
	c.Tell(davy.AttrSoftware, h.server, "ssdp server", 80)
	c.Tell(davy.AttrSoftware, h.agent, "ssdp user agent", 60)
	c.Emit()
}

var (
	search = []byte("M-SEARCH ")
	notify = []byte("NOTIFY ")
)

// probeDatagram wants a whole first line: SIP's and RTSP's differ in their version.
func probeDatagram(b []byte) protocol.Guess {
	if isStatus(b) {
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromServer}
	}
	if end := bytes.IndexByte(b, '\n'); end > 0 && isVersion(b[:end]) && (bytes.HasPrefix(b, search) || bytes.HasPrefix(b, notify)) {
		return protocol.Guess{Confidence: protocol.Certain, From: protocol.FromClient}
	}
	return protocol.Guess{}
}
