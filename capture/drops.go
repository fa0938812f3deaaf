package capture

// tally is how many packets an interface has seen, and lost.
type tally struct{ seen, lost uint64 }

// drops is what an interface lost: when the segment began, as last written, and now.
type drops struct {
	name             string
	begun, told, now tally
}

// Drops tells the ring how many packets an interface has seen and lost, counted from any
// beginning; the ring writes what is new of it as the segment's interface statistics.
func (g *Ring) Drops(iface string, seen, lost uint64) error {
	c := g.counts[iface]
	if c == nil {
		if len(g.counts) == maxInterfaces {
			return nil
		}
		c = &drops{name: iface[:min(len(iface), maxName)]}
		g.counts[iface] = c
	}
	if seen < c.now.seen || lost < c.now.lost { // the source counts anew
		c.begun.seen -= c.now.seen // below zero it wraps, and so back
		c.begun.lost -= c.now.lost
	}
	c.now = tally{seen, lost}
	if g.out == nil || c.now.lost == c.told.lost {
		return nil
	}
	if err := g.count(c); err != nil {
		return g.fail(err, 0)
	}
	return nil
}

// count writes what an interface lost, where that is news.
func (g *Ring) count(c *drops) error {
	if c.now == c.told {
		return nil
	}
	id, ok := g.named[c.name]
	if !ok {
		var err error
		if id, err = g.out.AddInterface(c.name, 1); err != nil {
			return err
		}
		g.named[c.name] = id
	}
	c.told = c.now
	return g.out.statistics(id, max(0, g.current.To), c.now.seen-c.begun.seen, c.now.lost-c.begun.lost)
}
