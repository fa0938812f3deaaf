package packet

import "github.com/davylamp/davy"

// FlowHash is equal for all packets between two addresses (the innermost; MACs without IP),
// in both directions and whatever their ports, and in every process. Its top six bits
// choose one of 64 shards.
func FlowHash(p *Packet) uint64 {
	a, b := p.Src.Hash(), p.Dst.Hash()
	return davy.Mix(a+b, a^b)
}
