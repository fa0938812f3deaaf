package app

// begin loads what the run starts from.
func (e *engine) begin() error { return nil }

// finish saves what later runs start from.
func (e *engine) finish() error { return nil }
