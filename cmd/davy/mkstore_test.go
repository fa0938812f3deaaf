package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/store"
)

// cmdMkstore: mkstore DIR makes a data folder as davy up leaves it: an incident that anna
// decided about, and 20 records of her looking around.
func cmdMkstore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mkstore DIR")
	}
	dir := ts.MkAbs(args[0])
	db, err := store.Open(filepath.Join(dir, store.FileName))
	ts.Check(err)
	f := davy.FindingRow{ID: "F-1", Detector: "D11", Title: "First-time writer", Severity: "high", Time: "2026-11-22T08:00:00.000000000Z", Entities: []string{"10.1.0.7"}}
	i := davy.IncidentRow{ID: "I-1", Title: "A writer nobody knows", Severity: "high", First: f.Time, Last: f.Time, Entities: f.Entities, Findings: []string{"F-1"}}
	ts.Check(db.Judged([]davy.Judged{{Row: f, Key: 7}}, []davy.IncidentRow{i}))
	anna := davy.Principal{Name: "anna", Role: davy.Admin, From: "10.1.0.99"}
	ts.Check(db.Decide(anna, "I-1", davy.ActAcknowledge, "the night shift looks"))
	for n := 2; n <= 21; n++ {
		ts.Check(db.Audit(anna, "look", fmt.Sprintf("record-%02d", n), ""))
	}
	ts.Check(db.Close())
	for name, text := range map[string]string{"state.davy": "what was learned", "keys/evidence.key": "a key", "evidence/I-1/packets.pcapng": "packets", "ring/00000001.pcapng": "the ring"} {
		ts.Check(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
}

// cmdHold: hold DIR opens a data folder as davy up does, until the script ends.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold DIR")
	}
	db, err := store.Open(filepath.Join(ts.MkAbs(args[0]), store.FileName))
	ts.Check(err)
	ts.Defer(func() { ts.Check(db.Close()) })
}

// cmdFlip: flip FILE TEXT flips a bit of a text wherever it stands in a file.
func cmdFlip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE TEXT")
	}
	b := []byte(ts.ReadFile(args[0]))
	bent := []byte(args[1])
	bent[len(bent)-1] ^= 1
	if !bytes.Contains(b, []byte(args[1])) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.ReplaceAll(b, []byte(args[1]), bent), 0o600))
}
