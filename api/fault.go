package api

import "time"

// Fault is an error with a kind for the program, a sentence for the person and a hint for the
// next step. Other rooms' errors count as one when they have the methods that are asked for
// here: Kind, and where there is more to say Hint and Wait.
type Fault struct {
	What   string // one of the kinds below
	Text   string
	Next   string
	Delay  time.Duration // how long to wait before the next try; 0: not said
	Reason error         // for the log
}

// The kinds of faults and what they become.
const (
	Missing  = "missing"  // 404
	Invalid  = "invalid"  // 422
	Conflict = "conflict" // 409
	Refused  = "refused"  // 401: a wrong password, token or session
	Locked   = "locked"   // 429: too many tries
	TooLarge = "large"    // 413
	Full     = "full"     // 507: no room on the disk
	Busy     = "busy"     // 503: not now
)

func (f *Fault) Error() string       { return f.Text }
func (f *Fault) Unwrap() error       { return f.Reason }
func (f *Fault) Kind() string        { return f.What }
func (f *Fault) Hint() string        { return f.Next }
func (f *Fault) Wait() time.Duration { return f.Delay }
