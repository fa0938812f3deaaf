package packet

import "github.com/davylamp/davy"

// FlowHash is equal for all packets between two addresses (the innermost; MACs without IP),
// in both directions and whatever their ports, and in every process. Its top six bits
// choose one of 64 shards.
func FlowHash(p *Packet) uint64 {
	p.srcHash, p.dstHash = p.Src.Hash(), p.Dst.Hash()
	return pairHash(p.srcHash, p.dstHash)
}

// PairHash is FlowHash for packets between two addresses.
func PairHash(a, b davy.Addr) uint64 { return pairHash(a.Hash(), b.Hash()) }

func pairHash(x, y uint64) uint64 { return davy.Mix(x+y, x^y) }

// SrcHash is the hash of the packet's sender; it is remembered from FlowHash on.
func (p *Packet) SrcHash() uint64 {
	if p.srcHash != 0 {
		return p.srcHash
	}
	return p.Src.Hash()
}

func (p *Packet) hashOfDst() uint64 {
	if p.dstHash != 0 {
		return p.dstHash
	}
	return p.Dst.Hash()
}
