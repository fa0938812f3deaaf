package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
)

// Kind is what a notice is about, for programs.
type Kind uint8

// Kinds of notices. The first four are errors: something could not be read.
const (
	Unreadable Kind = iota // cannot be opened, or reading fails
	Foreign                // is no capture
	Corrupt                // is damaged: read as far as it goes
	Empty                  // a folder without captures, or a file without a byte
	Truncated              // ends in the middle of a packet: read to the last whole one
	Sliced                 // has packets longer than MaxPacket
	Clamped                // has stamps outside MinStamp and MaxStamp
	Timeless               // has packets without a stamp
	Crowded                // has more interfaces than can be told apart
	Skipped                // a folder's files that are no captures
	Repeated               // a folder's file, or folder, that is there twice
)

func (k Kind) severe() bool { return k <= Empty }

// Notice is something to tell about an input.
type Notice struct {
	File   string // as Input.Name says it, or the folder's PATH
	Kind   Kind
	Offset int64  // byte of the (unpacked) file where it was met first, -1 when that says nothing
	Text   string // what was met, what was expected, and what was done about it
}

// String is the notice as a line for a person.
func (n Notice) String() string { return n.File + ": " + n.Text }

// found is what the reading of one file met of one kind: the first, and how often.
type found struct {
	kind   Kind
	offset int64
	format string // what the text was made with
	text   string
	packed bool
	count  int
}

func (f found) told(name string) Notice {
	text := f.text
	if f.offset >= 0 {
		of := ""
		if f.packed {
			of = " of the unpacked data"
		}
		text = fmt.Sprintf("at byte %d%s: %s", f.offset, of, text)
	}
	if f.count > 1 {
		text += fmt.Sprintf(" (met %d times; this is the first)", f.count)
	}
	return Notice{name, f.kind, f.offset, text}
}

// reason is an error without the path, which the notice carries already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return "cannot be read: " + p.Err.Error()
	}
	return "cannot be read: " + err.Error()
}

func addSaturating(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
