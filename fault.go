package davy

import "time"

// Fault is an error that a person is to read: a kind for the program, a sentence, and a hint
// for the next step.
type Fault struct {
	Kind FaultKind
	Text string
	Hint string
	Wait time.Duration // before the next try; 0: not said
	Err  error         // what caused it, if anything did
}

// FaultKind tells the program what to do about a fault.
type FaultKind uint8

// Kinds of faults.
const (
	Internal FaultKind = iota // nobody's but ours
	NotFound                  // there is no such thing
	Invalid                   // the question or the value is wrong
	Taken                     // the name is in use, or somebody else has the thing open
	Denied                    // not allowed, or not known who asks
	TooMany                   // wait before the next try
	Full                      // no room on the disk
	Broken                    // what is stored is damaged
)

func (f *Fault) Error() string {
	if f.Err != nil && f.Text == "" {
		return f.Err.Error()
	}
	return f.Text
}

func (f *Fault) Unwrap() error { return f.Err }
