package packet

// Conversations stand in three lists, the least recently met first: TCP, others, and closed
// TCP ones that linger. A conversation moves to the newest end at most once in placeEvery of
// message time, so that a packet rarely touches its neighbours' memory; what was met since
// it was placed gets a second chance when room is needed.
const (
	tcpList = iota
	otherList
	lingering

	placeEvery  = int64(30e9)
	lingerFirst = int64(1e9) // a closed one makes room before all others after this time
)

type order struct{ oldest, newest uint32 } // number + 1; 0: none

func listOf(c *Conversation) int {
	switch {
	case c.state&closed != 0:
		return lingering
	case c.Kind == TCPSegment:
		return tcpList
	}
	return otherList
}

// place puts c at the newest end of a list.
func (t *Table) place(c *Conversation, list int) {
	o := &t.orders[list]
	c.older, c.newer = o.newest, 0
	if o.newest != 0 {
		t.at1(o.newest).newer = c.number + 1
	} else {
		o.oldest = c.number + 1
	}
	o.newest = c.number + 1
	c.placed = t.now
	c.state &^= used
}

// unplace takes c out of the list it stands in. A conversation just closed still stands in
// the list of its kind: the ends tell.
func (t *Table) unplace(c *Conversation) {
	for i := range t.orders {
		o := &t.orders[i]
		if o.oldest == c.number+1 {
			o.oldest = c.newer
		}
		if o.newest == c.number+1 {
			o.newest = c.older
		}
	}
	if c.older != 0 {
		t.at1(c.older).newer = c.newer
	}
	if c.newer != 0 {
		t.at1(c.newer).older = c.older
	}
}

// touch says that c was met now.
func (t *Table) touch(c *Conversation) {
	c.Last = t.now
	if t.now-c.placed < placeEvery {
		c.state |= used
		return
	}
	t.unplace(c)
	t.place(c, listOf(c))
}

// evict makes room for one conversation: first what lingers after its close, then what is
// idle, then what was met least recently.
func (t *Table) evict(k Taker) {
	if n := t.orders[lingering].oldest; n != 0 && t.now-t.at1(n).placed >= lingerFirst {
		t.forget(t.at1(n))
		return
	}
	for list, limit := range [...]int64{otherList: int64(t.config.IdleOther), tcpList: int64(t.config.IdleTCP)} {
		if n := t.orders[list].oldest; n != 0 && t.now-t.at1(n).Last > limit {
			t.expel(t.at1(n), Idle, k)
			return
		}
	}
	for {
		var c *Conversation
		for _, o := range t.orders {
			if o.oldest != 0 && (c == nil || t.at1(o.oldest).placed < c.placed) {
				c = t.at1(o.oldest)
			}
		}
		if c.state&used != 0 {
			t.unplace(c)
			t.place(c, listOf(c))
			continue
		}
		t.expel(c, Evicted, k)
		return
	}
}

// expel releases what the conversation holds, closes and forgets it.
func (t *Table) expel(c *Conversation, why Reason, k Taker) {
	if c.state&closed == 0 {
		t.drain(c, k)
	}
	if c.state&closed == 0 {
		t.close(c, why, k)
	}
	t.forget(c)
}
