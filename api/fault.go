package api

import (
	"errors"
	"syscall"
	"time"

	"github.com/davylamp/davy"
)

// Fault is an error of this room, or one that is handed to it, with a kind for the program, a
// sentence for the person and a hint for the next step. A davy.Fault is as good.
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
	Broken   = "broken"   // 500: what is stored is damaged, and a person can do something about it
)

func (f *Fault) Error() string { return f.Text }
func (f *Fault) Unwrap() error { return f.Reason }

// grounds says which of the kinds a fault of the ground is. What is nobody's but ours has none.
var grounds = map[davy.FaultKind]string{davy.NotFound: Missing, davy.Invalid: Invalid, davy.Taken: Conflict, davy.Denied: Refused, davy.TooMany: Locked,
	davy.Full: Full, davy.Broken: Broken}

// faultOf finds the fault in an error; one without a kind stands for anything else.
func faultOf(err error) *Fault {
	if f := (*Fault)(nil); errors.As(err, &f) {
		return f
	}
	if f := (*davy.Fault)(nil); errors.As(err, &f) {
		return &Fault{What: grounds[f.Kind], Text: f.Error(), Next: f.Hint, Delay: f.Wait, Reason: f.Err}
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &Fault{What: Full, Text: "there is no room on the disk", Next: "free some space, then try again", Reason: err}
	}
	return &Fault{Reason: err}
}
