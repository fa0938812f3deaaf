package app

import (
	"errors"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
)

// faults says for the API which of its kinds a fault of the house is.
var faults = map[davy.FaultKind]string{davy.NotFound: api.Missing, davy.Invalid: api.Invalid, davy.Taken: api.Conflict, davy.Denied: api.Refused,
	davy.TooMany: api.Locked, davy.Full: api.Full}

// fault makes a fault of the house one of the API's; other errors stay what they are.
func fault(err error) error {
	var f *davy.Fault
	if !errors.As(err, &f) {
		return err
	}
	kind, ok := faults[f.Kind]
	if !ok {
		return err
	}
	return &api.Fault{What: kind, Text: f.Text, Next: f.Hint, Reason: f.Err}
}
