package inventory

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Names finds the kinds of paths that saved facts name.
type Names interface {
	PathKind(name string) *davy.PathKind
}

const version = 1

var errDamaged = errors.New("the saved inventory is damaged")

// AppendState saves the links. With counts false only which links there are is saved: what
// a baseline needs.
func (s *Links) AppendState(dst []byte, counts bool) []byte {
	w := wire.Writer{B: dst}
	w.U8(version)
	w.Bool(counts)
	if counts {
		w.Count(len(s.order))
		for _, l := range s.order {
			w.Uvarints(l.Key.Client.Words())
			w.Uvarints(l.Key.Server.Words())
			w.Uvarint(uint64(l.Key.Service))
			w.String(l.Protocol)
			w.Varint(l.First)
			w.Varint(l.Last)
			for _, v := range []uint64{l.Messages, l.Requests, l.Failures, l.Packets, l.Bytes, uint64(l.News)} {
				w.Uvarint(v)
			}
			for _, b := range []bool{l.Encrypted, l.Asked, l.Spoke, l.Watched, l.used} {
				w.Bool(b)
			}
		}
	}
	w.Count(len(s.known))
	for _, h := range sorted(s.known) {
		w.U64(h)
	}
	w.Uvarint(uint64(s.hand))
	w.Uvarint(s.Evicted)
	w.Bool(s.Crowded)
	return w.B
}

// LoadState reads what AppendState saved into empty Links.
func (s *Links) LoadState(b []byte) error {
	r := wire.NewReader(b)
	if v := r.U8(); v != version {
		return errors.New("the links were saved by another version")
	}
	if r.Bool() {
		for n := r.Count(20); n > 0; n-- {
			l := Link{Key: LinkKey{Client: davy.AddrFromWords(r.Uvarint3()), Server: davy.AddrFromWords(r.Uvarint3()), Service: Service(r.Uvarint())}, Protocol: r.String(), First: r.Varint(), Last: r.Varint()}
			l.Messages, l.Requests, l.Failures, l.Packets, l.Bytes, l.News = r.Uvarint(), r.Uvarint(), r.Uvarint(), r.Uvarint(), r.Uvarint(), davy.News(r.Uvarint())
			l.Encrypted, l.Asked, l.Spoke, l.Watched, l.used = r.Bool(), r.Bool(), r.Bool(), r.Bool(), r.Bool()
			if r.Short() || s.byKey[l.Key] != nil {
				return errDamaged
			}
			l.Hash = l.Key.Hash()
			s.add(l)
		}
	}
	for n := r.Count(8); n > 0; n-- {
		s.known[r.U64()] = struct{}{}
	}
	s.hand = int(r.Uvarint())
	s.Evicted, s.Crowded = r.Uvarint(), r.Bool()
	if r.Short() || r.Len() > 0 {
		return errDamaged
	}
	return nil
}

// AppendState saves the assets.
func (a *Assets) AppendState(dst []byte) []byte {
	w := wire.Writer{B: dst}
	w.U8(version)
	w.Uvarint(a.Lost)
	w.Uvarint(a.LostFact)
	w.Count(len(a.list))
	for _, st := range a.list {
		w.Uvarints(st.addr.Words())
		w.Varint(st.first)
		w.Varint(st.last)
		w.U8(st.ttl)
		w.U16(st.vlan)
		w.Bool(st.seen)
		w.Bool(st.virtual)
		w.Bool(st.router)
		w.Bool(st.writes)
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
	w.Count(len(a.macs))
	for _, m := range sorted(a.macs) {
		p := a.macs[m]
		w.Uvarint(uint64(m))
		w.Count(len(p.ips))
		for _, ip := range p.ips {
			w.Uvarints(ip.Words())
		}
		w.Uvarint(uint64(p.strong))
		w.Bool(p.many)
		w.Bool(p.router)
	}
	return w.B
}

// LoadState reads what AppendState saved into an empty inventory.
func (a *Assets) LoadState(b []byte, names Names) error {
	r := wire.NewReader(b)
	if v := r.U8(); v != version {
		return errors.New("the inventory was saved by another version")
	}
	a.Lost, a.LostFact = r.Uvarint(), r.Uvarint()
	for n := r.Count(10); n > 0 && !r.Short(); n-- {
		st := &station{number: len(a.list) + 1, addr: davy.AddrFromWords(r.Uvarint3()), first: r.Varint(), last: r.Varint(), ttl: r.U8(), vlan: r.U16(), seen: r.Bool(), virtual: r.Bool(), router: r.Bool(), writes: r.Bool()}
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
		if r.Short() || a.byAddr[st.addr] != nil {
			return errDamaged
		}
		a.list = append(a.list, st)
		a.byAddr[st.addr] = st
	}
	for n := r.Count(5); n > 0; n-- {
		m, p := davy.MAC(r.Uvarint()), &port{}
		for k := r.Count(3); k > 0; k-- {
			p.ips = append(p.ips, davy.AddrFromWords(r.Uvarint3()))
		}
		p.strong, p.many, p.router = int(r.Uvarint()), r.Bool(), r.Bool()
		a.macs[m] = p
	}
	if r.Short() || r.Len() > 0 {
		return errDamaged
	}
	return nil
}
