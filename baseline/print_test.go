package baseline

import (
	"os"
	"testing"

	"github.com/davylamp/davy"
)

func roomy() *Table { return NewTable(Config{Links: 4, Objects: 64, Entries: 400}) }

// TestPrints: of an operation that keeps naming new objects only the first have an entry, and
// those that come again; all of them are known all the same.
func TestPrints(t *testing.T) {
	b := roomy()
	l := b.Link(1, false)
	for i := range uint64(40) {
		want := davy.NewObject | davy.Learning
		if i == 0 {
			want |= davy.NewOperation
		}
		if i >= fewest {
			want |= davy.Unsure
		}
		if n := b.Take(l, read(i, int64(i)), learning); n != want {
			t.Errorf("object %d is news %b, want %b", i, n, want)
		}
	}
	if _, operations, objects := b.Totals(); operations != 1 || objects != 40 || b.entries.used != 1+fewest {
		t.Errorf("%d operations and %d objects in %d entries, want 1 and 40 in %d", operations, objects, b.entries.used, 1+fewest)
	}
	list := b.Operations(l)
	if len(list) != 1+fewest || list[0].Object != "" || list[0].Count != 40-fewest || list[1].Object != "holding register 0..1" {
		t.Errorf("an operation alone, counting %d, and its first %d objects are told as %+v", 40-fewest, fewest, list)
	}
	for i := range uint64(40) {
		if n := b.Take(l, read(i, int64(100+i)), guarding); n != 0 {
			t.Errorf("object %d is news %b when it comes again", i, n)
		}
	}
	if b.entries.used != 41 || b.once != 0 {
		t.Errorf("when all came again there are %d entries and %d prints alone, want 41 and none", b.entries.used, b.once)
	}
	for i := range uint64(40) {
		b.Take(l, read(i, int64(200+i)), guarding)
	}
	if o := b.Operations(l)[1+20]; o.Object != "holding register 20..21" || o.Count != 2 {
		t.Errorf("what has an entry since its second coming is told as %+v at its third", o)
	}
	if n := b.Take(l, read(1000, 300), guarding); n != davy.NewObject {
		t.Errorf("a new object of what became a steady poller is news %b, want it sure", n)
	}
	if n := b.Take(l, read(1000, 301), guarding); n != davy.NewObject {
		t.Errorf("the same again is news %b: what nobody learned stays new", n)
	}
}

// TestPrintsFull: beyond the ceiling objects are not told apart, as ever; what has a print may
// still have its entry.
func TestPrintsFull(t *testing.T) {
	b := roomy()
	l := b.Link(1, false)
	for i := range uint64(200) {
		b.Take(l, read(i, int64(i)), learning)
	}
	if b.Full != 200-64 || b.once != 64-fewest {
		t.Errorf("%d of 200 objects found no room and %d left a print, with room for 64", b.Full, b.once)
	}
	if n := b.Take(l, read(199, 300), guarding); n != davy.NewObject|davy.Unsure {
		t.Errorf("what found no room is news %b", n)
	}
	for i := range uint64(64) {
		if n := b.Take(l, read(i, int64(400+i)), guarding); n != 0 {
			t.Errorf("object %d is news %b when it comes again", i, n)
		}
	}
	if b.once != 0 || b.entries.used != 65 {
		t.Errorf("%d prints alone and %d entries when all 64 came again", b.once, b.entries.used)
	}
}

// TestPrintsAnswered: an answer is counted, and the first that grants is news, also where the
// object left a print alone, and where other requests came in between.
func TestPrintsAnswered(t *testing.T) {
	answer := func(i uint64) *davy.Message {
		m := read(i, int64(1000+i))
		m.Reply, m.Took = true, 7e6
		return m
	}
	for _, pipelined := range []bool{false, true} {
		b := roomy()
		l := b.Link(1, false)
		for i := range uint64(20) {
			b.Take(l, read(i, int64(i)), learning)
		}
		if pipelined {
			b.Take(l, write(1, 30), learning)
		}
		if n := b.Take(l, answer(19), learning); n != davy.FirstAnswer {
			t.Errorf("pipelined %v: the first answer is news %b", pipelined, n)
		}
		if n := b.Take(l, answer(18), learning); n != 0 {
			t.Errorf("pipelined %v: the second answer is news %b", pipelined, n)
		}
		if o := b.Operations(l)[0]; o.Response != 7e6 {
			t.Errorf("pipelined %v: the operation answers after %d ns, want 7 ms", pipelined, o.Response)
		}
	}
}

// TestWritesAreTold: what changes something has an entry at once, however much is new.
func TestWritesAreTold(t *testing.T) {
	b := roomy()
	l := b.Link(1, false)
	for i := range uint64(100) {
		b.Take(l, write(i, int64(i)), learning)
	}
	if n := len(b.Operations(l)); n != 100 || b.once != 0 {
		t.Errorf("%d of 100 registers that were written are told", n)
	}
}

// TestPrintsForgotten: a link that makes room gives its prints back.
func TestPrintsForgotten(t *testing.T) {
	b := roomy()
	for k := range uint64(50) {
		l := b.Link(k, false)
		for i := range uint64(30) {
			b.Take(l, read(i, 0), learning)
		}
	}
	if b.Evicted != 46 || b.once != 4*(30-fewest) || b.prints.size > 5 {
		t.Errorf("%d links were forgotten, %d prints alone and room for %d operations are kept", b.Evicted, b.once, b.prints.size)
	}
}

// TestPrintsState: a table with prints and what was loaded from its state say the same.
func TestPrintsState(t *testing.T) {
	b := roomy()
	say := func(b *Table, i int) davy.News {
		m := read(uint64(i*i%97), int64(i)*1e8)
		m.Code = uint32(i % 3)
		return b.Take(b.Link(uint64(i/97%5), true), m, i < 300)
	}
	for i := range 600 {
		say(b, i)
	}
	if b.once == 0 || b.Evicted == 0 {
		t.Fatalf("%d prints alone, %d links forgotten: the test proves nothing", b.once, b.Evicted)
	}
	state := b.AppendState(nil, true)
	c := NewTable(b.Config)
	if err := c.LoadState(state, names{}); err != nil {
		t.Fatal(err)
	}
	if again := c.AppendState(nil, true); string(again) != string(state) || b.once != c.once {
		t.Errorf("what was loaded is saved otherwise; %d prints alone became %d", b.once, c.once)
	}
	for i := 600; i < 3000; i++ {
		if x, y := say(b, i), say(c, i); x != y {
			t.Fatalf("message %d: news %b, and %b after loading", i, x, y)
		}
	}
	if x, y := b.AppendState(nil, true), c.AppendState(nil, true); string(x) != string(y) {
		t.Error("after the same messages the states differ")
	}
	for cut := range state {
		if NewTable(b.Config).LoadState(state[:cut], names{}) == nil {
			t.Fatalf("the first %d of %d bytes are loaded", cut, len(state))
		}
	}
}

// TestFirstVersion: a state of the version without prints is still read. It was saved by the
// program of that time from what busy says.
func TestFirstVersion(t *testing.T) {
	state, err := os.ReadFile("testdata/version1.state")
	if err != nil {
		t.Fatal(err)
	}
	b, c := busy(), small()
	c.Config = b.Config
	if err := c.LoadState(state, names{}); err != nil {
		t.Fatal(err)
	}
	if x, y := b.AppendState(nil, true), c.AppendState(nil, true); len(x) != len(y) {
		t.Errorf("a state of %d bytes is one of %d when it was saved by the first version", len(x), len(y))
	}
	goOnAlike(t, b, c, 500)
	state[0] = version + 1
	if err := NewTable(b.Config).LoadState(state, names{}); err != errVersion {
		t.Errorf("a version to come is loaded: %v", err)
	}
}
