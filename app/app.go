// Package app knows every room and wires them: pipeline.go is the whole trip of a packet,
// from the capture to the incident. It holds no decision about the domain; what it keeps
// are queues between rooms, the order in which they are asked, and the files that are
// written in the end.
package app

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

// Options are what an analysis is asked for.
type Options struct {
	Paths        []string
	Stdin        io.Reader
	Out          string // folder for the rows; "" writes none
	Messages     Messages
	Site         *davy.Site
	Windows      []davy.Window
	Learn        Learn
	Baseline     string // file to start guarded with
	SaveBaseline string
	State        string // file to continue from, and to save to
	Workers      int
	Dedup        time.Duration // window in which equal packets are one; negative: off
	Report       string
	Ceiling      int             // every table's ceiling a shard, forced; 0 takes the defaults
	Context      context.Context // ends the analysis early; nil: never
	Progress     func(done, total int64, packets uint64)

	// Tap is given each message that gets a row, for those who measure what rows hold. The
	// message is only lent. With it there is one worker, whatever Workers says.
	Tap func(*davy.Message)
}

// Messages says which messages get a row.
type Messages int

// What gets a row.
const (
	NotableMessages Messages = iota // what is not a plain cyclic read
	NoMessages
	AllMessages
)

// Learn says how long to learn: a span of message time, a share of the packets, or not.
type Learn struct {
	Span  time.Duration // 0 and Share 0: off
	Share float64       // of all packets, 0 to 1
}

// shards is fixed: results depend on it, and must not depend on the machine.
const shards = 64

// epoch bounds how many packets and how much message time pass before shards are merged.
const (
	epochPackets = 4096
	epochSpan    = int64(100 * time.Millisecond)
)

// heldBack is how long the legs of a tap may be apart: as long an answer may wait for its
// question.
const heldBack = int64(50 * time.Millisecond)

// coverEvery is how often, in message time, it is judged what the mirror shows.
const coverEvery = int64(time.Hour)

// known finds protocols' names and values for rooms that only say what they need.
type known struct {
	list     []*protocol.Protocol
	byName   map[string]*protocol.Protocol
	spaces   map[string]*davy.Space
	kinds    map[string]*davy.PathKind
	carriers map[string][]string // protocol to the layers that carry it
	owner    map[service][]string
}

// service is a port of a layer.
type service struct {
	layer string
	port  uint16
}

func newKnown(list []*protocol.Protocol) *known {
	k := &known{list: list, byName: map[string]*protocol.Protocol{}, spaces: map[string]*davy.Space{}, kinds: map[string]*davy.PathKind{}, carriers: map[string][]string{}, owner: map[service][]string{}}
	for _, p := range list {
		k.byName[p.Name] = p
		for _, n := range p.Also {
			k.byName[n] = p
		}
		for _, s := range p.Spaces {
			k.spaces[s.Name] = s
		}
		for _, q := range p.Paths {
			k.kinds[q.Name] = q
		}
		for _, l := range p.Over {
			k.carriers[p.Name] = append(k.carriers[p.Name], string(l))
			for _, n := range p.Ports {
				o := service{string(l), n}
				k.owner[o] = append(k.owner[o], p.Name)
			}
		}
	}
	return k
}

// Space and PathKind find what a saved state names. What no protocol declares any more
// keeps its name, and loses its notation.
func (k *known) Space(name string) *davy.Space {
	s := k.spaces[name]
	if s == nil {
		s = &davy.Space{Name: name}
		k.spaces[name] = s
	}
	return s
}

func (k *known) PathKind(name string) *davy.PathKind {
	q := k.kinds[name]
	if q == nil {
		q = &davy.PathKind{Name: name}
		k.kinds[name] = q
	}
	return q
}

func (k *known) industrial(name string) bool {
	p := k.byName[name]
	return p != nil && p.Industrial
}

func (k *known) owns(name string, port uint16) bool {
	p := k.byName[name]
	return p != nil && p.Owns(port)
}

func (k *known) owners(layer string, port uint16) []string { return k.owner[service{layer, port}] }

// carries reports whether one protocol carries another, so that a link is called by what is
// inside.
func (k *known) carries(outer, inner string) bool {
	if p := k.byName[outer]; p != nil && slices.Contains(p.Also, inner) {
		return true
	}
	for _, l := range k.carriers[inner] {
		if l == outer && outer != "" {
			return true
		}
	}
	return false
}
