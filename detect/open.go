package detect

import (
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// What is open while an input goes on: a sensor that runs for months saves it each minute,
// and forgets what can go on no longer.

// long is how much longer than any quiet time a finding about the sensor itself stays open:
// its keys count for the whole input.
const long = 7 * 24 * 3600e9

// Expire closes the findings whose activity would be a new finding by now, and hands them
// over as they are in the end. An input that ends needs it not: Close does.
func (b *Board) Expire(now int64) (closed []*davy.Finding) {
	b.open = slices.DeleteFunc(b.open, func(f *davy.Finding) bool {
		quiet := quietOf(f.Detector)
		if f.Detector == blind {
			quiet = long
		}
		if now-f.Last <= quiet {
			return false
		}
		if n := b.byKey[f.Key]; n != nil && n.Finding == f {
			delete(b.byKey, f.Key)
		}
		closed = append(closed, f)
		return true
	})
	return closed
}

// Open are the findings that may still go on, in order of their numbers.
func (b *Board) Open() []*davy.Finding { return b.open }

// Accept takes that people called activity of these keys usual, and why: it is recorded
// from now on, and wakes nobody.
func (b *Board) Accept(why map[uint64]string) { b.accepted = why }

// accept lowers what people called usual.
func (b *Board) accept(f *davy.Finding) {
	if why, ok := b.accepted[f.Key]; ok && f.Severity > davy.Info {
		f.Severity = davy.Info
		f.Expected = "This, as was learned: " + why
	}
}

func appendFinding(w *wire.Writer, f *davy.Finding) {
	w.String(f.ID)
	w.String(f.Detector)
	w.String(f.Title)
	w.U8(uint8(f.Severity))
	w.Varint(f.Time)
	w.Varint(f.Last)
	w.Varint(f.Origin.Stamp)
	w.Uvarints(uint64(f.Origin.File), uint64(f.Origin.Frame), uint64(f.Origin.Place), uint64(f.LastFrame), f.Count)
	w.Count(len(f.Entities))
	for _, a := range f.Entities {
		appendAddr(w, a)
	}
	if f.Path.Kind == nil {
		w.String("")
	} else {
		w.String(f.Path.Kind.Name)
		w.Uvarint(f.Path.Number)
	}
	w.String(f.Protocol)
	w.U8(uint8(f.Verb))
	w.Count(len(f.Attack))
	for _, t := range f.Attack {
		w.String(t)
	}
	w.String(f.Expected)
	w.String(f.Seen)
	w.String(f.Window)
	w.U64(f.Key)
}

func loadFinding(r *wire.Reader, kinds func(string) *davy.PathKind) *davy.Finding {
	f := &davy.Finding{ID: r.String(), Detector: r.String(), Title: r.String(), Severity: davy.Severity(min(r.U8(), uint8(davy.Critical))), Time: r.Varint(), Last: r.Varint()}
	f.Origin = davy.Origin{Stamp: r.Varint(), File: uint32(r.Uvarint()), Frame: uint32(r.Uvarint()), Place: uint16(r.Uvarint())}
	f.LastFrame, f.Count = uint32(r.Uvarint()), r.Uvarint()
	for n := r.Count(3); n > 0; n-- {
		f.Entities = append(f.Entities, loadAddr(r))
	}
	if kind := r.String(); kind != "" {
		f.Path = davy.Path{Kind: kinds(kind), Number: r.Uvarint()}
	}
	f.Protocol, f.Verb = r.String(), davy.Verb(r.U8())
	for n := r.Count(1); n > 0; n-- {
		f.Attack = append(f.Attack, r.String())
	}
	f.Expected, f.Seen, f.Window, f.Key = r.String(), r.String(), r.String(), r.U64()
	return f
}

// appendOpen saves the open findings and the stations held back.
func (b *Board) appendOpen(w *wire.Writer) {
	w.Count(len(b.open))
	for _, f := range b.open {
		appendFinding(w, f)
		n := b.byKey[f.Key]
		w.Bool(n != nil && n.Finding == f)
		if n != nil && n.Finding == f {
			w.U8(uint8(n.own))
		}
	}
	w.Count(len(b.arrivals.waiting))
	for _, a := range b.arrivals.waiting {
		w.U64(a.key)
		w.Uvarint(uint64(a.mac))
		w.Count(len(a.ips))
		for _, ip := range a.ips {
			appendAddr(w, ip)
		}
		appendAddr(w, davy.AddrOfMAC(0, a.scope))
		w.Varint(a.time)
		w.Varint(a.origin.Stamp)
		w.Uvarints(uint64(a.origin.File), uint64(a.origin.Frame), uint64(a.origin.Place))
		w.Bool(a.learning)
		w.Bool(a.far)
		w.Bool(a.known)
	}
}

// loadOpen reads what appendOpen saved, and reports whether it could.
func (b *Board) loadOpen(r *wire.Reader) bool {
	for n := r.Count(20); n > 0 && !r.Short(); n-- {
		f := loadFinding(r, b.config.PathKind)
		b.open = append(b.open, f)
		if r.Bool() {
			b.byKey[f.Key] = b.note(f, davy.Severity(min(r.U8(), uint8(davy.Critical))))
		}
	}
	for n := r.Count(15); n > 0 && !r.Short(); n-- {
		a := &arrival{key: r.U64(), mac: davy.MAC(r.Uvarint())}
		for k := r.Count(3); k > 0; k-- {
			a.ips = append(a.ips, loadAddr(r))
		}
		a.scope, a.time = loadAddr(r).Scope, r.Varint()
		a.origin = davy.Origin{Stamp: r.Varint(), File: uint32(r.Uvarint()), Frame: uint32(r.Uvarint()), Place: uint16(r.Uvarint())}
		a.learning, a.far, a.known = r.Bool(), r.Bool(), r.Bool()
		b.arrivals.waiting = append(b.arrivals.waiting, a)
		b.arrivals.byKey[a.key] = a
	}
	return !r.Short() && len(b.open) <= b.config.Findings && len(b.arrivals.waiting) <= maxWaiting
}

// AppendState saves which keys the judge has reported; an input that ended leaves none.
func (j *Judge) AppendState(dst []byte) []byte {
	w := &wire.Writer{B: append(dst, stateVersion)}
	g := &j.ledger
	w.Count(len(g.order))
	for _, n := range g.order {
		w.U64(n.key)
		w.Varint(n.quiet)
		w.Varint(n.last)
		w.Bool(n.used)
	}
	w.Uvarint(uint64(g.hand))
	return w.B
}

// LoadState reads what AppendState saved into a new judge.
func (j *Judge) LoadState(text []byte) error {
	r := wire.NewReader(text)
	if r.U8() != stateVersion {
		return errVersion
	}
	g := &j.ledger
	for n := r.Count(11); n > 0 && !r.Short(); n-- {
		k := note{key: r.U64(), quiet: r.Varint(), last: r.Varint(), used: r.Bool()}
		if g.notes[k.key] != nil || len(g.order) == g.ceiling {
			j.ledger = newLedger(g.ceiling)
			return errDamaged
		}
		g.add(k)
	}
	g.hand = int(min(r.Uvarint(), uint64(len(g.order))))
	if r.Short() || r.Len() > 0 {
		j.ledger = newLedger(g.ceiling)
		return errDamaged
	}
	return nil
}
