package app

import "github.com/davylamp/davy"

// counters are what a shard counts.
type counters struct {
	packets, bytes uint64
	duplicates     uint64
	undecoded      uint64
	badChecksum    uint64
	encrypted      uint64 // conversations
	protocols      []perProtocol
	last           int
}

type perProtocol struct {
	name                        string
	messages, requests, defects uint64
}

func (c *counters) of(name string) *perProtocol {
	if c.last < len(c.protocols) && c.protocols[c.last].name == name {
		return &c.protocols[c.last]
	}
	for i := range c.protocols {
		if c.protocols[i].name == name {
			c.last = i
			return &c.protocols[i]
		}
	}
	c.last = len(c.protocols)
	c.protocols = append(c.protocols, perProtocol{name: name})
	return &c.protocols[c.last]
}

// message counts a message once, however many items it has.
func (c *counters) message(m *davy.Message) {
	p := c.of(m.Protocol)
	if m.Defect != "" {
		p.defects++
	}
	if m.Part > 0 {
		return
	}
	p.messages++
	if !m.Reply {
		p.requests++
	}
}

// add adds another shard's counts.
func (c *counters) add(o *counters) {
	c.packets += o.packets
	c.bytes += o.bytes
	c.duplicates += o.duplicates
	c.undecoded += o.undecoded
	c.badChecksum += o.badChecksum
	c.encrypted += o.encrypted
	for _, p := range o.protocols {
		q := c.of(p.name)
		q.messages += p.messages
		q.requests += p.requests
		q.defects += p.defects
	}
}
