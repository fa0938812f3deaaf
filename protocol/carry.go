package protocol

import "slices"

// maxCarried is how many carried protocols one conversation can hold.
const maxCarried = 4

// carried is a protocol that another one carries in a conversation.
type carried struct {
	layer     Layer
	proto     *Protocol // nil while not known
	dissector Dissector
	tries     uint8
}

// carry hands payload on, for Context.Carry.
func (set *Set) carry(c *Context, layer Layer, b []byte) bool {
	s := c.session
	i := slices.IndexFunc(s.carried, func(k carried) bool { return k.layer == layer })
	if i < 0 {
		if len(s.carried) == maxCarried {
			return false
		}
		i, s.carried = len(s.carried), append(s.carried, carried{layer: layer})
	}
	k := &s.carried[i]
	outer := c.Layer
	c.Layer = layer
	defer func() { c.Layer = outer }()
	if k.proto == nil {
		if k.tries == maxTries {
			return false
		}
		p := c.peek(b)
		q, g := set.best(p)
		if q == nil {
			k.tries++
			return false
		}
		k.proto, k.dissector = q, set.get(q)
		if !s.told && g.From != Unknown {
			if s.told = true; g.From != c.Dir {
				s.client, c.Dir = 1-s.client, g.From
			}
		}
	}
	read, _ := k.dissector.Dissect(c, b)
	return read >= 0
}
