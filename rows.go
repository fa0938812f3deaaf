package davy

// The rows of findings, incidents, assets and links: the form in which files, the store and
// the API hold them. docs/schema says what each field holds; empty fields are left out.
// Times are RFC 3339 in UTC with nine decimals, so that they sort as text.

// FindingRow is a Finding; File is the name of the capture, or of the ring's segment.
type FindingRow struct {
	ID       string   `json:"id"`
	Detector string   `json:"detector"`
	Title    string   `json:"title"`
	Severity string   `json:"severity"`
	Time     string   `json:"time"`
	Last     string   `json:"last,omitempty"`
	File     string   `json:"file"`
	Frames   []uint32 `json:"frames"`
	Count    uint64   `json:"count"`
	Entities []string `json:"entities"`
	Path     string   `json:"path,omitempty"`
	Protocol string   `json:"protocol,omitempty"`
	Verb     string   `json:"verb,omitempty"`
	Attack   []string `json:"attack,omitempty"`
	Expected string   `json:"expected"`
	Seen     string   `json:"seen"`
	Window   string   `json:"window,omitempty"`
}

// EvidenceRow says where an attribute came from and how sure it is.
type EvidenceRow struct {
	Attribute  string `json:"attribute"`
	Value      string `json:"value"`
	Source     string `json:"source"`
	Confidence uint8  `json:"confidence"`
	First      string `json:"first,omitempty"`
	Last       string `json:"last,omitempty"`
	Count      uint64 `json:"count,omitempty"`
}

// ModuleRow is a part of a device that tells its own identity.
type ModuleRow struct {
	Path     string `json:"path"`
	Name     string `json:"name,omitempty"`
	Vendor   string `json:"vendor,omitempty"`
	Model    string `json:"model,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	Serial   string `json:"serial,omitempty"`
}

// AssetRow is an Asset.
type AssetRow struct {
	ID          string        `json:"id"`
	Scope       string        `json:"scope"`
	Addresses   []string      `json:"addresses"`
	MACs        []string      `json:"macs"`
	Path        string        `json:"path,omitempty"`
	Name        string        `json:"name,omitempty"`
	Kind        string        `json:"kind"`
	Vendor      string        `json:"vendor,omitempty"`
	Model       string        `json:"model,omitempty"`
	Firmware    string        `json:"firmware,omitempty"`
	Serial      string        `json:"serial,omitempty"`
	Modules     []ModuleRow   `json:"modules,omitempty"`
	Level       string        `json:"level,omitempty"`
	Zone        string        `json:"zone,omitempty"`
	Owner       string        `json:"owner,omitempty"`
	Criticality string        `json:"criticality,omitempty"`
	RunState    string        `json:"run_state,omitempty"`
	Key         string        `json:"key,omitempty"`
	Virtual     bool          `json:"virtual,omitempty"`
	Members     []string      `json:"members,omitempty"`
	First       string        `json:"first_seen"`
	Last        string        `json:"last_seen"`
	Evidence    []EvidenceRow `json:"evidence,omitempty"`
}

// OperationRow is one kind of request on a link, with its rhythm; times are seconds.
type OperationRow struct {
	Path     string  `json:"path,omitempty"`
	Verb     string  `json:"verb,omitempty"`
	Op       string  `json:"op,omitempty"`
	Object   string  `json:"object,omitempty"`
	Count    uint64  `json:"count"`
	Cycle    float64 `json:"cycle_s,omitempty"`
	Jitter   float64 `json:"jitter_s,omitempty"`
	Response float64 `json:"response_s,omitempty"`
	Last     string  `json:"last,omitempty"`
}

// LinkRow is a Link.
type LinkRow struct {
	ID         string         `json:"id"`
	Client     string         `json:"client"`
	Server     string         `json:"server"`
	Scope      string         `json:"scope,omitempty"`
	Port       uint16         `json:"port,omitempty"`
	Transport  string         `json:"transport"`
	Protocol   string         `json:"protocol,omitempty"`
	First      string         `json:"first_seen"`
	Last       string         `json:"last_seen"`
	Messages   uint64         `json:"messages"`
	Requests   uint64         `json:"requests"`
	Failures   uint64         `json:"failures,omitempty"`
	Packets    uint64         `json:"packets"`
	Bytes      uint64         `json:"bytes"`
	OneWay     bool           `json:"one_way,omitempty"`
	Encrypted  bool           `json:"encrypted,omitempty"`
	Operations []OperationRow `json:"operations,omitempty"`
}

// EventRow is a line of an incident's timeline.
type EventRow struct {
	Time     string `json:"time"`
	Finding  string `json:"finding"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

// IncidentRow is an Incident.
type IncidentRow struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Severity string     `json:"severity"`
	First    string     `json:"first"`
	Last     string     `json:"last"`
	Entities []string   `json:"entities"`
	Attack   []string   `json:"attack,omitempty"`
	Findings []string   `json:"findings"`
	Timeline []EventRow `json:"timeline"`
}

// Row is the finding as a row.
func (f *Finding) Row(file string) FindingRow {
	r := FindingRow{ID: f.ID, Detector: f.Detector, Title: f.Title, Severity: f.Severity.String(), Time: stamp(f.Origin.Stamp), File: file,
		Frames: []uint32{f.Origin.Frame, f.LastFrame}, Count: f.Count, Entities: texts(f.Entities), Path: f.Path.String(), Protocol: f.Protocol,
		Verb: f.Verb.String(), Attack: f.Attack, Expected: f.Expected, Seen: f.Seen, Window: f.Window}
	if f.Last != f.Time {
		r.Last = stamp(f.Last)
	}
	return r
}

// Row is the asset as a row.
func (a *Asset) Row() AssetRow {
	r := AssetRow{ID: a.ID, Scope: a.Scope, Addresses: texts(a.Addresses), MACs: texts(a.MACs), Path: a.Path, Name: a.Name, Kind: a.Kind, Vendor: a.Vendor, Model: a.Model,
		Firmware: a.Firmware, Serial: a.Serial, Level: a.Level, Zone: a.Zone, Owner: a.Owner, Criticality: a.Critical, RunState: a.RunState, Key: a.Key,
		Virtual: a.Virtual, Members: a.Members, First: stamp(a.First), Last: stamp(a.Last)}
	for _, m := range a.Modules {
		r.Modules = append(r.Modules, ModuleRow(m))
	}
	for _, v := range a.Evidence {
		r.Evidence = append(r.Evidence, EvidenceRow{string(v.Attribute), v.Value, v.Source, v.Confidence, stamp(v.First), stamp(v.Last), v.Count})
	}
	return r
}

// Row is the link as a row.
func (l *Link) Row() LinkRow {
	r := LinkRow{ID: l.ID, Client: l.Client.String(), Server: l.Server.String(), Port: l.Port, Transport: l.Transport, Protocol: l.Protocol, First: stamp(l.First), Last: stamp(l.Last),
		Messages: l.Messages, Requests: l.Requests, Failures: l.Failures, Packets: l.Packets, Bytes: l.Bytes, OneWay: l.OneWay, Encrypted: l.Encrypted}
	if l.Client.Scope != 0 {
		r.Scope = l.Client.Scope.String()
	}
	for _, o := range l.Operations {
		r.Operations = append(r.Operations, OperationRow{o.Path, o.Verb.String(), o.Op, o.Object, o.Count, secondsOf(o.Cycle), secondsOf(o.Jitter), secondsOf(o.Response), stamp(o.Last)})
	}
	return r
}

// Row is the incident as a row.
func (i *Incident) Row() IncidentRow {
	r := IncidentRow{ID: i.ID, Title: i.Title, Severity: i.Severity.String(), First: stamp(i.First), Last: stamp(i.Last), Entities: texts(i.Entities), Attack: i.Attack, Findings: i.Findings}
	for _, v := range i.Timeline {
		r.Timeline = append(r.Timeline, EventRow{stamp(v.Time), v.Finding, v.Severity.String(), v.Text})
	}
	return r
}

func stamp(t int64) string {
	if t == 0 {
		return ""
	}
	return string(AppendTime(nil, t))
}

// secondsOf rounds ns to microseconds, which is more than a mirror's stamps hold.
func secondsOf(ns int64) float64 { return float64((ns+500)/1000) / 1e6 }

func texts[T interface{ String() string }](list []T) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}
