package app

import (
	"encoding/json"
	"testing"

	"github.com/davylamp/davy"
)

// TestLinesByHand: the lines made by hand are what encoding/json makes of the rows.
func TestLinesByHand(t *testing.T) {
	a, b := davy.AddrOf4(0x0a010005, 0), davy.AddrOfMAC(0x020a01000005, 0)
	f := davy.Finding{ID: "F-1", Detector: "D07", Title: "Operation <new>", Severity: davy.Medium, Time: 5e9, Last: 6e9, Origin: davy.Origin{Stamp: 5e9, Frame: 3}, LastFrame: 9, Count: 4,
		Entities: []davy.Addr{a, b}, Path: davy.Path{Kind: &davy.PathKind{Name: "unit"}, Number: 3}, Protocol: "modbus", Verb: davy.Write, Attack: []string{"T0836", "T0855"},
		Expected: "nothing \"new\" & no tab\t", Seen: "a tag of the name Füllstand\n", Window: "W-1"}
	l := davy.Link{ID: "L-1", Client: a, Server: b, Port: 502, Transport: "tcp", Protocol: "modbus", First: 5e9, Last: 6e9, Messages: 7, Requests: 4, Failures: 1, Packets: 9, Bytes: 900,
		OneWay: true, Encrypted: true, Operations: []davy.Operation{{Path: "unit 3", Verb: davy.Read, Op: "read", Object: "holding register 0..9", Count: 3, Cycle: 1e9, Jitter: 1499, Response: 12345678, Last: 6e9}, {Count: 1}}}
	for _, c := range []struct {
		name string
		hand []byte
		row  any
	}{
		{"a finding", appendFinding(nil, &f, "a.pcap"), f.Row("a.pcap")},
		{"a bare finding", appendFinding(nil, &davy.Finding{}, ""), (&davy.Finding{}).Row("")},
		{"a link", appendLink(nil, &l), l.Row()},
		{"a bare link", appendLink(nil, &davy.Link{First: 1, Last: 1}), (&davy.Link{First: 1, Last: 1}).Row()},
	} {
		want, err := json.Marshal(c.row)
		if err != nil {
			t.Fatal(err)
		}
		if got := plainly(t, c.hand); got != plainly(t, want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// plainly is JSON in one way of writing it.
func plainly(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	text, _ := json.Marshal(v)
	return string(text)
}
