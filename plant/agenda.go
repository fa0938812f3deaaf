package plant

// agenda is what will happen, in order of time; what was entered first comes first among
// equals, so that a run never depends on chance it did not draw.
type agenda struct {
	heap  []entry
	count uint64
}

type entry struct {
	at   int64
	turn uint64
	do   func(at int64)
}

func (a *agenda) add(at int64, do func(at int64)) {
	a.count++
	a.heap = push(a.heap, entry{at, a.count, do})
}

func (e entry) Before(o entry) bool { return e.at < o.at || e.at == o.at && e.turn < o.turn }

// outbox holds frames that are on their way: a conversation is written out in one go, the
// world hands its frames on when their time comes.
type outbox struct {
	heap  []pending
	count uint64
	spare [][]byte
}

type pending struct {
	at    int64
	turn  uint64
	port  int
	label *Label
	bytes []byte
}

func (p pending) Before(o pending) bool { return p.at < o.at || p.at == o.at && p.turn < o.turn }

// buffer is an empty slice with room for a frame, used before if possible.
func (o *outbox) buffer() []byte {
	if n := len(o.spare); n > 0 {
		b := o.spare[n-1]
		o.spare = o.spare[:n-1]
		return b[:0]
	}
	return make([]byte, 0, 128)
}

func (o *outbox) add(at int64, port int, label *Label, bytes []byte) {
	o.count++
	o.heap = push(o.heap, pending{at, o.count, port, label, bytes})
}

func (o *outbox) take() pending {
	p := o.heap[0]
	o.heap = pop(o.heap)
	return p
}

// push and pop keep a slice as a binary heap; container/heap would box every element.
func push[T interface{ Before(T) bool }](h []T, e T) []T {
	h = append(h, e)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !e.Before(h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
	return h
}

func pop[T interface{ Before(T) bool }](h []T) []T {
	last := len(h) - 1
	e := h[last]
	var none T
	h[last] = none
	h = h[:last]
	if last == 0 {
		return h
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && h[down+1].Before(h[down]) {
			down++
		}
		if !h[down].Before(e) {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = e
	return h
}
