package store

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// filled has n findings, each of an incident of its own where n divides by 10.
func filled(t testing.TB, db *DB, from, to int) {
	t.Helper()
	var told []davy.Judged
	var stories []davy.IncidentRow
	for n := from; n < to; n++ {
		f := finding(n, "high", fmt.Sprintf("10.0.%d.%d", n/250, n%250))
		told = append(told, davy.Judged{Row: f, Key: uint64(n)})
		if n%10 == 0 {
			stories = append(stories, davy.IncidentRow{ID: fmt.Sprintf("I-%d", n/10), Title: "a story", Severity: "high", First: f.Time, Last: f.Last, Entities: f.Entities, Findings: []string{f.ID}})
		}
	}
	must(t, db.Judged(told, stories))
}

func dropped(t *testing.T, db *DB) map[string]int64 {
	list, err := db.Dropped()
	must(t, err)
	m := map[string]int64{}
	for _, d := range list {
		m[d.What] = d.Count
	}
	return m
}

func TestAge(t *testing.T) {
	db := fresh(t)
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	db.now = func() time.Time { return now }
	filled(t, db, 1, 31)
	must(t, db.Known([]davy.AssetRow{asset(1, "10.0.0.1")}, []davy.LinkRow{conversation(1, "10.0.0.1", "10.0.0.2", "s7")}, nil))
	must(t, db.PutMinute(davy.Minute{Time: stampOf(now.UnixNano()), Packets: 5}))
	must(t, db.Note(davy.SensorEvent{Kind: "started", Text: "davy up"}))
	must(t, db.Decide(anna, "I-2", davy.ActAcknowledge, "looking into it"))

	now = now.AddDate(0, 0, 20)
	filled(t, db, 31, 41)
	must(t, db.Retain(30, 0))
	if d := dropped(t, db); len(d) != 0 {
		t.Errorf("dropped within its age: %v", d)
	}

	now = now.AddDate(0, 0, 15)
	must(t, db.Retain(30, 0))
	if got, want := fmt.Sprint(dropped(t, db)), "map[assets:1 events:1 findings:29 incidents:2 links:1 minutes:1]"; got != want {
		t.Errorf("dropped %s, want %s", got, want)
	}
	p, err := db.Incidents(davy.Query{Sort: "id"})
	must(t, err)
	same(t, ids(p), "I-2", "I-4")
	if _, err := db.Finding("F-20"); err != nil {
		t.Error("the finding of a decided incident went before it:", err)
	}

	now = now.AddDate(0, 0, 300)
	must(t, db.Retain(30, 0))
	p, err = db.Incidents(davy.Query{})
	must(t, err)
	if p.Total != 0 {
		t.Errorf("%d incidents outlived ten times their age", p.Total)
	}
	if _, err := db.VerifyAudit(); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	db := fresh(t)
	filled(t, db, 1, 8001)
	must(t, db.Decide(anna, "I-3", davy.ActLearn, "the painter"))
	before, err := db.Size()
	must(t, err)
	most := before / 2
	must(t, db.Retain(0, most))
	after, err := db.Size()
	must(t, err)
	if after > most || after < most/2 {
		t.Errorf("%d bytes before, %d after, of %d", before, after, most)
	}
	if _, err := db.Incident("I-3"); err != nil {
		t.Error("what was decided went first:", err)
	}
	p, err := db.Findings(davy.Query{})
	must(t, err)
	if d := dropped(t, db); d["findings"] != int64(8000-p.Total) || d["findings"] == 0 {
		t.Errorf("%d findings are left, %d are counted as dropped", p.Total, d["findings"])
	}
	if _, err := db.Finding("F-7999"); err != nil {
		t.Error("the newest went:", err)
	}
	info, err := os.Stat(db.Path())
	must(t, err)
	if info.Size() > most*5/4 {
		t.Errorf("the file kept %d bytes of %d", info.Size(), most)
	}
	must(t, db.Retain(0, 1)) // what cannot fit is dropped as far as it goes, and it ends
	if _, err := db.VerifyAudit(); err != nil {
		t.Error(err)
	}
	if a, err := db.Accepted(); err != nil || len(a) != 1 {
		t.Error("what was learned is no row that is dropped:", a, err)
	}
}

func TestTrimmedAuditStaysWhole(t *testing.T) {
	db := fresh(t)
	for n := range 30 {
		must(t, db.Audit(anna, "try", fmt.Sprint(n), ""))
	}
	must(t, db.write(func(tx *tx) error { _, err := trimAudit(tx, 10); return err }))
	n, err := db.VerifyAudit()
	if err != nil || n != 10 {
		t.Fatal(n, err)
	}
	must(t, db.Audit(anna, "go on", "", ""))
	path := db.Path()
	must(t, db.Close())
	again, err := Open(path)
	must(t, err)
	if n, err := again.VerifyAudit(); err != nil || n != 11 {
		t.Error(n, err)
	}
	p, err := again.AuditTrail(davy.Query{})
	must(t, err)
	if p.Items[0].Number != 31 || p.Items[0].Act != "go on" {
		t.Errorf("%+v", p.Items[0])
	}
	must(t, again.Close())
}
