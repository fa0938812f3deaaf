package api

import (
	"encoding/json"
	"time"

	"github.com/davylamp/davy"
)

// Principal is who asks, and Decision what the Gate says.
type (
	Principal = davy.Principal
	Decision  = davy.Decision
)

// Page is a part of a list; Next is the cursor of the part after it, "" at the end. Total
// counts all that the filters let through.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next part; left out at the end."`
	Total int    `json:"total" doc:"How many rows the filters let through."`
}

// Query is what every list can be asked for. Sort is a list of fields, "-" turns one round.
type Query struct {
	Q      string
	Sort   []string
	Cursor string
	Limit  int
}

// AssetQuery asks for assets; an empty filter lets all through, several values any of them.
type AssetQuery struct {
	Query
	Kind, Vendor, Level, Zone []string
	New                       bool // only those first seen within the last day and not from learning
}

// LinkQuery asks for links. Asset is an asset's id: links with one of its addresses.
type LinkQuery struct {
	Query
	Asset    string
	Protocol []string
	New      bool
}

// FindingQuery asks for findings.
type FindingQuery struct {
	Query
	Severity, Detector []string
	Incident, Asset    string
}

// IncidentQuery asks for incidents.
type IncidentQuery struct {
	Query
	State, Severity []string
}

// Asset is an asset's row with what people and time say of it.
type Asset struct {
	davy.AssetRow
	New      bool   `json:"new,omitempty" doc:"First seen within the last day, and not from learning."`
	Severity string `json:"severity,omitempty" doc:"The gravest of its findings in open incidents."`
}

// Link is a link's row.
type Link struct {
	davy.LinkRow
	New        bool   `json:"new,omitempty" doc:"First seen within the last day, and not from learning."`
	ClientName string `json:"client_name,omitempty" doc:"What the client is called, where it has a name."`
	ServerName string `json:"server_name,omitempty" doc:"What the server is called."`
}

// Incident is an incident's row with its state and what people decided, oldest first.
type Incident struct {
	davy.IncidentRow
	State     string        `json:"state" enum:"open,acknowledged,learned"`
	Decisions []DecisionRow `json:"decisions" nullable:"false"`
}

// DecisionRow is what a person decided on an incident.
type DecisionRow struct {
	Time   string `json:"time" format:"date-time"`
	By     string `json:"by"`
	Act    string `json:"act" enum:"acknowledge,learn,reopen"`
	Reason string `json:"reason"`
}

// Facet is a value of a filter and how many rows have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Counts are numbers of all that is stored.
type Counts struct {
	Assets    int `json:"assets"`
	Links     int `json:"links"`
	Findings  int `json:"findings"`
	Incidents int `json:"incidents"`
	// Open counts the open incidents of each severity.
	Open map[string]int `json:"open" doc:"Open incidents by severity."`
}

// News counts what is new.
type News struct {
	Assets   int `json:"assets"`
	Links    int `json:"links"`
	Findings int `json:"findings"`
}

// Line is one thing that a person should know: a name, a value and what to do about it.
type Line struct {
	Name  string   `json:"name"`
	Value string   `json:"value"`
	Hint  string   `json:"hint,omitempty"`
	Level string   `json:"level" enum:"ok,warn,bad"`
	Items []string `json:"items,omitempty" doc:"What it is about, one by one; only so many as a person reads."`
}

// Coverage is what is seen and what is not.
type Coverage struct {
	Lines []Line `json:"lines" nullable:"false"`
}

// Learning is how far learning has come.
type Learning struct {
	State string  `json:"state" enum:"learning,guarding,off" doc:"Off: nothing was learned and nothing is."`
	Since string  `json:"since,omitempty" format:"date-time" doc:"When learning began, in message time."`
	Until string  `json:"until,omitempty" format:"date-time" doc:"When it ends or ended, in message time."`
	Share float64 `json:"share" doc:"How much of it is done, 0 to 1."`
	Text  string  `json:"text" doc:"The same in words."`
}

// Baseline sums up what was learned.
type Baseline struct {
	Learning   Learning           `json:"learning"`
	Stations   int                `json:"stations"`
	Links      int                `json:"links"`
	Operations int                `json:"operations"`
	Objects    int                `json:"objects"`
	Protocols  []BaselineProtocol `json:"protocols" nullable:"false"`
	Lost       map[string]uint64  `json:"lost,omitempty" doc:"What found no room, by what it was."`
}

// BaselineProtocol is what was learned of one protocol.
type BaselineProtocol struct {
	Name       string `json:"name"`
	Links      int    `json:"links"`
	Operations int    `json:"operations"`
}

// Home is the first screen: what needs a person.
type Home struct {
	Incidents []Incident `json:"incidents" nullable:"false" doc:"The ten gravest open incidents, without their timelines."`
	Counts    Counts     `json:"counts"`
	New       News       `json:"new" doc:"First seen since yesterday."`
	Coverage  []Line     `json:"coverage" nullable:"false"`
	Learning  Learning   `json:"learning"`
	Sensors   []Line     `json:"sensors" nullable:"false"`
}

// Sensor is how the sensor is.
type Sensor struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Time       string            `json:"time" format:"date-time" doc:"The machine's clock."`
	Message    string            `json:"message_time,omitempty" format:"date-time" doc:"How far message time has come."`
	Started    string            `json:"started" format:"date-time"`
	Source     string            `json:"source" doc:"What is read: live, captures or the simulated plant."`
	Interfaces []Interface       `json:"interfaces" nullable:"false"`
	Rates      Rates             `json:"rates"`
	Ring       Ring              `json:"ring"`
	Disk       Disk              `json:"disk"`
	Memory     uint64            `json:"memory_bytes"`
	CPU        float64           `json:"cpu" doc:"Share of one processor over the last seconds."`
	Lost       map[string]uint64 `json:"lost,omitempty" doc:"What found no room, by what it was."`
	Lines      []Line            `json:"lines" nullable:"false" doc:"What is well and what is not."`
	Events     []SensorEvent     `json:"events" nullable:"false" doc:"The last events, newest first."`
	Key        string            `json:"key,omitempty" doc:"Fingerprint of the key that signs evidence."`
}

// Interface is a monitored interface or another source.
type Interface struct {
	Name    string `json:"name"`
	Up      bool   `json:"up"`
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
	Drops   uint64 `json:"drops" doc:"Packets that the kernel had no room for."`
	Freezes uint64 `json:"freezes"`
	Text    string `json:"text,omitempty"`
}

// Rates are per second, over the last seconds.
type Rates struct {
	Packets  float64 `json:"packets"`
	Bytes    float64 `json:"bytes"`
	Messages float64 `json:"messages"`
}

// Ring is the ring of packets on disk.
type Ring struct {
	Bytes    uint64 `json:"bytes"`
	MaxBytes uint64 `json:"max_bytes"`
	Segments int    `json:"segments"`
	Packets  uint64 `json:"packets"`
	From     string `json:"from,omitempty" format:"date-time"`
	To       string `json:"to,omitempty" format:"date-time"`
	Dropped  uint64 `json:"dropped" doc:"Segments that were overwritten since the start."`
}

// Disk is where the data folder lies.
type Disk struct {
	Free     uint64 `json:"free_bytes"`
	Total    uint64 `json:"total_bytes"`
	Database uint64 `json:"database_bytes"`
	Evidence uint64 `json:"evidence_bytes"`
}

// SensorEvent is something that happened to the sensor.
type SensorEvent struct {
	Time  string `json:"time" format:"date-time"`
	Kind  string `json:"kind"`
	Level string `json:"level" enum:"ok,warn,bad"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
}

// Minute is a sample of one minute.
type Minute struct {
	Time     string  `json:"time" format:"date-time"`
	Packets  uint64  `json:"packets"`
	Bytes    uint64  `json:"bytes"`
	Drops    uint64  `json:"drops"`
	Messages uint64  `json:"messages"`
	Findings uint64  `json:"findings"`
	Memory   uint64  `json:"memory_bytes"`
	CPU      float64 `json:"cpu"`
}

// Messages are decoded messages of an incident.
type Messages struct {
	Items []json.RawMessage
	More  bool   // there are others beyond the limit
	Text  string // what is missing and why: "the packets of F-3 were overwritten"; "" when all is there
}

// MapQuery asks for the map; Open names the nodes that are shown one by one.
type MapQuery struct {
	Level, Zone []string
	Open        []string // "it", "internet", or the id of a group node
}

// Map is who talks to whom.
type Map struct {
	Nodes []Node `json:"nodes" nullable:"false"`
	Edges []Edge `json:"edges" nullable:"false"`
	Text  string `json:"text,omitempty" doc:"What is left out, in words."`
}

// Node is an asset, or many that are drawn as one.
type Node struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Kind     string `json:"kind"`
	Level    string `json:"level,omitempty"`
	Zone     string `json:"zone,omitempty"`
	Severity string `json:"severity,omitempty" doc:"The gravest of its findings in open incidents."`
	New      bool   `json:"new,omitempty"`
	Count    int    `json:"count" doc:"1 for an asset; how many a group node stands for."`
}

// Edge is all links between two nodes.
type Edge struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Protocols []string `json:"protocols" nullable:"false"`
	New       bool     `json:"new,omitempty"`
	Severity  string   `json:"severity,omitempty"`
	OneWay    bool     `json:"one_way,omitempty"`
	Count     int      `json:"count" doc:"Links that it stands for."`
}

// Window is planned work, as docs/schema says of windows files.
type Window struct {
	ID      string   `json:"id"`
	From    string   `json:"from" format:"date-time"`
	To      string   `json:"to" format:"date-time"`
	Assets  []string `json:"assets,omitempty" doc:"Names, addresses or prefixes; empty means any."`
	Sources []string `json:"sources,omitempty" doc:"Who may act: names, addresses or prefixes; empty means any."`
	Verbs   []string `json:"verbs,omitempty" doc:"What may be done; empty means anything."`
	Note    string   `json:"note,omitempty"`
	By      string   `json:"by,omitempty"`
	Created string   `json:"created,omitempty"`
}

// Capture is an upload.
type Capture struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Size     int64           `json:"size"`
	SHA256   string          `json:"sha256,omitempty"`
	State    string          `json:"state" enum:"queued,reading,done,failed"`
	Progress float64         `json:"progress" doc:"How much is read, 0 to 1."`
	Error    string          `json:"error,omitempty"`
	Summary  json.RawMessage `json:"summary,omitempty" doc:"docs/schema/summary.schema.json, once done."`
	Time     string          `json:"time" format:"date-time"`
	By       string          `json:"by"`
}

// AuditRecord is an entry of the audit trail; each hash covers the record and the one before.
type AuditRecord struct {
	Seq    int64  `json:"seq"`
	Time   string `json:"time" format:"date-time"`
	By     string `json:"by"`
	From   string `json:"from,omitempty"`
	Act    string `json:"act"`
	Object string `json:"object,omitempty"`
	Detail string `json:"detail,omitempty"`
	Hash   string `json:"hash"`
}

// User is a person who can log in.
type User struct {
	Name     string `json:"name"`
	Role     string `json:"role" enum:"admin,operator,viewer"`
	Disabled bool   `json:"disabled,omitempty"`
	Created  string `json:"created,omitempty"`
	Last     string `json:"last,omitempty" doc:"Last log-in."`
}

// UserChange is what changes of a user; nil and "" change nothing.
type UserChange struct {
	Role     string
	Password string
	Disabled *bool
}

// Token is an API token. Secret is in the answer to its making, and nowhere later.
type Token struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Role    string `json:"role" enum:"admin,operator,viewer"`
	By      string `json:"by,omitempty"`
	Created string `json:"created,omitempty"`
	Ends    string `json:"ends,omitempty"`
	Last    string `json:"last,omitempty" doc:"Last use."`
	Secret  string `json:"secret,omitempty"`
}

// secondsLeft rounds up for Retry-After.
func secondsLeft(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
