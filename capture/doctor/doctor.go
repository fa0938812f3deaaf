// Package doctor looks at what a machine needs to watch a mirror port well, and says what is,
// what to do, and how to undo it: the right to capture, an interface that says nothing itself (no
// address, no IPv6, no ARP, no agent), frames as they were on the wire (offloads), packets
// lost below, disk and clock.
//
// It changes nothing unless it is asked to mend a check, and each mend names its undo. It
// sends nothing.
package doctor

import "time"

// Level is how a check stands.
type Level uint8

// Levels.
const (
	Good Level = iota
	Note       // good to know
	Warn       // works, and not as well as it could
	Bad        // does not work, or is no longer passive
)

func (l Level) String() string { return [...]string{"good", "note", "warn", "bad"}[l] }

// Check is one thing that was looked at.
type Check struct {
	Topic     string // in a word or two
	Interface string // "" for the machine
	Level     Level
	Text      string   // what is
	Do        []string // commands that set it right, or a sentence
	Undo      []string // commands that take it back
	mend      func() error
}

// CanMend says whether Mend does what Do says.
func (c *Check) CanMend() bool { return c.mend != nil }

// Mend does what Do says. It needs root.
func (c *Check) Mend() error { return c.mend() }

// Config says what to look at.
type Config struct {
	Interfaces []string
	Data       string        // folder of Davy's data; "" is not looked at
	RingBytes  int64         // what the ring of packets may take there
	Watch      time.Duration // how long each interface is watched for packets that it sends; 0: two seconds
}
