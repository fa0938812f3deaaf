package api

import (
	"testing"

	"github.com/davylamp/davy"
)

// TestListsAreBrief: rows of a list leave out what only a page of their own shows, and what
// they were made of stays as it was: it may be others' too.
func TestListsAreBrief(t *testing.T) {
	l := Link{LinkRow: davy.LinkRow{ID: "L-1"}}
	for i := range uint64(9) {
		l.Operations = append(l.Operations, davy.OperationRow{Op: "op", Count: i * 7 % 9})
	}
	short := l.brief()
	if len(short.Operations) != fewOperations || len(l.Operations) != 9 {
		t.Fatalf("%d operations of %d", len(short.Operations), len(l.Operations))
	}
	for i, o := range short.Operations {
		if o.Count != uint64(8-i) {
			t.Errorf("operation %d has the count %d: not the busiest", i, o.Count)
		}
	}
	for i, o := range l.Operations {
		if o.Count != uint64(i)*7%9 {
			t.Errorf("the link itself was sorted: %v", l.Operations)
			break
		}
	}
	i := Incident{IncidentRow: davy.IncidentRow{Timeline: []davy.EventRow{{Text: "x"}}}}
	if b := i.brief(); b.Timeline == nil || len(b.Timeline) != 0 || b.Decisions == nil || len(i.Timeline) != 1 {
		t.Errorf("%+v of %+v", b, i)
	}
	p, err := briefly(Asset.brief)(Page[Asset]{Items: []Asset{{AssetRow: davy.AssetRow{ID: "A-1", Evidence: []davy.EvidenceRow{{}}}}}, Total: 7, Next: "n"}, nil)
	if err != nil || len(p.Items) != 1 || p.Items[0].Evidence != nil || p.Items[0].ID != "A-1" || p.Total != 7 || p.Next != "n" {
		t.Errorf("%+v %v", p, err)
	}
	if p, _ := briefly(Asset.brief)(Page[Asset]{}, nil); p.Items == nil {
		t.Error("an empty list is null")
	}
}
