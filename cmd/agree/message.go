package main

import (
	"fmt"
	"strings"
)

// message is what one side says of one message, by the names that acceptance uses:
// function, unit, reference, area and so on. A name may stand several times: items in order.
type message []field

type field struct{ name, value string }

func (m *message) say(name string, value any) {
	*m = append(*m, field{name, fmt.Sprint(value)})
}

func (m message) String() string {
	var b strings.Builder
	for i, f := range m {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%s", f.name, f.value)
	}
	return b.String()
}

// all are the values of a name.
func (m message) all(name string) (values []string) {
	for _, f := range m {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// differs names what tshark says of a message and Davy says otherwise, or not at all. What
// tshark does not say is not compared.
func differs(their, our message) (names []string) {
	seen := map[string]bool{}
	for _, f := range their {
		if seen[f.name] {
			continue
		}
		seen[f.name] = true
		if t, o := strings.Join(their.all(f.name), ","), strings.Join(our.all(f.name), ","); t != o {
			names = append(names, f.name)
		}
	}
	return names
}

// pairing is one message of a frame that both sides have, or that one has.
type pairing struct {
	their, our message
	names      []string // that differ; "missing" or "extra" where one side has none
}

// pair sets the messages of a frame against each other: in their order where both have as
// many, else each of tshark's with the first of Davy's that agrees.
func (g *group) pair(their, our []message) (list []pairing) {
	if len(their) == len(our) {
		for i := range their {
			names := differs(their[i], our[i])
			if len(names) > 0 && g.same != nil && g.same(their[i], our[i]) {
				names = nil
			}
			list = append(list, pairing{their[i], our[i], names})
		}
		return list
	}
	used := make([]bool, len(our))
	var left []message
next:
	for _, t := range their {
		for i, o := range our {
			if !used[i] && len(differs(t, o)) == 0 {
				used[i] = true
				list = append(list, pairing{t, o, nil})
				continue next
			}
		}
		left = append(left, t)
	}
	for i, o := range our {
		switch {
		case used[i]:
		case len(left) > 0:
			list = append(list, pairing{left[0], o, differs(left[0], o)})
			left = left[1:]
		default:
			list = append(list, pairing{nil, o, []string{"extra"}})
		}
	}
	for _, t := range left {
		list = append(list, pairing{t, nil, []string{"missing"}})
	}
	return list
}
