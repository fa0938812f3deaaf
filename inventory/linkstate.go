package inventory

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

var (
	errLinks        = errors.New("the saved links are damaged")
	errLinksVersion = errors.New("the links were saved by another version")
)

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
		w.Uvarint(uint64(s.hand))
		w.Uvarint(s.Evicted)
	}
	w.Count(len(s.known))
	for _, h := range sorted(s.known) {
		w.U64(h)
	}
	w.Bool(s.Crowded)
	return w.B
}

// LoadState reads what AppendState saved into empty Links, and leaves them empty when that
// cannot be read.
func (s *Links) LoadState(b []byte) error {
	err := s.load(b)
	if err != nil {
		*s = *NewLinks(s.ceiling)
	}
	return err
}

func (s *Links) load(b []byte) error {
	r := wire.NewReader(b)
	if v := r.U8(); v != version {
		return errLinksVersion
	}
	if r.Bool() {
		for n := r.Count(20); n > 0; n-- {
			l := Link{Key: LinkKey{Client: davy.AddrFromWords(r.Uvarint3()), Server: davy.AddrFromWords(r.Uvarint3()), Service: Service(r.Uvarint())}, Protocol: r.String(), First: r.Varint(), Last: r.Varint()}
			l.Messages, l.Requests, l.Failures, l.Packets, l.Bytes, l.News = r.Uvarint(), r.Uvarint(), r.Uvarint(), r.Uvarint(), r.Uvarint(), davy.News(r.Uvarint())
			l.Encrypted, l.Asked, l.Spoke, l.Watched, l.used = r.Bool(), r.Bool(), r.Bool(), r.Bool(), r.Bool()
			if r.Short() || s.byKey[l.Key] != nil {
				return errLinks
			}
			l.Hash = l.Key.Hash()
			s.add(l)
		}
		hand := r.Uvarint()
		if hand > uint64(len(s.order)) {
			return errLinks
		}
		s.hand = int(hand)
		s.Evicted = r.Uvarint()
	}
	for n := r.Count(8); n > 0; n-- {
		s.known[r.U64()] = struct{}{}
	}
	s.Crowded = r.Bool()
	if r.Short() || r.Len() > 0 {
		return errLinks
	}
	return nil
}
