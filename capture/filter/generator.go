package filter

// Classic BPF: linux/bpf_common.h and linux/filter.h.
const (
	loadWord  = 0x20 // A = word at K
	loadHalf  = 0x28
	loadByte  = 0x30
	loadWordX = 0x40 // A = word at X + K
	loadHalfX = 0x48
	loadByteX = 0x50
	loadMemX  = 0x61 // X = M[K]
	loadImmX  = 0x01 // X = K
	storeX    = 0x03 // M[K] = X
	headerX   = 0xb1 // X = 4 * (byte at K & 15)
	and       = 0x54
	shift     = 0x64
	addX      = 0x0c
	toX       = 0x07
	jump      = 0x05
	equal     = 0x15
	greater   = 0x25
	atLeast   = 0x35
	anyBit    = 0x45
	ret       = 0x06
)

// What the kernel keeps beside a packet: SKF_AD_OFF and SKF_AD_VLAN_*.
const (
	beside     = 0xfffff000
	vlanTag    = beside + 44
	vlanHasTag = beside + 48
)

// generator gathers instructions whose jumps go to labels.
type generator struct {
	ops    []op
	labels []int // places, in ops
}

type op struct {
	code uint16
	k    uint32
	t, f label // of jumps; none: the next instruction
}

type label int

const none label = -1

func (g *generator) label() label {
	g.labels = append(g.labels, -1)
	return label(len(g.labels) - 1)
}

func (g *generator) place(l label) { g.labels[l] = len(g.ops) }

func (g *generator) op(code uint16, k uint32) { g.ops = append(g.ops, op{code, k, none, none}) }

// when jumps by a comparison of A.
func (g *generator) when(code uint16, k uint32, t, f label) {
	g.ops = append(g.ops, op{code, k, t, f})
}

func (g *generator) goTo(l label) { g.ops = append(g.ops, op{jump, 0, l, none}) }

// test emits one primitive: its comparisons jump no farther than to two long jumps behind it.
func (g *generator) test(t, f label, body func(t, f label)) {
	near, far := g.label(), g.label()
	body(near, far)
	g.place(near)
	g.goTo(t)
	g.place(far)
	g.goTo(f)
}

// whereIsTheTag keeps in M[0] how many bytes of a first VLAN tag lie in the frame: none where
// the kernel keeps it beside.
func (g *generator) whereIsTheTag() {
	in, done := g.label(), g.label()
	g.op(loadByte, vlanHasTag)
	g.when(equal, 1, none, in)
	g.op(loadImmX, 0)
	g.goTo(done)
	g.place(in)
	g.op(loadImmX, 4)
	g.place(done)
	g.op(storeX, 0)
}

// assemble turns labels into distances.
func (g *generator) assemble() []Instruction {
	out := make([]Instruction, len(g.ops))
	for i, o := range g.ops {
		out[i] = Instruction{Code: o.code, K: o.k}
		switch o.code {
		case jump:
			out[i].K = uint32(g.target(i, o.t, maxInstructions) - i - 1)
		case equal, greater, atLeast, anyBit:
			out[i].Jt = uint8(g.target(i, o.t, 255) - i - 1)
			out[i].Jf = uint8(g.target(i, o.f, 255) - i - 1)
		}
	}
	return out
}

// target is where a jump lands: past further jumps, as far as it reaches.
func (g *generator) target(from int, l label, reach int) int {
	if l == none {
		return from + 1
	}
	at := g.labels[l]
	for g.ops[at].code == jump && g.labels[g.ops[at].t]-from-1 <= reach {
		at = g.labels[g.ops[at].t]
	}
	return at
}
