// Large fills the store of a data folder with a plant far larger than the simulated one, so
// that the console can be measured with it: go run ./scripts/large DIR. What it writes
// hangs on nothing but its numbers.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/store"
)

// The size that the console is measured with.
const (
	assets    = 20_000
	links     = 100_000
	findings  = 20_000
	incidents = 400
)

var (
	kinds      = []string{"controller", "drive", "remote I/O", "HMI", "engineering station", "historian", "server", "switch", "router", "workstation", "gateway", "printer"}
	vendors    = []string{"Siemens", "Rockwell Automation/Allen-Bradley", "Schneider Electric", "ABB", "Beckhoff", "WAGO", "Dell Inc.", "Cisco Systems, Inc", "Hirschmann Automation", "Phoenix Contact", ""}
	levels     = []string{"0", "1", "1", "1", "2", "2", "3", "3.5", "4", ""}
	protocols  = []string{"modbus", "s7", "enip", "profinet", "opcua", "mqtt", "dns", "ntp", "tls", "ssh", "bacnet", ""}
	severities = []string{"info", "info", "info", "low", "low", "medium", "high", "critical"}
	detectors  = []string{"D01", "D07", "D08", "D11", "D20", "D25", "D29", "D36"}
)

// begin is when the first of it was seen; every number is a second later.
var begin = time.Now().Add(-90 * 24 * time.Hour)

func at(second int) string {
	return string(davy.AppendTime(nil, begin.Add(time.Duration(second)*time.Second).UnixNano()))
}

// scattered spreads numbers over n, always in the same way.
func scattered(i, n int) int { return int(uint32(i) * 2654435761 >> 8 % uint32(n)) }

func of(list []string, i int) string { return list[scattered(i, 1<<20)%len(list)] }

func address(i int) string {
	i %= assets
	return fmt.Sprintf("10.%d.%d.%d", 20+i>>14, i>>6&255, 10+i&63)
}

func asset(i int) davy.AssetRow {
	kind, zone := of(kinds, i), fmt.Sprintf("Line %d", 1+i/250)
	r := davy.AssetRow{ID: fmt.Sprintf("A-%d", i+1), Scope: "site", Addresses: []string{address(i)}, MACs: []string{fmt.Sprintf("ac:64:17:%02x:%02x:%02x", i>>16, i>>8&255, i&255)},
		Name: fmt.Sprintf("%s-%05d", map[bool]string{true: "plc", false: "st"}[kind == "controller"], i), Kind: kind, Vendor: of(vendors, i*3), Model: fmt.Sprintf("Model %d", scattered(i, 400)),
		Firmware: fmt.Sprintf("V%d.%d", 1+scattered(i, 9), scattered(i*7, 30)), Level: of(levels, i*5), Zone: zone, First: at(i), Last: at(7_000_000 + i)}
	for _, e := range []string{"mac", "name", "vendor", "kind"} {
		r.Evidence = append(r.Evidence, davy.EvidenceRow{Attribute: e, Value: r.Name, Source: "arp request", Confidence: 90, First: r.First, Last: r.Last, Count: 100})
	}
	return r
}

func link(i int) davy.LinkRow {
	n := uint64(1 + scattered(i, 1_000_000))
	return davy.LinkRow{ID: fmt.Sprintf("L-%016x", uint64(i+1)*0x9e3779b97f4a7c15), Client: address(i), Server: address(i + 1 + 37*(i/assets)), Port: uint16(502 + i%40), Transport: "tcp", Protocol: of(protocols, i),
		First: at(i), Last: at(7_000_000 + i), Messages: n, Requests: n / 2, Packets: n * 2, Bytes: n * 120,
		Operations: []davy.OperationRow{{Verb: "read", Op: "read holding registers", Object: fmt.Sprintf("unit 1 holding register %d..%d", i%4000, i%4000+9), Count: n, Cycle: 0.5}}}
}

func finding(i int) davy.Judged {
	a, b := address(scattered(i, assets)), address(scattered(i*13+5, assets))
	return davy.Judged{Key: uint64(i + 1), Row: davy.FindingRow{ID: fmt.Sprintf("F-%d", i+1), Detector: of(detectors, i), Title: "New link", Severity: of(severities, i), Time: at(i * 300), File: "ring/00000001.pcapng",
		Frames: []uint32{uint32(i + 1), uint32(i + 1)}, Count: 1, Entities: []string{a, b}, Protocol: of(protocols, i), Attack: []string{"T0842"}, Expected: fmt.Sprintf("%s and %s do not talk", a, b), Seen: fmt.Sprintf("%s talks to %s over %s", a, b, of(protocols, i))}}
}

func incident(i int) davy.IncidentRow {
	r := davy.IncidentRow{ID: fmt.Sprintf("I-%d", i+1), Severity: "low", First: at(i * 15000), Last: at(i*15000 + 900)}
	rank := map[string]int{"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
	for k := range 20 {
		f := finding(i*50 + k).Row
		r.Findings, r.Entities = append(r.Findings, f.ID), append(r.Entities, f.Entities[0])
		r.Timeline = append(r.Timeline, davy.EventRow{Time: f.Time, Finding: f.ID, Severity: f.Severity, Text: f.Seen})
		if rank[f.Severity] > rank[r.Severity] {
			r.Severity = f.Severity
		}
	}
	r.Title = fmt.Sprintf("New link: %s, %s and 18 more", r.Entities[0], r.Entities[1])
	return r
}

func many[T any](n int, one func(int) T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = one(i)
	}
	return list
}

func fill(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := store.Open(filepath.Join(dir, "davy.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Known(many(assets, asset), many(links, link), nil); err != nil {
		return err
	}
	return db.Judged(many(findings, finding), many(incidents, incident))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Println("large: give the data folder to fill")
		os.Exit(2)
	}
	if err := fill(os.Args[1]); err != nil {
		fmt.Println("large:", err)
		os.Exit(1)
	}
	fmt.Printf("%s holds %d assets, %d links, %d findings and %d incidents\n", os.Args[1], assets, links, findings, incidents)
}
