package packet

import "github.com/davylamp/davy"

// Router tells the MAC of a router from a packet and its copy: whoever sent the one with the
// smaller hop count forwarded it. To whom the other one was sent says nothing: where a
// mirror or a broker wrote its own addresses into the copy that is the receiver itself. ok
// is false where the two do not show a router: the same hop count, the same sender, no IP.
func (o *Original) Router(p *Packet) (mac davy.MAC, ok bool) {
	if p.Kind < IPOnly || p.TTL == o.TTL || p.SrcMAC == o.SrcMAC || p.SrcMAC == 0 || o.SrcMAC == 0 {
		return 0, false
	}
	if p.TTL < o.TTL {
		return p.SrcMAC, true
	}
	return o.SrcMAC, true
}
