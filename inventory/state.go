package inventory

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Names finds the kinds of paths that saved facts name.
type Names interface {
	PathKind(name string) *davy.PathKind
}

const version = 1

var (
	errDamaged = errors.New("the saved inventory is damaged")
	errVersion = errors.New("the inventory was saved by another version")
)

// AppendState saves the assets. With times false it leaves out when they were heard of and
// how often, and what was lost: the form of a baseline, which knows who is there but has no
// clock.
func (a *Assets) AppendState(dst []byte, times bool) []byte {
	w := &wire.Writer{B: dst}
	w.U8(version)
	if times {
		w.Uvarints(a.Lost, a.LostFact, uint64(a.number), uint64(a.hand))
	} else {
		w.Uvarints(0, 0, uint64(a.number), 0)
	}
	w.Bool(a.crowded)
	w.Count(len(a.order))
	for _, st := range a.order {
		if !times {
			st = st.timeless()
		}
		st.append(w)
	}
	w.Count(len(a.macs))
	for _, m := range sorted(a.macs) {
		p := a.macs[m]
		w.Uvarint(uint64(m))
		w.Count(len(p.ips))
		for _, ip := range p.ips {
			w.Uvarints(ip.Words())
		}
		w.Bool(p.many)
		w.Bool(p.router)
	}
	w.Count(len(a.gone))
	for _, h := range sorted(a.gone) {
		w.U64(h)
	}
	return w.B
}

// timeless is a copy without times.
func (st *station) timeless() *station {
	c := *st
	c.first, c.last, c.used = 0, 0, false
	c.macs, c.facts = slices.Clone(st.macs), slices.Clone(st.facts)
	// What was told later stays later, so that what held last is what holds.
	slices.SortStableFunc(c.macs, func(x, y binding) int { return cmp.Compare(x.last, y.last) })
	slices.SortStableFunc(c.facts, func(x, y fact) int { return cmp.Compare(x.last, y.last) })
	for i := range c.macs {
		c.macs[i].first, c.macs[i].last, c.macs[i].count = 0, 0, 0
	}
	for i := range c.facts {
		c.facts[i].first, c.facts[i].last, c.facts[i].count = 0, 0, 0
	}
	return &c
}

func (st *station) append(w *wire.Writer) {
	w.Uvarint(uint64(st.number))
	w.Uvarints(st.addr.Words())
	w.Varint(st.first)
	w.Varint(st.last)
	for _, b := range []bool{st.seen, st.near, st.virtual, st.router, st.writes, st.used} {
		w.Bool(b)
	}
	w.Count(len(st.macs))
	for _, b := range st.macs {
		w.Uvarint(uint64(b.mac))
		w.Bool(b.strong)
		w.String(b.source)
		w.Varint(b.first)
		w.Varint(b.last)
		w.Uvarint(b.count)
	}
	w.Count(len(st.facts))
	for _, f := range st.facts {
		kind := ""
		if f.path.Kind != nil {
			kind = f.path.Kind.Name
		}
		w.String(kind)
		w.Uvarint(f.path.Number)
		w.String(string(f.attribute))
		w.String(f.value)
		w.String(f.source)
		w.U8(f.confidence)
		w.Bool(f.many)
		w.Varint(f.first)
		w.Varint(f.last)
		w.Uvarint(f.count)
	}
	w.Count(len(st.roles))
	for _, q := range st.roles {
		w.String(q.protocol)
		w.Bool(q.serves)
		w.Bool(q.engineer)
	}
}

func loadStation(r *wire.Reader, names Names) *station {
	st := &station{number: int(min(r.Uvarint(), math.MaxInt32)), addr: davy.AddrFromWords(r.Uvarint3()), first: r.Varint(), last: r.Varint()}
	for _, b := range []*bool{&st.seen, &st.near, &st.virtual, &st.router, &st.writes, &st.used} {
		*b = r.Bool()
	}
	for k := r.Count(6); k > 0; k-- {
		st.macs = append(st.macs, binding{davy.MAC(r.Uvarint()), r.Bool(), r.String(), r.Varint(), r.Varint(), r.Uvarint()})
	}
	for k := r.Count(10); k > 0; k-- {
		kind := r.String()
		f := fact{path: davy.Path{Number: r.Uvarint()}, attribute: davy.Attribute(r.String()), value: r.String(), source: r.String(), confidence: r.U8(), many: r.Bool(), first: r.Varint(), last: r.Varint(), count: r.Uvarint()}
		if kind != "" {
			f.path.Kind = names.PathKind(kind)
		}
		st.facts = append(st.facts, f)
	}
	for k := r.Count(3); k > 0; k-- {
		st.roles = append(st.roles, role{r.String(), r.Bool(), r.Bool()})
	}
	return st
}

// LoadState reads what AppendState saved into an empty inventory, and leaves it empty when
// that cannot be read.
func (a *Assets) LoadState(b []byte, names Names) error {
	err := a.load(b, names)
	if err != nil {
		*a = *NewAssets(a.config)
	}
	return err
}

func (a *Assets) load(b []byte, names Names) error {
	r := wire.NewReader(b)
	if r.U8() != version {
		return errVersion
	}
	a.Lost, a.LostFact = r.Uvarint(), r.Uvarint()
	number, hand := r.Uvarint(), r.Uvarint()
	a.crowded = r.Bool()
	taken := map[int]bool{}
	for n := r.Count(16); n > 0 && !r.Short(); n-- {
		st := loadStation(&r, names)
		if r.Short() || !Station(st.addr) || a.byAddr[st.addr] != nil || uint64(st.number) > number || taken[st.number] || len(st.macs) > maxMACs {
			return errDamaged
		}
		taken[st.number] = true
		a.order = append(a.order, st)
		a.byAddr[st.addr] = st
		a.facts += len(st.facts)
	}
	if number > math.MaxInt32 || hand > uint64(len(a.order)) {
		return errDamaged
	}
	a.number, a.hand = int(number), int(hand)
	for n := r.Count(4); n > 0 && !r.Short(); n-- {
		m, p := davy.MAC(r.Uvarint()), &port{}
		for k := r.Count(3); k > 0; k-- {
			p.ips = append(p.ips, davy.AddrFromWords(r.Uvarint3()))
		}
		p.many, p.router = r.Bool(), r.Bool()
		a.macs[m] = p
	}
	for n := r.Count(8); n > 0; n-- {
		a.gone[r.U64()] = struct{}{}
	}
	if r.Short() || r.Len() > 0 || !a.rebind() {
		return errDamaged
	}
	return nil
}

// rebind counts the stations of each MAC again; false when MACs and stations do not agree.
func (a *Assets) rebind() bool {
	for _, st := range a.order {
		for _, b := range st.macs {
			p := a.macs[b.mac]
			if p == nil {
				return false
			}
			p.refs++
			if b.strong && st.addr.IsIP() {
				p.strong++
			}
		}
	}
	for _, p := range a.macs {
		if p.refs == 0 && !p.router {
			return false
		}
		for _, ip := range p.ips {
			if a.byAddr[ip] == nil {
				return false
			}
		}
	}
	return true
}
