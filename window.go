package davy

// Window is planned work: when, on which assets, by whom, and what may be done. An empty
// list means any.
type Window struct {
	ID       string
	From, To int64    // ns since the epoch, [From, To)
	Assets   []string // names, addresses or prefixes
	Sources  []string // who may act: names, addresses or prefixes
	Verbs    []Verb
	Note     string
}

// Stateful is what can save all it knows and start from it again. The form is versioned
// by its first byte; Load refuses what it does not know and leaves the receiver empty.
type Stateful interface {
	AppendState(dst []byte) []byte
	LoadState(b []byte) error
}
