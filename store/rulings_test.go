package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

func incidentOf(id, severity string, findings ...string) davy.IncidentRow {
	return davy.IncidentRow{ID: id, Title: "a story", Severity: severity, First: at(1), Last: at(9), Entities: []string{"10.0.0.66"}, Findings: findings}
}

func keysOf(t *testing.T, db *DB) (keys []uint64) {
	t.Helper()
	list, err := db.Accepted()
	must(t, err)
	for _, a := range list {
		keys = append(keys, a.Key)
	}
	return keys
}

func TestLearnAndReopen(t *testing.T) {
	db := fresh(t)
	must(t, db.Judged([]davy.Judged{{Row: finding(1, "high"), Key: 7}, {Row: finding(2, "high"), Key: 1<<63 + 1}, {Row: finding(3, "low"), Key: 9}, {Row: finding(4, "low")}},
		[]davy.IncidentRow{incidentOf("I-1", "high", "F-1", "F-2", "F-4")}))
	for _, c := range []struct{ id, act, reason string }{{"I-1", "ignore", "x"}, {"I-1", davy.ActLearn, " "}, {"F-3", davy.ActAcknowledge, string(make([]byte, 3000))}} {
		kind(t, db.Decide(anna, c.id, c.act, c.reason), davy.Invalid)
	}
	must(t, db.Decide(anna, "I-1", davy.ActLearn, " the new painter's panel "))
	must(t, db.Decide(anna, "F-3", davy.ActLearn, "so, too"))
	if got := fmt.Sprint(keysOf(t, db)); got != fmt.Sprint([]uint64{1<<63 + 1, 7, 9}) {
		t.Error(got)
	}
	a, err := db.Accepted()
	must(t, err)
	if a[0].By != "anna" || a[0].Reason != "the new painter's panel" || time.Since(time.Unix(0, a[0].Since)) > time.Hour {
		t.Errorf("%+v", a[0])
	}
	v, err := db.Incident("I-1")
	must(t, err)
	if v.State != davy.StateLearned || v.By != "anna" || len(v.Ruled) != 1 || v.Ruled[0].Act != davy.ActLearn || v.At == "" {
		t.Errorf("%+v", v)
	}
	// What comes later of an accepted key is learned as it comes, and what is written again keeps its state.
	must(t, db.Judged([]davy.Judged{{Row: finding(5, "low"), Key: 9}, {Row: finding(1, "high"), Key: 7}, {Row: finding(6, "low"), Key: 10}}, []davy.IncidentRow{incidentOf("I-1", "high", "F-1", "F-2", "F-4")}))
	for id, want := range map[string]string{"F-1": davy.StateLearned, "F-5": davy.StateLearned, "F-6": davy.StateOpen, "F-4": davy.StateLearned} {
		if f, err := db.Finding(id); err != nil || f.State != want {
			t.Errorf("%s is %s, want %s: %v", id, f.State, want, err)
		}
	}
	must(t, db.Decide(anna, "I-1", davy.ActReopen, ""))
	if got := fmt.Sprint(keysOf(t, db)); got != "[9]" {
		t.Error(got)
	}
	v, err = db.Incident("I-1")
	must(t, err)
	if v.State != davy.StateOpen || v.By != "" || v.At != "" || len(v.Ruled) != 2 {
		t.Errorf("%+v", v)
	}
	f, err := db.Finding("F-1")
	must(t, err)
	if f.State != davy.StateOpen {
		t.Errorf("%+v", f)
	}
	if _, err := db.VerifyAudit(); err != nil {
		t.Error(err)
	}
}

func TestGraverIncidentIsOpenAgain(t *testing.T) {
	db := fresh(t)
	must(t, db.Judged([]davy.Judged{{Row: finding(1, "medium")}}, []davy.IncidentRow{incidentOf("I-1", "medium", "F-1")}))
	must(t, db.Decide(anna, "I-1", davy.ActAcknowledge, "on it"))
	must(t, db.Judged([]davy.Judged{{Row: finding(2, "medium")}}, []davy.IncidentRow{incidentOf("I-1", "medium", "F-1", "F-2")}))
	v, err := db.Incident("I-1")
	must(t, err)
	if v.State != davy.StateAcknowledged || v.Fresh != 1 {
		t.Errorf("%+v", v)
	}
	must(t, db.Judged([]davy.Judged{{Row: finding(3, "critical")}}, []davy.IncidentRow{incidentOf("I-1", "critical", "F-1", "F-2", "F-3")}))
	v, err = db.Incident("I-1")
	must(t, err)
	if v.State != davy.StateOpen || len(v.Ruled) != 2 || v.Ruled[1].By != "davy" || v.Ruled[1].Act != davy.ActReopen {
		t.Errorf("%+v", v)
	}
	p, err := db.AuditTrail(davy.Query{})
	must(t, err)
	if p.Items[0].By != "davy" || p.Items[0].Object != "I-1" {
		t.Errorf("%+v", p.Items[0])
	}
}

// Two stories that become one: the younger is there by its id, and not in the list.
func TestJoinedIncident(t *testing.T) {
	db := fresh(t)
	must(t, db.Judged([]davy.Judged{{Row: finding(1, "high")}, {Row: finding(2, "high")}}, []davy.IncidentRow{incidentOf("I-1", "high", "F-1"), incidentOf("I-2", "high", "F-2")}))
	must(t, db.Judged(nil, []davy.IncidentRow{incidentOf("I-1", "high", "F-1", "F-2")}))
	v, err := db.Incident("I-2")
	must(t, err)
	if v.State != davy.StateJoined || v.Joined != "I-1" {
		t.Errorf("%+v", v)
	}
	p, err := db.Incidents(davy.Query{})
	must(t, err)
	same(t, ids(p), "I-1")
	kind(t, db.Decide(anna, "I-2", davy.ActLearn, "normal"), davy.Invalid, "I-1")
	// Replaying the ring after a crash tells them apart for a moment, and joins them again.
	must(t, db.Judged(nil, []davy.IncidentRow{incidentOf("I-1", "high", "F-1"), incidentOf("I-2", "high", "F-2")}))
	p, err = db.Incidents(davy.Query{Sort: "id"})
	must(t, err)
	same(t, ids(p), "I-1", "I-2")
}
