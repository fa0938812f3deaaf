package davy

import "encoding/json"

// States of findings and incidents, as people left them.
const (
	StateOpen         = "open"
	StateAcknowledged = "acknowledged" // somebody looks after it
	StateLearned      = "learned"      // it is normal: later activity of this kind is lowered
	StateJoined       = "joined"       // the incident became part of an older one
)

// What people do about findings and incidents.
const (
	ActAcknowledge = "acknowledge"
	ActLearn       = "learn"
	ActReopen      = "reopen"
)

// Judged is a finding with what makes later activity its own (Finding.Key).
type Judged struct {
	Row FindingRow
	Key uint64
}

// Standing is how people left a finding or an incident.
type Standing struct {
	State  string `json:"state"`
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	At     string `json:"decided,omitempty"`
}

// FindingView is a finding with its standing and the incident that tells it.
type FindingView struct {
	FindingRow
	Standing
	Incident string `json:"incident,omitempty"`
}

// IncidentView is an incident with its standing.
type IncidentView struct {
	IncidentRow
	Standing
	Fresh  int      `json:"fresh,omitempty"`  // findings that came after the decision
	Joined string   `json:"joined,omitempty"` // the incident that tells it now
	Ruled  []Ruling `json:"decisions,omitempty"`
}

// Ruling is what somebody decided about a finding or an incident.
type Ruling struct {
	Object string `json:"object"`
	Act    string `json:"act"`
	Reason string `json:"reason"`
	By     string `json:"by"`
	Time   string `json:"time"`
}

// Acceptance says that activity of a key is normal.
type Acceptance struct {
	Key    uint64
	By     string
	Reason string
	Since  int64 // ns since the epoch
}

// CaptureRow is a capture that somebody handed in.
type CaptureRow struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Size     int64           `json:"size"`
	SHA256   string          `json:"sha256,omitempty"`
	State    string          `json:"state"`    // queued, reading, done, failed
	Progress float64         `json:"progress"` // 0 to 1
	Summary  json.RawMessage `json:"summary,omitempty"`
	Error    string          `json:"error,omitempty"`
	By       string          `json:"by"`
	Added    string          `json:"added"`
	Ended    string          `json:"ended,omitempty"`
}

// Minute is what the sensor did in one minute.
type Minute struct {
	Time     string  `json:"time"` // its begin
	Packets  uint64  `json:"packets"`
	Bytes    uint64  `json:"bytes"`
	Drops    uint64  `json:"drops"`
	Messages uint64  `json:"messages"`
	Findings uint64  `json:"findings"`
	Memory   uint64  `json:"memory"` // bytes held at its end
	CPU      float64 `json:"cpu"`    // share of one core, 1 is all of it
}

// SensorEvent is something that befell the sensor itself: started, stopped, lost, drops,
// disk, clock, interface.
type SensorEvent struct {
	Number int64  `json:"number"`
	Time   string `json:"time"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Count  uint64 `json:"count,omitempty"`
}

// Dropped counts what was taken out of the store to keep within its age and size.
type Dropped struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
	Last  string `json:"last"`
}
