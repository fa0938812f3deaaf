package cip

import "github.com/davylamp/davy/wire"

// unwrap takes the message and the route out of an Unconnected Send (CIP Vol. 1, table
// 3-5.24): priority and ticks, the message's size, the message, a pad byte where that is
// odd, the route's size in words, a reserved byte, the route.
func unwrap(b []byte) (inner []byte, way route, ok bool) {
	r := wire.NewReader(b)
	r.Skip(2)
	size := int(r.U16LE())
	inner = r.Bytes(size)
	if r.Short() || size == 0 {
		return nil, way, false
	}
	if size%2 == 1 {
		r.Skip(1)
	}
	words := int(r.U8())
	r.Skip(1)
	path := r.Bytes(2 * words)
	if r.Short() {
		return nil, way, false
	}
	var p epath
	p.read(path, nil)
	return inner, p.route, p.defect == ""
}
