package app

import (
	"encoding/json"

	"github.com/davylamp/davy"
)

// The rows of findings, assets, links and incidents. They are few: encoding/json is fast
// enough. docs/schema says what each field holds; empty fields are left out.

type findingRow struct {
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

func stamp(t int64) string {
	if t == 0 {
		return ""
	}
	return string(davy.AppendTime(nil, t))
}

func texts(list []davy.Addr) []string {
	out := make([]string, 0, len(list))
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

func line(dst []byte, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		b, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return append(append(dst, b...), '\n')
}

func appendFinding(dst []byte, f *davy.Finding, file string) []byte {
	r := findingRow{ID: f.ID, Detector: f.Detector, Title: f.Title, Severity: f.Severity.String(), Time: stamp(f.Origin.Stamp), File: file,
		Frames: []uint32{f.Origin.Frame, f.LastFrame}, Count: f.Count, Entities: texts(f.Entities), Path: f.Path.String(), Protocol: f.Protocol,
		Verb: f.Verb.String(), Attack: f.Attack, Expected: f.Expected, Seen: f.Seen, Window: f.Window}
	if f.Last != f.Time {
		r.Last = stamp(f.Last)
	}
	return line(dst, r)
}

type evidenceRow struct {
	Attribute  string `json:"attribute"`
	Value      string `json:"value"`
	Source     string `json:"source"`
	Confidence uint8  `json:"confidence"`
	First      string `json:"first,omitempty"`
	Last       string `json:"last,omitempty"`
	Count      uint64 `json:"count,omitempty"`
}

type moduleRow struct {
	Path     string `json:"path"`
	Name     string `json:"name,omitempty"`
	Vendor   string `json:"vendor,omitempty"`
	Model    string `json:"model,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	Serial   string `json:"serial,omitempty"`
}

type assetRow struct {
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
	Modules     []moduleRow   `json:"modules,omitempty"`
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
	Evidence    []evidenceRow `json:"evidence,omitempty"`
}

func appendAsset(dst []byte, a *davy.Asset) []byte {
	r := assetRow{ID: a.ID, Scope: a.Scope, Addresses: texts(a.Addresses), Path: a.Path, Name: a.Name, Kind: a.Kind, Vendor: a.Vendor, Model: a.Model,
		Firmware: a.Firmware, Serial: a.Serial, Level: a.Level, Zone: a.Zone, Owner: a.Owner, Criticality: a.Critical, RunState: a.RunState, Key: a.Key,
		Virtual: a.Virtual, Members: a.Members, First: stamp(a.First), Last: stamp(a.Last)}
	r.MACs = make([]string, 0, len(a.MACs))
	for _, m := range a.MACs {
		r.MACs = append(r.MACs, m.String())
	}
	for _, m := range a.Modules {
		r.Modules = append(r.Modules, moduleRow(m))
	}
	for _, v := range a.Evidence {
		r.Evidence = append(r.Evidence, evidenceRow{string(v.Attribute), v.Value, v.Source, v.Confidence, stamp(v.First), stamp(v.Last), v.Count})
	}
	return line(dst, r)
}

type operationRow struct {
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

type linkRow struct {
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
	Operations []operationRow `json:"operations,omitempty"`
}

func appendLink(dst []byte, l *davy.Link) []byte {
	r := linkRow{ID: l.ID, Client: l.Client.String(), Server: l.Server.String(), Port: l.Port, Transport: l.Transport, Protocol: l.Protocol, First: stamp(l.First), Last: stamp(l.Last),
		Messages: l.Messages, Requests: l.Requests, Failures: l.Failures, Packets: l.Packets, Bytes: l.Bytes, OneWay: l.OneWay, Encrypted: l.Encrypted}
	if l.Client.Scope != 0 {
		r.Scope = l.Client.Scope.String()
	}
	for _, o := range l.Operations {
		r.Operations = append(r.Operations, operationRow{o.Path, o.Verb.String(), o.Op, o.Object, o.Count, seconds(o.Cycle), seconds(o.Jitter), seconds(o.Response), stamp(o.Last)})
	}
	return line(dst, r)
}

// seconds are rounded to microseconds, which is more than a mirror's stamps hold.
func seconds(ns int64) float64 { return float64((ns+500)/1000) / 1e6 }

type eventRow struct {
	Time     string `json:"time"`
	Finding  string `json:"finding"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
}

type incidentRow struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Severity string     `json:"severity"`
	First    string     `json:"first"`
	Last     string     `json:"last"`
	Entities []string   `json:"entities"`
	Attack   []string   `json:"attack,omitempty"`
	Findings []string   `json:"findings"`
	Timeline []eventRow `json:"timeline"`
}

func appendIncident(dst []byte, i *davy.Incident) []byte {
	r := incidentRow{ID: i.ID, Title: i.Title, Severity: i.Severity.String(), First: stamp(i.First), Last: stamp(i.Last), Entities: texts(i.Entities), Attack: i.Attack, Findings: i.Findings}
	for _, v := range i.Timeline {
		r.Timeline = append(r.Timeline, eventRow{stamp(v.Time), v.Finding, v.Severity.String(), v.Text})
	}
	return line(dst, r)
}
