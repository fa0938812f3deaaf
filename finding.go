package davy

// Severity says what a finding means for the plant.
type Severity uint8

// Severities, rising.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"info", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severityNames[min(int(s), len(severityNames)-1)] }

// ParseSeverity finds a severity by its name.
func ParseSeverity(name string) (Severity, bool) {
	for i, n := range severityNames {
		if n == name {
			return Severity(i), true
		}
	}
	return Info, false
}

// Finding is what a judge says: something differs from what is expected.
type Finding struct {
	ID        string
	Detector  string // D number
	Title     string
	Severity  Severity
	Time      int64  // message time of the first packet
	Last      int64  // message time of the last
	Origin    Origin // the first packet
	LastFrame uint32 // in the same file
	Count     uint64
	Entities  []Addr // the actor first, then whom it concerns
	Path      Path
	Protocol  string
	Verb      Verb
	Attack    []string // MITRE ATT&CK for ICS technique ids
	Expected  string
	Seen      string
	Window    string // id of the planned work it falls into
	Key       uint64 // what makes activity the same story line: later activity of an equal key extends the finding
}

// Incident is findings that tell one story.
type Incident struct {
	ID       string
	Title    string
	Severity Severity
	First    int64
	Last     int64
	Entities []Addr
	Findings []string // ids, in order of time
	Timeline []Event
	Attack   []string
}

// Event is one line of an incident's timeline.
type Event struct {
	Time     int64
	Finding  string // id
	Severity Severity
	Text     string
}
