package packet

import "github.com/davylamp/davy"

// Router tells whose MACs are a router's, from a packet and its copy: whoever sent the one
// with the smaller hop count, and whom the other was sent to. ok is false where the two do
// not show a router: the same hop count, the same sender, or no IP.
func (o *Original) Router(p *Packet) (macs [2]davy.MAC, ok bool) {
	if p.Kind < IPOnly || p.TTL == o.TTL || p.SrcMAC == o.SrcMAC || p.SrcMAC == 0 || o.SrcMAC == 0 {
		return macs, false
	}
	if p.TTL < o.TTL {
		return [2]davy.MAC{p.SrcMAC, o.DstMAC}, true
	}
	return [2]davy.MAC{o.SrcMAC, p.DstMAC}, true
}
