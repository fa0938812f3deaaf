package protocol

import (
	"errors"
	"fmt"

	"github.com/davylamp/davy/wire"
)

// AppendSession saves a session: what it was identified as and what its dissectors remember.
func (set *Set) AppendSession(w *wire.Writer, s *Session) {
	w.String(name(s.proto))
	if s.proto != nil {
		w.Blob(s.dissector.AppendState(nil))
	}
	w.U8(s.tries)
	w.U8(uint8(s.client + 1))
	for _, b := range []bool{s.told, s.started[0], s.started[1], s.opaque, s.encrypted} {
		w.Bool(b)
	}
	for _, h := range s.held {
		w.Blob(h.at[:h.n])
		w.U8(h.seen)
	}
	w.Blob(s.note)
	w.Count(len(s.carried))
	for _, k := range s.carried {
		w.String(string(k.layer))
		w.U8(k.tries)
		w.String(name(k.proto))
		if k.proto != nil {
			w.Blob(k.dissector.AppendState(nil))
		}
	}
}

func name(p *Protocol) string {
	if p == nil {
		return ""
	}
	return p.Name
}

// LoadSession reads what AppendSession saved.
func (set *Set) LoadSession(r *wire.Reader) (*Session, error) {
	s := new(Session)
	var err error
	if s.proto, s.dissector, err = set.load(r); err != nil {
		return nil, err
	}
	s.tries = r.U8()
	s.client = int8(r.U8()) - 1
	s.told = r.Bool()
	s.started = [2]bool{r.Bool(), r.Bool()}
	s.opaque, s.encrypted = r.Bool(), r.Bool()
	for dir := range s.held {
		h := &s.held[dir]
		h.n, h.seen = uint8(copy(h.at[:], r.Blob())), r.U8()
		for i, at := range h.at[:h.n] {
			if at >= h.seen || h.seen > firstBytes || i > 0 && at <= h.at[i-1] {
				return nil, errors.New("a saved conversation holds what it cannot")
			}
		}
	}
	s.note = append([]byte(nil), r.Blob()...)
	for n := r.Count(3); n > 0; n-- {
		k := carried{layer: Layer(r.String()), tries: r.U8()}
		if k.proto, k.dissector, err = set.load(r); err != nil {
			return nil, err
		}
		s.carried = append(s.carried, k)
	}
	if r.Short() || s.client > 1 {
		return nil, errors.New("a saved conversation is cut short")
	}
	return s, nil
}

func (set *Set) load(r *wire.Reader) (*Protocol, Dissector, error) {
	n := r.String()
	if n == "" {
		return nil, nil, nil
	}
	p := set.Named(n)
	if p == nil {
		return nil, nil, fmt.Errorf("the saved state speaks of protocol %q, which this Davy does not know", n)
	}
	d := set.get(p)
	if err := d.LoadState(r.Blob()); err != nil {
		return nil, nil, fmt.Errorf("saved state of protocol %s: %w", n, err)
	}
	return p, d, nil
}
