package packet

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// errStateShort is what loading a state says that ends too early.
var errStateShort = errors.New("packet: the saved state is cut short")

// putAddr and getAddr save an address; a zero one takes a single byte.
func putAddr(w *wire.Writer, a davy.Addr) {
	if a.IsZero() {
		w.U8(0)
		return
	}
	hi, lo, rest := a.Words()
	w.Uvarint(rest)
	w.U64(hi)
	w.U64(lo)
}

func getAddr(r *wire.Reader) davy.Addr {
	rest := r.Uvarint()
	if rest == 0 {
		return davy.Addr{}
	}
	hi := r.U64()
	lo := r.U64()
	return davy.AddrFromWords(hi, lo, rest)
}
