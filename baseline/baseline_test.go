package baseline

import (
	"fmt"
	"testing"

	"github.com/davylamp/davy"
)

var registers = davy.Space{Name: "holding register"}
var tags = davy.Space{Name: "tag"}
var unit = davy.PathKind{Name: "unit"}

// names finds the spaces and paths of these tests.
type names struct{}

func (names) Space(name string) *davy.Space {
	for _, s := range []*davy.Space{&registers, &tags} {
		if s.Name == name {
			return s
		}
	}
	return &davy.Space{Name: name}
}

func (names) PathKind(name string) *davy.PathKind { return &unit }

func read(register uint64, at int64) *davy.Message {
	return &davy.Message{Time: at, Protocol: "modbus", Verb: davy.Read, Op: "read holding registers", Code: 3,
		Path: davy.Path{Kind: &unit, Number: 1}, Object: davy.Object{Space: &registers, Index: register, Count: 2}}
}

func write(register uint64, at int64) *davy.Message {
	m := read(register, at)
	m.Verb, m.Op, m.Code = davy.Write, "write single register", 6
	return m
}

const (
	learning = true
	guarding = false
)

func small() *Table { return NewTable(Config{Links: 4, Objects: 16, Entries: 64}) }

// TestNews: each case differs from its neighbour in the one fact that makes it news.
func TestNews(t *testing.T) {
	for _, c := range []struct {
		what string
		want davy.News
		do   func(t *Table, l *Link) davy.News
	}{
		{"the first request ever", davy.NewOperation | davy.NewObject, func(b *Table, l *Link) davy.News { return b.Take(l, read(1, 0), guarding) }},
		{"the first request ever, while learning", davy.NewOperation | davy.NewObject | davy.Learning, func(b *Table, l *Link) davy.News { return b.Take(l, read(1, 0), learning) }},
		{"what was learned", 0, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			return b.Take(l, read(1, 1), guarding)
		}},
		{"a learned operation on another object", davy.NewObject, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			return b.Take(l, read(2, 1), guarding)
		}},
		{"another operation on a learned object", davy.NewOperation | davy.NewObject | davy.NewWriter, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			return b.Take(l, write(1, 1), guarding)
		}},
		{"another object of a link that learned to write", davy.NewObject, func(b *Table, l *Link) davy.News {
			b.Take(l, write(1, 0), learning)
			return b.Take(l, write(2, 1), guarding)
		}},
		{"what was strange once, again", davy.NewOperation | davy.NewObject | davy.NewWriter, func(b *Table, l *Link) davy.News {
			b.Take(l, write(1, 0), guarding)
			return b.Take(l, write(1, 1), guarding)
		}},
		{"another object of a strange operation", davy.NewOperation | davy.NewObject | davy.NewWriter, func(b *Table, l *Link) davy.News {
			b.Take(l, write(1, 0), guarding)
			return b.Take(l, write(2, 1), guarding)
		}},
		{"a second way to write, where writing is strange", davy.NewOperation | davy.NewObject | davy.NewWriter, func(b *Table, l *Link) davy.News {
			b.Take(l, write(1, 0), guarding)
			m := write(1, 1)
			m.Code = 16
			return b.Take(l, m, guarding)
		}},
		{"the same on another unit", davy.NewOperation | davy.NewObject, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			m := read(1, 1)
			m.Path.Number = 2
			return b.Take(l, m, guarding)
		}},
		{"a reply to what was asked", 0, func(b *Table, l *Link) davy.News {
			m := read(1, 0)
			m.Reply, m.Took = true, 5
			return b.Take(l, m, guarding)
		}},
		{"a reply whose request nobody saw", davy.NewOperation | davy.NewObject, func(b *Table, l *Link) davy.News {
			m := read(1, 0)
			m.Reply = true
			return b.Take(l, m, guarding)
		}},
		{"the first answer that grants", davy.FirstAnswer, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			m := read(1, 1)
			m.Reply, m.Took = true, 1
			return b.Take(l, m, guarding)
		}},
		{"an answer that refuses", 0, func(b *Table, l *Link) davy.News {
			b.Take(l, read(1, 0), learning)
			m := read(1, 1)
			m.Reply, m.Took, m.Result = true, 1, davy.Result{Told: true, Failed: true}
			return b.Take(l, m, guarding)
		}},
	} {
		b := small()
		if got := c.do(b, b.Link(1, false)); got != c.want {
			t.Errorf("%s: news %b, want %b", c.what, got, c.want)
		}
	}
}

// TestChattyReader: of an operation that keeps naming new objects the next one proves
// nothing; but to write over that link is as strange as over any other.
func TestChattyReader(t *testing.T) {
	b := NewTable(Config{Links: 4, Objects: 64, Entries: 512})
	l := b.Link(1, false)
	for i := range uint64(20) {
		b.Take(l, read(i, int64(i)), learning)
	}
	if n := b.Take(l, read(100, 30), guarding); !n.Has(davy.NewObject | davy.Unsure) {
		t.Errorf("the twenty-first object of a browser is news %b, want it unsure", n)
	}
	if n := b.Take(l, write(1, 31), guarding); n.Has(davy.Unsure) || !n.Has(davy.NewWriter|davy.NewOperation) {
		t.Errorf("a write over the browser's link is news %b, want it sure", n)
	}
	steady := b.Link(2, false)
	for i := range uint64(40) {
		b.Take(steady, read(i%20, int64(i)), learning)
	}
	if n := b.Take(steady, read(100, 50), guarding); n != davy.NewObject {
		t.Errorf("a new object of a steady poller is news %b, want it sure", n)
	}
}

// TestSuccessor: the entry that followed last time is found without a search, and a cycle
// that changes is followed within one turn.
func TestSuccessor(t *testing.T) {
	b := small()
	l := b.Link(1, false)
	for i := range 30 {
		b.Take(l, read(uint64(i%3), int64(i)*1e9), learning)
	}
	for range 3 {
		last := b.entries.said(l.last)
		next := b.entries.said(b.entries.at(l.last).follow)
		if want := (last.index + 1) % 3; next.index != want {
			t.Errorf("after register %d register %d is guessed, want %d", last.index, next.index, want)
		}
		b.Take(l, read(next.index, 0), learning)
	}
	index := b.index
	b.index = make([]uint64, len(index)) // a search would find nothing
	if n := b.Take(l, read((b.entries.said(l.last).index+1)%3, 0), guarding); n != 0 {
		t.Errorf("what follows every time had to be searched for: news %b", n)
	}
	b.index = index
}

// TestEviction: a link that makes room is known to have been: when it comes back, nothing
// over it is sure news. One that nobody ever saw is.
func TestEviction(t *testing.T) {
	b := small()
	first := b.Link(1, false)
	b.Take(first, read(1, 0), learning)
	for k := range uint64(8) {
		b.Take(b.Link(10+k, false), read(1, 1), learning)
	}
	if !first.Gone() || b.Evicted == 0 {
		t.Fatalf("with room for 4 links the first of 9 stays (%d evicted)", b.Evicted)
	}
	if n := b.Take(b.Link(1, true), read(1, 2), guarding); !n.Has(davy.Unsure) {
		t.Errorf("a link that was forgotten is news %b, want it unsure", n)
	}
	if n := b.Take(b.Link(99, false), read(1, 2), guarding); n.Has(davy.Unsure) {
		t.Errorf("a link that never was is news %b, want it sure", n)
	}
}

// TestCeilings: whoever names ever new operations and objects fills its own room, not that
// of others, and everything that it filled is given back with it.
func TestCeilings(t *testing.T) {
	b := small()
	l := b.Link(1, false)
	for i := range 500 {
		m := read(uint64(i), int64(i))
		m.Code = uint32(100 + i)
		m.Object.Name = fmt.Appendf(nil, "tag %d", i)
		m.Object.Space = &tags
		b.Take(l, m, guarding)
	}
	if b.entries.used > b.Config.Entries || b.Full == 0 {
		t.Errorf("%d entries with room for %d, %d found none", b.entries.used, b.Config.Entries, b.Full)
	}
	if n := b.Take(b.Link(2, false), write(1, 0), guarding); n.Has(davy.Unsure) || !n.Has(davy.NewWriter) {
		t.Errorf("another link's first write is news %b, want it sure", n)
	}
	for k := range uint64(40) {
		b.Take(b.Link(100+k, false), write(1, 0), guarding)
	}
	if len(b.kinds.list.find) > 3 || len(b.kinds.names.find) != 0 || b.kinds.bytes != 0 {
		t.Errorf("after the link was forgotten %d kinds and %d names of %d bytes are kept", len(b.kinds.list.find), len(b.kinds.names.find), b.kinds.bytes)
	}
	if b.Find(1) != nil {
		t.Error("the link is still there: the test proves nothing")
	}
}

func TestRhythm(t *testing.T) {
	b := small()
	l := b.Link(1, false)
	for i := range int64(100) {
		b.Take(l, read(1, i*1e9+i%2*10e6), learning)
		m := read(1, i*1e9+5e6)
		m.Reply, m.Took = true, 5e6
		b.Take(l, m, learning)
	}
	ops := b.Operations(l)
	if len(ops) != 1 {
		t.Fatalf("%d operations, want the one that was asked: %+v", len(ops), ops)
	}
	o := ops[0]
	if o.Cycle < 980e6 || o.Cycle > 1020e6 || o.Jitter < 5e6 || o.Jitter > 40e6 || o.Response != 5e6 || o.Count != 100 {
		t.Errorf("cycle %d, jitter %d, response %d, count %d of one request a second with 10 ms jitter", o.Cycle, o.Jitter, o.Response, o.Count)
	}
}

// busy is a table with all that a state must hold.
func busy() *Table {
	b := NewTable(Config{Links: 6, Objects: 2, Entries: 60})
	for i := range 2000 {
		l := b.Link(uint64(i*i%11), i%3 == 0)
		m := read(uint64(i*7%13), int64(i)*1e8)
		if i%5 == 0 {
			m = write(uint64(i%4), int64(i)*1e8)
			m.Object.Space, m.Object.Name = &tags, fmt.Appendf(nil, "Motor%d", i%9)
		}
		m.Code = uint32(i % 6)
		b.Take(l, m, i < 900)
	}
	return b
}

// goOnAlike fails where two tables say otherwise of any of n further messages.
func goOnAlike(t *testing.T, b, c *Table, n int) {
	t.Helper()
	for i := range n {
		m := read(uint64(i*3%17), int64(1e12)+int64(i)*1e8)
		m.Code = uint32(i % 7)
		k := uint64(i * i % 13)
		if x, y := b.Take(b.Link(k, true), m, false), c.Take(c.Link(k, true), m, false); x != y {
			t.Fatalf("message %d on link %d: news %b, and %b of what was loaded", i, k, x, y)
		}
	}
}

// TestState: a table and what was loaded from its state say the same of whatever comes.
func TestState(t *testing.T) {
	b := busy()
	state := b.AppendState(nil, true)
	c := NewTable(b.Config)
	if err := c.LoadState(state, names{}); err != nil {
		t.Fatal(err)
	}
	if again := c.AppendState(nil, true); string(again) != string(state) {
		t.Error("what was loaded is saved otherwise")
	}
	goOnAlike(t, b, c, 2000)
	if b.Evicted != c.Evicted || b.Full != c.Full || b.Evicted == 0 || b.Full == 0 {
		t.Errorf("evicted %d and %d, full %d and %d", b.Evicted, c.Evicted, b.Full, c.Full)
	}
}

// TestBaseline: a baseline holds what is usual and what is not, but no times and no counts.
func TestBaseline(t *testing.T) {
	b := small()
	l := b.Link(1, false)
	for i := range int64(50) {
		b.Take(l, read(1, 1e18+i*1e9), learning)
	}
	b.Take(l, write(9, 1e18+60e9), guarding)
	state := b.AppendState(nil, false)
	c := small()
	if err := c.LoadState(state, names{}); err != nil {
		t.Fatal(err)
	}
	if again := c.AppendState(nil, false); string(again) != string(state) {
		t.Error("a baseline that was loaded is saved otherwise")
	}
	k := c.Link(1, true)
	if list := c.Operations(k); len(list) != 0 {
		t.Errorf("nothing was said yet, and %+v is told", list)
	}
	if n := c.Take(k, read(1, 2e18), guarding); n != 0 {
		t.Errorf("what the baseline knows is news %b", n)
	}
	if n := c.Take(k, write(9, 2e18), guarding); !n.Has(davy.NewWriter|davy.NewOperation) || n.Has(davy.Unsure) {
		t.Errorf("what was strange when the baseline was saved is news %b", n)
	}
	c.Take(k, read(1, 2e18+1e9), guarding)
	c.Take(k, read(1, 2e18+2e9), guarding)
	for _, o := range c.Operations(k) {
		if o.Verb == davy.Read && (o.Count != 3 || o.Cycle != 1e9) {
			t.Errorf("three reads a second apart are %d with a cycle of %d ns", o.Count, o.Cycle)
		}
	}
}

func FuzzLoadState(f *testing.F) {
	f.Add(busy().AppendState(nil, true))
	f.Add(busy().AppendState(nil, false))
	browser := roomy()
	for i := range uint64(30) {
		browser.Take(browser.Link(1, false), read(i*i%40, int64(i)), learning)
	}
	f.Add(browser.AppendState(nil, true))
	f.Add(small().AppendState(nil, true))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, state []byte) {
		b := NewTable(Config{Links: 6, Objects: 2, Entries: 60})
		if err := b.LoadState(state, names{}); err != nil {
			if len(b.order) > 0 || b.entries.used > 0 {
				t.Fatal("what could not be loaded was kept in part")
			}
		}
		for i := range 40 {
			l := b.Link(uint64(i%9), true)
			b.Take(l, read(uint64(i), int64(i)), i%2 == 0)
			b.Known(l, write(1, 0))
			b.Operations(l)
		}
		if string(b.AppendState(nil, true)) == "" {
			t.Fatal("nothing was saved")
		}
	})
}

// cyclic is a link that polls three registers.
func cyclic() (*Table, *Link, []*davy.Message) {
	b := NewTable(Defaults)
	l := b.Link(1, false)
	var list []*davy.Message
	for i := range uint64(3) {
		list = append(list, read(i, 0))
		reply := read(i, 0)
		reply.Reply, reply.Took = true, 1e6
		list = append(list, reply)
	}
	for range 3 {
		for _, m := range list {
			b.Take(l, m, learning)
		}
	}
	return b, l, list
}

// TestNoAllocation: a poller that goes on costs no memory.
func TestNoAllocation(t *testing.T) {
	b, l, list := cyclic()
	if n := testing.AllocsPerRun(1000, func() {
		for _, m := range list {
			b.Take(l, m, guarding)
		}
	}); n != 0 {
		t.Errorf("%v allocations a cycle of plain reads", n)
	}
}

func BenchmarkTake(b *testing.B) {
	t, l, list := cyclic()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t.Take(l, list[i%len(list)], guarding)
	}
}
