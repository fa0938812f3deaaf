package packet

import "github.com/davylamp/davy"

// FlowHash is equal for all packets between two addresses (the innermost; MACs without IP),
// in both directions and whatever their ports, and in every process. Its top six bits
// choose one of 64 shards.
func FlowHash(p *Packet) uint64 { return PairHash(p.Src, p.Dst) }

// PairHash is FlowHash for packets between two addresses.
func PairHash(a, b davy.Addr) uint64 {
	x, y := a.Hash(), b.Hash()
	return davy.Mix(x+y, x^y)
}
