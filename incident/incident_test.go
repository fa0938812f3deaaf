package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
)

func host(n uint32) davy.Addr { return davy.AddrOf4(0x0a000000+n, 0) }

// found is a finding of one station about another, at a minute.
func found(n int, title string, s davy.Severity, verb davy.Verb, minute int, from, to uint32) *davy.Finding {
	return &davy.Finding{ID: fmt.Sprintf("F-%d", n), Title: title, Severity: s, Verb: verb, Time: int64(minute) * 60e9, Seen: "seen " + title, Entities: []davy.Addr{host(from), host(to)}}
}

func tell(list ...*davy.Finding) *Book {
	b := new(Book)
	for _, f := range list {
		b.Take(f)
	}
	return b
}

// TestTitle: what was done to the plant is named before what only looked at it, and who did
// it; no more than a person reads.
func TestTitle(t *testing.T) {
	b := tell(
		found(1, "Scan for hosts", davy.High, davy.NoVerb, 1, 9, 1),
		found(2, "New link", davy.Medium, davy.NoVerb, 2, 9, 1),
		found(3, "Program changed", davy.High, davy.Download, 3, 9, 1),
		found(4, "ARP spoofing", davy.High, davy.NoVerb, 4, 9, 1),
	)
	list := b.Incidents()
	if len(list) != 1 || list[0].Title != "Program changed; scan for hosts; ARP spoofing; and 1 more: 10.0.0.9" {
		t.Errorf("%+v", list)
	}
}

// TestStories: findings of one actor are one incident, of others another; a finding that
// concerns both makes one of them.
func TestStories(t *testing.T) {
	one := found(1, "Scan", davy.High, davy.NoVerb, 1, 9, 1)
	two := found(2, "Stop", davy.High, davy.Stop, 2, 8, 2)
	for _, c := range []struct {
		what string
		list []*davy.Finding
		want int
	}{
		{"two who have nothing to do with each other", []*davy.Finding{one, two}, 2},
		{"one of them turns to the other's victim", []*davy.Finding{one, two, found(3, "Write", davy.High, davy.Write, 3, 9, 2)}, 1},
		{"the same, two days and a bit later", []*davy.Finding{one, two, found(3, "Write", davy.High, davy.Write, 3+49*60, 9, 2)}, 3},
		{"planned work", []*davy.Finding{{ID: "F-1", Severity: davy.Low, Window: "W-1", Entities: one.Entities}}, 0},
		{"what was learned", []*davy.Finding{found(1, "New", davy.Info, davy.NoVerb, 1, 9, 1)}, 0},
		{"lesser findings alone", []*davy.Finding{found(1, "New", davy.Low, davy.NoVerb, 1, 9, 1)}, 0},
	} {
		if got := tell(c.list...).Incidents(); len(got) != c.want {
			t.Errorf("%s: %d incidents, want %d: %+v", c.what, len(got), c.want, got)
		}
	}
}

// TestLesserFindings join the story that explains them, also when they came before it, and
// many alike are one line.
func TestLesserFindings(t *testing.T) {
	list := []*davy.Finding{found(1, "New link", davy.Low, davy.NoVerb, 1, 9, 1)}
	for i := range 5 {
		list = append(list, found(2+i, "Engineering session", davy.Low, davy.Authenticate, 2, 9, uint32(1+i)))
	}
	list = append(list, found(9, "Program changed", davy.High, davy.Download, 3, 9, 1))
	i := tell(list...).Incidents()
	if len(i) != 1 || len(i[0].Findings) != 7 || i[0].Severity != davy.High {
		t.Fatalf("%+v", i)
	}
	if n := len(i[0].Timeline); n != 3 || !strings.Contains(i[0].Timeline[1].Text, "and 4 more like it") {
		t.Errorf("%+v", i[0].Timeline)
	}
}

// TestState: a book that was saved goes on as one that was not.
func TestState(t *testing.T) {
	list := []*davy.Finding{found(1, "New link", davy.Low, davy.NoVerb, 1, 9, 1), found(2, "Program changed", davy.High, davy.Download, 2, 9, 1),
		found(3, "Scan", davy.Medium, davy.NoVerb, 3, 7, 5), found(4, "Stop", davy.High, davy.Stop, 4, 9, 5)}
	want := fmt.Sprintf("%+v", tell(list...).Incidents())
	for cut := range list {
		b := new(Book)
		if err := b.LoadState(tell(list[:cut]...).AppendState(nil)); err != nil {
			t.Fatal(err)
		}
		for _, f := range list[cut:] {
			b.Take(f)
		}
		if got := fmt.Sprintf("%+v", b.Incidents()); got != want {
			t.Errorf("saved after %d: %s\nwant %s", cut, got, want)
		}
	}
	saved := tell(list...).AppendState(nil)
	for i := range saved {
		if b := new(Book); b.LoadState(slices.Clone(saved[:i])) == nil {
			t.Errorf("%d of %d bytes are loaded without a word", i, len(saved))
		}
	}
}
