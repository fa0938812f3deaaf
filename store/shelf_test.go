package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/davylamp/davy"
)

// TestShelvesShowTheDatabase: after any mixture of writes, what is held in memory is what
// a fresh look at the database reads.
func TestShelvesShowTheDatabase(t *testing.T) {
	db := fresh(t)
	for _, s := range db.shelves {
		must(t, s.load(db)) // so that every write has to bring it up to date
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		n := r.IntN(40) + 1
		switch r.IntN(9) {
		case 0:
			must(t, db.Known([]davy.AssetRow{asset(n, fmt.Sprintf("10.0.0.%d", r.IntN(50)))}, nil, []string{fmt.Sprintf("A-%d", r.IntN(40)+1)}))
		case 1:
			must(t, db.Known(nil, []davy.LinkRow{conversation(n, "10.0.0.1", fmt.Sprintf("10.0.0.%d", r.IntN(50)), "s7")}, nil))
		case 2, 3, 4:
			f := finding(n, []string{"low", "high", "critical"}[r.IntN(3)], "10.0.0.1")
			story := incidentOf(fmt.Sprintf("I-%d", r.IntN(5)+1), f.Severity, f.ID, fmt.Sprintf("F-%d", r.IntN(40)+1))
			must(t, db.Judged([]davy.Judged{{Row: f, Key: uint64(n % 7)}}, []davy.IncidentRow{story}))
		case 5:
			_ = db.Decide(anna, fmt.Sprintf("I-%d", r.IntN(5)+1), []string{davy.ActLearn, davy.ActAcknowledge, davy.ActReopen}[r.IntN(3)], "because") // some are not there
		case 6:
			_ = db.Decide(anna, fmt.Sprintf("F-%d", n), davy.ActLearn, "because")
		case 7:
			if r.IntN(10) == 0 {
				must(t, db.dropWhile("findings", unbound, nil, nil))
			}
			_, err := db.AddCapture(anna, davy.CaptureRow{Name: "x"})
			must(t, err)
		case 8:
			_ = db.DeleteCapture(anna, fmt.Sprintf("C-%d", r.IntN(10)+1))
		}
	}
	for table, s := range db.shelves {
		again := newShelves()[table]
		must(t, again.load(db))
		if len(s.row) != len(s.cards) || len(again.row) != len(s.row) || len(s.row) == 0 {
			t.Errorf("%s: %d in a row, %d cards, %d in the database", table, len(s.row), len(s.cards), len(again.row))
		}
		for place, c := range s.cards {
			o := again.cards[place]
			if o == nil || c.folded != o.folded || !reflect.DeepEqual(c.texts, o.texts) || !reflect.DeepEqual(c.numbers, o.numbers) || s.row[c.at] != c {
				t.Errorf("%s %s: memory has %+v, the database %+v", table, place, c, o)
			}
		}
	}
}

// Questions and writes at once: no page shows a row twice or one that is not there.
func TestQuestionsWhileWriting(t *testing.T) {
	db := fresh(t)
	filled(t, db, 1, 100)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for range 100 {
				p, err := db.Findings(davy.Query{Sort: "-severity,-last", Limit: 500})
				if err != nil {
					t.Error(err)
					return
				}
				seen := map[string]bool{}
				for _, id := range ids(p) {
					if seen[id] {
						t.Errorf("%s twice", id)
					}
					seen[id] = true
				}
			}
		})
	}
	for n := range 30 {
		filled(t, db, 100+n*10, 110+n*10)
		must(t, db.dropWhile("findings", unbound+" AND times = 3", nil, func() (bool, error) { return n%3 > 0, nil }))
	}
	readers.Wait()
}

// A database that another process writes is read anew each time.
func TestLookSeesWhatIsWritten(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), FileName))
	must(t, err)
	look, err := Look(db.Path())
	must(t, err)
	for n := 1; n < 4; n++ {
		must(t, db.Known([]davy.AssetRow{asset(n, "10.0.0.1")}, nil, nil))
		if p, err := look.Assets(davy.Query{}); err != nil || p.Total != n {
			t.Error(p.Total, err)
		}
	}
	must(t, look.Close())
	must(t, db.Close())
}
