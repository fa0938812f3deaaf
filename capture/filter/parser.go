package filter

import (
	"strconv"
	"strings"
)

// parser reads an expression. As in tcpdump, and and or bind alike, from left to right, and not binds
// closer; vlan moves what is said behind it into the tag; a value without words before it
// takes those of the value before.
type parser struct {
	expr  string
	words []word
	next  int
	vlans int // tags spoken of so far
	depth int
	last  *kind // what a value alone means
}

// kind is what a value is: tcp src port, ether host.
type kind struct{ proto, dir, of string }

// deepest is how many parentheses may be open.
const deepest = 100

func (p *parser) parse() (node, error) {
	n, err := p.terms()
	if err != nil {
		return nil, err
	}
	if p.next < len(p.words) {
		w := p.take()
		if w.text == ")" {
			return nil, p.fail(w, "this parenthesis closes none")
		}
		return nil, p.fail(w, "expected and, or, or the end of the filter, found "+strconv.Quote(w.text))
	}
	return n, nil
}

func (p *parser) terms() (node, error) {
	n, err := p.term()
	for err == nil && (p.look(0) == "and" || p.look(0) == "or") {
		joins := p.look(0)
		p.take()
		var m node
		if m, err = p.term(); err != nil {
			break
		}
		if joins == "and" {
			n = both{n, m}
		} else {
			n = either{n, m}
		}
	}
	return n, err
}

func (p *parser) term() (node, error) {
	switch p.look(0) {
	case "not":
		if p.depth++; p.depth > deepest {
			return nil, p.fail(p.take(), "the filter is nested too deeply")
		}
		p.take()
		n, err := p.term()
		p.depth--
		return not{n}, err
	case "(":
		return p.parenthesis()
	}
	return p.primitive()
}

func (p *parser) parenthesis() (node, error) {
	open := p.take()
	if p.depth++; p.depth > deepest {
		return nil, p.fail(open, "the filter is nested too deeply")
	}
	n, err := p.terms()
	if err != nil {
		return nil, err
	}
	p.depth--
	if w := p.take(); w.text != ")" {
		if w.text == "" {
			return nil, p.fail(open, "this parenthesis is not closed")
		}
		return nil, p.fail(w, "expected and, or, or a closing parenthesis, found "+strconv.Quote(w.text))
	}
	return n, nil
}

func (p *parser) primitive() (node, error) {
	start := p.take()
	if start.text == "" {
		return nil, p.fail(start, "the filter ends where a condition is expected")
	}
	p.next--
	if p.look(0) == "vlan" {
		return p.vlan()
	}
	k, named := p.kind()
	if !named {
		if p.last == nil {
			return nil, p.fail(start, "expected a condition such as host, net, port, tcp, vlan, found "+strconv.Quote(start.text))
		}
		return p.value(*p.last)
	}
	alone := k.dir == "" && k.of == ""
	if k.of == "" {
		k.of = "host"
	}
	if alone && (!p.valueFollows() || p.sensible(start, k) != nil) {
		return p.protocol(start, k.proto)
	}
	if err := p.sensible(start, k); err != nil {
		return nil, err
	}
	p.last = &k
	if p.look(0) == "(" {
		return p.parenthesis()
	}
	return p.value(k)
}

// kind takes the words before a value.
func (p *parser) kind() (k kind, named bool) {
	if _, ok := protocols[p.look(0)]; ok {
		k.proto = p.look(0)
		p.take()
		named = true
	}
	if d := p.look(0); d == "src" || d == "dst" {
		k.dir, named = d, true
		p.take()
		other := map[string]string{"src": "dst", "dst": "src"}[d]
		if (p.look(0) == "or" || p.look(0) == "and") && p.look(1) == other {
			k.dir = map[string]string{"or": "", "and": "both"}[p.look(0)]
			p.take()
			p.take()
			if k.of == "" {
				k.of = "host"
			}
		}
	}
	switch of := p.look(0); of {
	case "host", "net", "port", "portrange", "proto":
		k.of, named = of, true
		p.take()
	}
	return k, named
}

// valueFollows says whether the next word is a value for the words before.
func (p *parser) valueFollows() bool {
	switch w := p.look(0); w {
	case "", "and", "or", ")", "not":
		return false
	default:
		return true
	}
}

// sensible refuses words that do not go together.
func (p *parser) sensible(w word, k kind) error {
	ok := true
	switch k.of {
	case "host":
		ok = k.proto == "" || k.proto == "ether" || k.proto == "ip" || k.proto == "ip6" || k.proto == "arp" || k.proto == "rarp"
	case "net":
		ok = k.proto == "" || k.proto == "ip" || k.proto == "ip6" || k.proto == "arp" || k.proto == "rarp"
	case "port", "portrange":
		ok = k.proto == "" || k.proto == "tcp" || k.proto == "udp" || k.proto == "sctp"
	case "proto":
		ok = k.dir == "" && (k.proto == "" || k.proto == "ip" || k.proto == "ip6" || k.proto == "ether")
	}
	if !ok {
		return p.fail(w, strconv.Quote(strings.TrimSpace(k.proto+" "+k.dir))+" does not go with "+strconv.Quote(k.of))
	}
	return nil
}

func (p *parser) vlan() (node, error) {
	p.take()
	n := vlan{frame: frame(p.vlans), any: true}
	if w := p.look(0); w != "" && w[0] >= '0' && w[0] <= '9' {
		id, err := p.number(p.take(), 4095, "a VLAN")
		if err != nil {
			return nil, err
		}
		n.id, n.any = id, false
	}
	p.vlans++
	return n, nil
}

func (p *parser) number(w word, most uint64, what string) (uint32, error) {
	n, err := strconv.ParseUint(w.text, 0, 32)
	if err != nil || n > most {
		return 0, p.fail(w, "expected "+what+" from 0 to "+strconv.FormatUint(most, 10)+", found "+strconv.Quote(w.text))
	}
	return uint32(n), nil
}
