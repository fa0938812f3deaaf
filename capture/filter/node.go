package filter

// node is a part of an expression that can be tested.
type node interface {
	emit(g *generator, yes, no label)
}

type both struct{ a, b node }
type either struct{ a, b node }
type not struct{ a node }

func (n both) emit(g *generator, yes, no label) {
	second := g.label()
	n.a.emit(g, second, no)
	g.place(second)
	n.b.emit(g, yes, no)
}

func (n either) emit(g *generator, yes, no label) {
	second := g.label()
	n.a.emit(g, yes, second)
	g.place(second)
	n.b.emit(g, yes, no)
}

func (n not) emit(g *generator, yes, no label) { n.a.emit(g, no, yes) }

// allOf and oneOf join several.
func allOf(list ...node) node {
	n := list[0]
	for _, m := range list[1:] {
		n = both{n, m}
	}
	return n
}

func oneOf(list ...node) node {
	n := list[0]
	for _, m := range list[1:] {
		n = either{n, m}
	}
	return n
}

// frame is where things lie: behind how many VLAN tags that the expression spoke of.
type frame int

// load loads from a place in the frame as it is without tags.
func (f frame) load(g *generator, code uint16, at uint32) {
	if f == 0 {
		g.op(code, at)
		return
	}
	g.op(loadMemX, 0) // 4 where the first tag lies in the frame
	g.op(code+loadWordX-loadWord, at+uint32(f-1)*4)
}

// field compares what lies at a place.
type field struct {
	frame frame
	code  uint16
	at    uint32
	mask  uint32 // 0: all of it
	value uint32
}

func (n field) emit(g *generator, yes, no label) {
	g.test(yes, no, func(t, f label) {
		n.frame.load(g, n.code, n.at)
		if n.mask != 0 {
			g.op(and, n.mask)
		}
		g.when(equal, n.value, t, f)
	})
}

// port compares a port behind an IPv4 header, whose length varies.
type port struct {
	frame    frame
	at       uint32 // 0: source, 2: destination
	from, to uint32
}

func (n port) emit(g *generator, yes, no label) {
	g.test(yes, no, func(t, f label) {
		n.frame.load(g, loadHalf, 20)
		g.when(anyBit, 0x1fff, f, none) // a later fragment has no ports
		if n.frame == 0 {
			g.op(headerX, 14)
		} else {
			n.frame.load(g, loadByte, 14)
			g.op(and, 15)
			g.op(shift, 2)
			g.op(addX, 0)
			g.op(toX, 0)
		}
		at := 14 + n.at
		if n.frame > 0 {
			at += uint32(n.frame-1) * 4
		}
		g.op(loadHalfX, at)
		within(g, n.from, n.to, t, f)
	})
}

// port6 compares a port behind an IPv6 header without extensions.
type port6 port

func (n port6) emit(g *generator, yes, no label) {
	g.test(yes, no, func(t, f label) {
		n.frame.load(g, loadHalf, 54+n.at)
		within(g, n.from, n.to, t, f)
	})
}

func within(g *generator, from, to uint32, t, f label) {
	if from == to {
		g.when(equal, from, t, f)
		return
	}
	g.when(atLeast, from, none, f)
	g.when(greater, to, f, t)
}

// vlan is a tag: the outer one, which the kernel keeps beside the packet, or one behind it.
type vlan struct {
	frame frame
	id    uint32
	any   bool
}

func (n vlan) emit(g *generator, yes, no label) {
	g.test(yes, no, func(t, f label) {
		tag := g.label()
		if n.frame == 0 {
			in := g.label()
			g.op(loadByte, vlanHasTag)
			g.when(equal, 1, none, in)
			n.compare(g, func() { g.op(loadHalf, vlanTag) }, t, f)
			g.place(in)
		}
		n.frame.load(g, loadHalf, 12)
		g.when(equal, 0x8100, tag, none)
		g.when(equal, 0x88a8, tag, none)
		g.when(equal, 0x9100, tag, f)
		g.place(tag)
		n.compare(g, func() { n.frame.load(g, loadHalf, 14) }, t, f)
	})
}

func (n vlan) compare(g *generator, load func(), t, f label) {
	if n.any {
		g.goTo(t)
		return
	}
	load()
	g.op(and, 0xfff)
	g.when(equal, n.id, t, f)
}
