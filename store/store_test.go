package store

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

var anna = davy.Principal{Name: "anna", Role: davy.Admin, From: "10.0.0.9"}

func fresh(t testing.TB) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), FileName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kind checks what sort of fault came, and that it says something.
func kind(t *testing.T, err error, want davy.FaultKind, words ...string) {
	t.Helper()
	f, ok := err.(*davy.Fault)
	if !ok || f.Kind != want {
		t.Fatalf("%#v (%v), want a fault of kind %d", err, err, want)
	}
	for _, w := range words {
		if !strings.Contains(f.Text, w) {
			t.Errorf("%q does not say %q", f.Text, w)
		}
	}
	if f.Hint == "" {
		t.Errorf("%q gives no hint", f.Text)
	}
}

func at(minute int) string { return stampOf(1_700_000_000e9 + int64(minute)*60e9) }

func finding(n int, severity string, entities ...string) davy.FindingRow {
	return davy.FindingRow{ID: fmt.Sprintf("F-%d", n), Detector: "D11", Title: "First-time writer", Severity: severity, Time: at(n), Last: at(n + 1), File: "ring/00000001.pcapng",
		Frames: []uint32{uint32(n), uint32(n + 5)}, Count: 3, Entities: entities, Protocol: "modbus", Verb: "write", Attack: []string{"T0855"},
		Expected: "writes from 10.0.0.5 only", Seen: "10.0.0.66 wrote holding register 7"}
}

func asset(n int, address string) davy.AssetRow {
	return davy.AssetRow{ID: fmt.Sprintf("A-%d", n), Scope: "site", Addresses: []string{address}, MACs: []string{}, Name: fmt.Sprintf("PLC-%d", n), Kind: "plc", Vendor: "Siemens",
		Level: "1", Zone: "line 1", First: at(n), Last: at(n + 10)}
}

func conversation(n int, client, server, protocol string) davy.LinkRow {
	return davy.LinkRow{ID: fmt.Sprintf("L-%016x", n), Client: client, Server: server, Port: 502, Transport: "tcp", Protocol: protocol, First: at(n), Last: at(n + 10), Messages: uint64(n)}
}

func ids[T any](p davy.Page[T]) (list []string) {
	for _, v := range p.Items {
		list = append(list, reflect.ValueOf(v).FieldByName("ID").String())
	}
	return list
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	db := fresh(t)
	f := finding(1, "high", "10.0.0.66", "10.0.0.10")
	a := asset(1, "10.0.0.10")
	a.Modules = []davy.ModuleRow{{Path: "slot 2", Name: "CPU"}}
	l := conversation(1, "10.0.0.66", "10.0.0.10", "modbus")
	l.Operations = []davy.OperationRow{{Verb: "write", Op: "write register", Count: 3, Cycle: 0.5}}
	i := davy.IncidentRow{ID: "I-1", Title: "10.0.0.66 writes", Severity: "high", First: at(1), Last: at(2), Entities: f.Entities, Findings: []string{"F-1"},
		Timeline: []davy.EventRow{{Time: at(1), Finding: "F-1", Severity: "high", Text: "wrote"}}}
	for range 2 { // the same again changes nothing
		must(t, db.Judged([]davy.Judged{{Row: f, Key: 1<<63 + 5}}, []davy.IncidentRow{i}))
		must(t, db.Known([]davy.AssetRow{a}, []davy.LinkRow{l}, nil))
	}
	gotF, err := db.Finding("F-1")
	must(t, err)
	gotA, err := db.Asset("A-1")
	must(t, err)
	gotL, err := db.Link(l.ID)
	must(t, err)
	gotI, err := db.Incident("I-1")
	must(t, err)
	for _, c := range []struct{ got, want any }{{gotF.FindingRow, f}, {gotA, a}, {gotL, l}, {gotI.IncidentRow, i}} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("got\n%+v\nwant\n%+v", c.got, c.want)
		}
	}
	if gotF.State != "open" || gotF.Incident != "I-1" || gotI.State != "open" {
		t.Errorf("%+v %+v", gotF, gotI)
	}
	_, err = db.Finding("F-2")
	kind(t, err, davy.NotFound, "F-2", "findings")
}

func TestIDsStandByNumber(t *testing.T) {
	db := fresh(t)
	for _, n := range []int{10, 9, 100, 1} {
		must(t, db.Known([]davy.AssetRow{asset(n, fmt.Sprintf("10.0.0.%d", n))}, nil, nil))
	}
	behind := asset(9, "10.0.0.9")
	behind.ID, behind.Path = "A-9/unit 3", "unit 3"
	must(t, db.Known([]davy.AssetRow{behind}, nil, nil))
	p, err := db.Assets(davy.Query{})
	must(t, err)
	same(t, ids(p), "A-1", "A-9", "A-9/unit 3", "A-10", "A-100")
	p, err = db.Assets(davy.Query{Sort: "-address"})
	must(t, err)
	same(t, ids(p), "A-100", "A-10", "A-9/unit 3", "A-9", "A-1")
	p, err = db.Assets(davy.Query{Sort: "name"})
	must(t, err)
	same(t, ids(p), "A-1", "A-9", "A-9/unit 3", "A-10", "A-100")
}

func TestFilters(t *testing.T) {
	db := fresh(t)
	a, b := asset(1, "10.0.0.10"), asset(2, "10.0.0.20")
	b.Vendor, b.Kind, b.Name, b.Zone = "Rockwell 100%", "hmi", "Panel_West", ""
	other := asset(3, "10.0.0.10")
	other.Scope = "vlan 7"
	must(t, db.Known([]davy.AssetRow{a, b, other}, []davy.LinkRow{conversation(1, "10.0.0.20", "10.0.0.10", "modbus"), conversation(2, "10.0.0.10", "10.0.0.30", "s7")}, nil))
	must(t, db.Judged([]davy.Judged{{Row: finding(1, "high", "10.0.0.20", "10.0.0.10")}, {Row: finding(2, "low", "10.0.0.30")}}, nil))
	for _, c := range []struct {
		q    davy.Query
		want string
	}{
		{davy.Query{Q: "panel_w"}, "A-2"},
		{davy.Query{Q: "ROCK 100%"}, "A-2"},
		{davy.Query{Q: "1_0"}, ""},
		{davy.Query{Q: "%"}, "A-2"},
		{davy.Query{Where: map[string][]string{"kind": {"hmi", "switch"}}}, "A-2"},
		{davy.Query{Where: map[string][]string{"zone": {""}}}, "A-2"},
		{davy.Query{Where: map[string][]string{"address": {"10.0.0.10"}}}, "A-1 A-3"},
		{davy.Query{Where: map[string][]string{"new": {at(2)}}}, "A-2 A-3"},
		{davy.Query{Where: map[string][]string{"new": {"2023-11-14T22:15:20Z"}}}, "A-2 A-3"},
	} {
		p, err := db.Assets(c.q)
		must(t, err)
		if got := strings.Join(ids(p), " "); got != c.want || p.Total != len(p.Items) {
			t.Errorf("%+v: got %s (%d), want %s", c.q, got, p.Total, c.want)
		}
	}
	for id, want := range map[string]int{"A-1": 2, "A-2": 1, "A-3": 0} {
		p, err := db.Links(davy.Query{Where: map[string][]string{"asset": {id}}})
		must(t, err)
		if p.Total != want {
			t.Errorf("%s has %d links, want %d", id, p.Total, want)
		}
	}
	for id, want := range map[string]string{"A-1": "F-1", "A-2": "F-1"} {
		p, err := db.Findings(davy.Query{Where: map[string][]string{"asset": {id}}})
		must(t, err)
		same(t, ids(p), want)
	}
	p, err := db.Findings(davy.Query{Where: map[string][]string{"least": {"medium"}}})
	must(t, err)
	same(t, ids(p), "F-1")
	l, err := db.Links(davy.Query{Where: map[string][]string{"address": {"10.0.0.30"}}, Q: "S7"})
	must(t, err)
	same(t, ids(l), "L-0000000000000002")

	facets, err := db.AssetFacets(davy.Query{Where: map[string][]string{"kind": {"hmi"}}}, "kind", "vendor")
	must(t, err)
	if got := fmt.Sprint(facets); got != "map[kind:[{plc 2} {hmi 1}] vendor:[{Rockwell 100% 1}]]" {
		t.Error(got)
	}
	must(t, db.Judged(nil, []davy.IncidentRow{incidentOf("I-1", "high"), incidentOf("I-2", "low"), incidentOf("I-3", "low")}))
	facets, err = db.IncidentFacets(davy.Query{}, "severity")
	must(t, err)
	if got := fmt.Sprint(facets); got != "map[severity:[{low 2} {high 1}]]" {
		t.Error(got)
	}

	_, err = db.Assets(davy.Query{Where: map[string][]string{"colour": {"red"}}})
	kind(t, err, davy.Invalid, "colour", "vendor")
	_, err = db.Assets(davy.Query{Sort: "folded; drop table assets"})
	kind(t, err, davy.Invalid, "sorted")
	_, err = db.Findings(davy.Query{Where: map[string][]string{"severity": {"dire"}}})
	kind(t, err, davy.Invalid, "dire", "critical")
	_, err = db.Links(davy.Query{Where: map[string][]string{"new": {"yesterday"}}})
	kind(t, err, davy.Invalid, "yesterday")
	for _, c := range []string{"zz", "!!", cursor{"-last", []any{"a"}}.String(), cursor{"", []any{true, "b"}}.String(), cursor{"", []any{1.5, "b"}}.String()} {
		_, err = db.Links(davy.Query{Cursor: c})
		kind(t, err, davy.Invalid, "cursor")
	}
}

// Pages hold every row once, whatever is inserted between them.
func TestPagesStandStillUnderInserts(t *testing.T) {
	for _, sort := range []string{"", "-severity,-last", "severity,-count", "detector", "-id"} {
		db := fresh(t)
		var all []davy.Judged
		for n := 1; n <= 57; n++ {
			all = append(all, davy.Judged{Row: finding(2*n, []string{"low", "high", "critical"}[n%3], "10.0.0.1")})
		}
		must(t, db.Judged(all, nil))
		seen := map[string]int{}
		q := davy.Query{Sort: sort, Limit: 10}
		for pages := 0; ; pages++ {
			p, err := db.Findings(q)
			must(t, err)
			for _, id := range ids(p) {
				seen[id]++
			}
			if p.Next == "" || pages > 20 {
				break
			}
			q.Cursor = p.Next
			must(t, db.Judged([]davy.Judged{{Row: finding(2*pages+1, "medium", "10.0.0.1")}, {Row: finding(1001+2*pages, "critical", "10.0.0.1")}}, nil))
		}
		for _, j := range all {
			if seen[j.Row.ID] != 1 {
				t.Errorf("sort %q: %s was seen %d times", sort, j.Row.ID, seen[j.Row.ID])
			}
		}
	}
}

func TestOnlyOneWrites(t *testing.T) {
	db := fresh(t)
	_, err := Open(db.Path())
	kind(t, err, davy.Taken, "in use", fmt.Sprint(os.Getpid()))
	reader, err := Look(db.Path())
	must(t, err)
	must(t, db.Known([]davy.AssetRow{asset(1, "10.0.0.10")}, nil, nil))
	if _, err := reader.Asset("A-1"); err != nil {
		t.Error(err)
	}
	if err := reader.Known([]davy.AssetRow{asset(2, "10.0.0.11")}, nil, nil); err == nil {
		t.Error("a reader wrote")
	}
	must(t, reader.Close())
}

func TestNumbered(t *testing.T) {
	if got := numbered(`UPDATE a SET b = $2, c = '$1' WHERE d = $10`); got != `UPDATE a SET b = ?2, c = '$1' WHERE d = ?10` {
		t.Error(got)
	}
	db := fresh(t)
	must(t, db.write(func(tx *tx) error {
		if err := tx.do(`INSERT INTO audit_base (num, hash) VALUES ($1, 'x')`, 7); err != nil {
			return err
		}
		return tx.do(`UPDATE audit_base SET hash = $2 WHERE num = $1`, 7, "y")
	}))
	var hash string
	must(t, db.read(func(tx *tx) error { return tx.one(`SELECT hash FROM audit_base WHERE num = $1`, []any{7}, &hash) }))
	if hash != "y" {
		t.Errorf("$2 before $1: %q", hash)
	}
}

func TestGraph(t *testing.T) {
	db := fresh(t)
	a, b := asset(10, "10.0.0.10"), asset(9, "10.0.0.9")
	a.MACs = []string{"00:1b:1b:00:00:0a"}
	one := conversation(3, "10.0.0.9", "10.0.0.10", "s7")
	one.OneWay = true
	must(t, db.Known([]davy.AssetRow{a, b}, []davy.LinkRow{conversation(5, "10.0.0.9", "10.0.0.10", "s7"), one, conversation(4, "10.0.0.10", "10.0.0.9", "modbus")}, nil))
	stations, err := db.Stations()
	must(t, err)
	want := []davy.Station{{ID: "A-9", Name: "PLC-9", Label: "10.0.0.9", Kind: "plc", Level: "1", Zone: "line 1", First: at(9), Addresses: []string{"10.0.0.9"}},
		{ID: "A-10", Name: "PLC-10", Label: "10.0.0.10", Kind: "plc", Level: "1", Zone: "line 1", First: at(10), Addresses: []string{"10.0.0.10", "00:1b:1b:00:00:0a"}}}
	if !reflect.DeepEqual(stations, want) {
		t.Errorf("%+v", stations)
	}
	talks, err := db.Talks()
	must(t, err)
	slices.SortFunc(talks, func(a, b davy.Talk) int { return strings.Compare(a.Client, b.Client) })
	if !reflect.DeepEqual(talks, []davy.Talk{{Client: "10.0.0.10", Server: "10.0.0.9", Protocol: "modbus", First: at(4), Links: 1}, {Client: "10.0.0.9", Server: "10.0.0.10", Protocol: "s7", First: at(3), Links: 2}}) {
		t.Errorf("%+v", talks)
	}
}

// TestNames: the ends of links are called by the assets at their addresses, in their scope.
func TestNames(t *testing.T) {
	db := fresh(t)
	a, b, nameless := asset(1, "10.0.0.10"), asset(2, "10.0.0.20"), asset(3, "10.0.0.30")
	a.Name, b.Name, nameless.Name = "Filler PLC", "Panel", ""
	other := asset(4, "10.0.0.10")
	other.Scope, other.Name = "vlan 7", "Another filler"
	must(t, db.Known([]davy.AssetRow{a, b, nameless, other}, nil, nil))
	inside := conversation(3, "10.0.0.20", "10.0.0.10", "s7")
	inside.Scope = "vlan 7"
	names, err := db.Names([]davy.LinkRow{conversation(1, "10.0.0.20", "10.0.0.10", "modbus"), conversation(2, "10.0.0.30", "10.0.0.99", "s7"), inside})
	must(t, err)
	want := map[[2]string]string{{"", "10.0.0.20"}: "Panel", {"", "10.0.0.10"}: "Filler PLC", {"vlan 7", "10.0.0.10"}: "Another filler"}
	if !maps.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
