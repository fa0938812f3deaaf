// Package filter compiles a capture filter, in tcpdump's own words, to the classic BPF that
// the kernel runs on each packet before it is handed on. It knows what a mirror port is
// filtered by (hosts, networks, ports, protocols, VLANs, and, or, not) and says at which
// word it does not understand.
//
// It works on Ethernet frames. The kernel takes the outer VLAN tag off before the filter
// runs and keeps it beside the packet; the programs made here look there as well as into the
// frame. The package opens nothing and sends nothing.
package filter

import "strings"

// Instruction is one of classic BPF: linux/filter.h, struct sock_filter.
type Instruction struct {
	Code   uint16
	Jt, Jf uint8
	K      uint32
}

// Error is what is wrong with an expression, and where.
type Error struct {
	Expr    string
	At, Len int // bytes of the word concerned
	Text    string
}

// Error shows the expression, with a mark under the word.
func (e *Error) Error() string {
	return e.Text + "\n  " + e.Expr + "\n  " + strings.Repeat(" ", e.At) + strings.Repeat("^", max(1, e.Len))
}

// Compile makes the program of an expression. A packet that matches is kept by up to snap
// bytes. An empty expression matches all.
func Compile(expr string, snap uint32) ([]Instruction, error) {
	if strings.TrimSpace(expr) == "" {
		return []Instruction{{Code: ret, K: snap}}, nil
	}
	p := &parser{expr: expr, words: split(expr)}
	n, err := p.parse()
	if err != nil {
		return nil, err
	}
	g := &generator{}
	yes, no := g.label(), g.label()
	if p.vlans > 0 {
		g.whereIsTheTag()
	}
	n.emit(g, yes, no)
	g.place(yes)
	g.op(ret, snap)
	g.place(no)
	g.op(ret, 0)
	if len(g.ops) > maxInstructions {
		return nil, &Error{expr, 0, len(expr), "the filter is too long for the kernel: it takes 4096 instructions"}
	}
	return g.assemble(), nil
}

// maxInstructions is the kernel's BPF_MAXINSNS.
const maxInstructions = 4096
