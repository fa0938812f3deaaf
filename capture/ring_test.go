package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func openRing(t testing.TB, c RingConfig) *Ring {
	t.Helper()
	if c.Dir == "" {
		c.Dir = filepath.Join(t.TempDir(), "ring")
	}
	g, err := OpenRing(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ifaceName(n uint16) string { return fmt.Sprintf("tap%d", n) }

// ringBatches are batches with everything that a batch can hold.
func ringBatches() []*Batch {
	rec := func(stamp int64, iface, link uint16, n, wire int) Record {
		return Record{Stamp: stamp, Interface: iface, Link: link, Wire: wire, Data: noise(n)}
	}
	return []*Batch{
		{Records: []Record{rec(1e18, 0, 1, 60, 60), rec(1e18+5, 1, 1, 61, 1500), rec(1e18+5, 0, 113, 2, 2)}},
		{},
		{Tick: 1_000_000_003e9},
		{Records: []Record{rec(MinStamp, 0, 1, 1, 1), rec(-1, 0, 1, 0, 0), rec(0, 0, 1, 3, 3), rec(MaxStamp, 1, 1, 4, 4)}, Tick: 1_000_000_004e9},
		{PathEnd: true},
		{Records: []Record{rec(5e8, 2, 1, MaxPacket, MaxPacket)}, PathEnd: true},
		{Records: []Record{rec(1e18+7, 0, 1, 1514, 1514), rec(1e18+6, 0, 1, 1514, 1514)}},
	}
}

// told is a batch in short: its records with their places, and what it says else.
func told(b *Batch, iface func(uint16) string) string {
	var s strings.Builder
	for _, r := range b.Records {
		fmt.Fprintf(&s, "%d:%d %d %s %d %d %d %x\n", r.File, r.Frame, r.Stamp, iface(r.Interface), r.Link, r.Wire, len(r.Data), r.Data[:min(len(r.Data), 8)])
	}
	fmt.Fprintf(&s, "tick %d end %v\n", b.Tick, b.PathEnd)
	return s.String()
}

type filler interface {
	Fill(*Batch) error
	InterfaceName(uint16) string
	Close() error
}

func readTold(t testing.TB, in filler) (list []string) {
	t.Helper()
	defer in.Close()
	var b Batch
	for {
		switch err := in.Fill(&b); err {
		case nil:
			list = append(list, told(&b, in.InterfaceName))
		case io.EOF:
			return list
		default:
			t.Fatal(err)
		}
	}
}

// What was recorded is handed on again by Replay and by reading the folder: records with
// their places, ticks, ends of PATHs, and batches as they were.
func TestRingGivesBackWhatItWasGiven(t *testing.T) {
	for _, segment := range []int64{4096, 1 << 20} { // a segment a batch, and one for all
		g := openRing(t, RingConfig{MaxBytes: 1 << 24, SegmentBytes: segment})
		var want []string
		for _, b := range ringBatches() {
			if err := g.Record(b, ifaceName); err != nil {
				t.Fatal(err)
			}
			if len(b.Records) > 0 || b.Tick != 0 || b.PathEnd {
				want = append(want, told(b, ifaceName))
			}
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if got := readTold(t, g.Replay(0, 0)); !reflect.DeepEqual(got, want) {
			t.Errorf("replayed\n%s\nexpected\n%s", strings.Join(got, "--\n"), strings.Join(want, "--\n"))
		}
		in, err := Open([]string{g.config.Dir}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := in.Files(); n != len(g.Segments()) || (n > 1) != (segment == 4096) {
			t.Errorf("%d files, %d segments", n, len(g.Segments()))
		}
		var got []string
		var b Batch
		for in.Fill(&b) == nil {
			for i := range b.Records {
				r := &b.Records[i]
				r.File = g.Segments()[r.File].File
			}
			got = append(got, told(&b, in.InterfaceName))
		}
		want = append(want, told(&Batch{PathEnd: true}, nil)) // of the folder
		if !reflect.DeepEqual(got, want) {
			t.Errorf("read as a folder\n%s\nexpected\n%s", strings.Join(got, "--\n"), strings.Join(want, "--\n"))
		}
		if len(in.Errors())+len(in.Warnings()) > 0 {
			t.Errorf("reading found %v %v", in.Errors(), in.Warnings())
		}
		in.Close()
	}
}

// A batch as full as it can be comes back whole, though its blocks in the ring are longer
// than the records it was read from.
func TestRingGivesBackAFullBatch(t *testing.T) {
	data := pcapHead(le, magicNano, 1)
	for i := range 3 * MaxRecords {
		data = append(data, pcapRec(le, uint32(1+i/1e6), uint32(i), 1008, noise(1008))...)
	}
	in, err := Open([]string{"-"}, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g := openRing(t, RingConfig{Plain: true})
	var b Batch
	var want, got []int
	for in.Fill(&b) == nil {
		want = append(want, len(b.Records))
		if err := g.Record(&b, ifaceName); err != nil {
			t.Fatal(err)
		}
	}
	g.Close()
	p := g.Replay(0, 0)
	defer p.Close()
	for p.Fill(&b) == nil {
		got = append(got, len(b.Records))
	}
	if !reflect.DeepEqual(got, want) || want[0]*1024 < MaxBytes-readSize {
		t.Errorf("batches of %v, expected %v", got, want)
	}
}

// small is a batch of packets of 100 bytes, all alike or noise.
func small(n int, stamp int64, data []byte) *Batch {
	b := &Batch{}
	for i := range n {
		b.Records = append(b.Records, Record{Stamp: stamp + int64(i), Link: 1, Wire: len(data), Data: data})
	}
	return b
}

// From any place on, exactly what follows it is handed on.
func TestRingReplayFromAnyPlace(t *testing.T) {
	g := openRing(t, RingConfig{MaxBytes: 1 << 20, SegmentBytes: 8192})
	type place struct{ file, frame uint32 }
	var places []place
	for i := range 8 {
		b := small(20, int64(i)*1e9+1, noise(100))
		b.Tick = int64(i+1) * 1e9
		if err := g.Record(b, ifaceName); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			places = append(places, place{r.File, r.Frame})
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if len(g.Segments()) < 3 {
		t.Fatalf("%d segments", len(g.Segments()))
	}
	for i := -1; i < len(places); i++ {
		at := place{}
		if i >= 0 {
			at = places[i]
		}
		p := g.Replay(at.file, at.frame)
		var b Batch
		next, ticks := i+1, 0
		for p.Fill(&b) == nil {
			for _, r := range b.Records {
				if next == len(places) || (place{r.File, r.Frame}) != places[next] {
					t.Fatalf("after place %d: record %d:%d", i, r.File, r.Frame)
				}
				next++
			}
			if b.Tick != 0 {
				ticks++
			}
		}
		p.Close()
		if want := 8 - max(i, 0)/20; next != len(places) || ticks != want {
			t.Fatalf("after place %d: up to %d, %d ticks of %d", i, next, ticks, want)
		}
	}
}

// The ring keeps within its bytes, drops the oldest first, which can be read until then, and
// never uses a number again.
func TestRingKeepsWithinItsBytes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ring")
	var dropped []uint32
	var g *Ring
	config := RingConfig{Dir: dir, MaxBytes: 1 << 16, SegmentBytes: 1 << 13, BeforeDrop: func(s Segment) {
		n := uint64(0)
		if err := g.Pick(s.File, func(r *Record, iface string) bool { n++; return iface == "tap0" }); err != nil || n != s.Packets {
			t.Errorf("segment %d before it is dropped: %d packets of %d, %v", s.File, n, s.Packets, err)
		}
		dropped = append(dropped, s.File)
	}}
	last := uint32(0)
	for round := range 3 {
		g = openRing(t, config)
		for i := range 60 {
			b := small(10+i, int64(round*60+i+1)*1e9, noise(100))
			if err := g.Record(b, ifaceName); err != nil {
				t.Fatal(err)
			}
			if b.Records[0].File < last || i == 0 && b.Records[0].File == last {
				t.Fatalf("segment %d after segment %d", b.Records[0].File, last)
			}
			last = b.Records[0].File
			if err := g.Flush(); err != nil {
				t.Fatal(err)
			}
			if n := onDisk(t, dir); n > config.MaxBytes {
				t.Fatalf("%d bytes on the disk", n)
			}
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range dropped {
		if n != uint32(i+1) {
			t.Fatalf("dropped %v", dropped)
		}
	}
	list := g.Segments()
	if len(dropped) == 0 || list[0].File != dropped[len(dropped)-1]+1 || list[len(list)-1].File != last {
		t.Errorf("dropped %v, left %v", dropped, list)
	}
	if err := g.Pick(1, func(*Record, string) bool { return true }); !os.IsNotExist(err) {
		t.Errorf("a dropped segment: %v", err)
	}
	g = openRing(t, RingConfig{Dir: dir, First: 500})
	b := small(1, 1, noise(10))
	g.Record(b, ifaceName)
	g.Close()
	if b.Records[0].File != 500 {
		t.Errorf("segment %d, expected 500", b.Records[0].File)
	}
}

func onDisk(t testing.TB, dir string) (n int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !strings.HasSuffix(e.Name(), partSuffix) {
			n += info.Size()
		}
	}
	return n
}

// Wherever an unclean stop cut the last segment, what is whole in it is kept, and writing
// goes on in a new one.
func TestRingAfterAnUncleanStop(t *testing.T) {
	g := openRing(t, RingConfig{})
	var ends []int // where each of the packets is whole
	for i := range 2 {
		if err := g.Record(&Batch{Records: []Record{{Stamp: int64(i+1) * 1e9, Link: 1, Wire: 30, Data: noise(30)}}}, ifaceName); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, int(g.out.written)-blockOverhead-markHead-8)
	}
	g.Flush()
	whole, err := os.ReadFile(g.current.Path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(whole); n += 3 { // every alignment to the blocks' four bytes
		for _, zeros := range []int{0, 100} { // a loss of power may leave zeros
			dir := t.TempDir()
			left := append(bytes.Clone(whole[:n]), make([]byte, zeros)...)
			path := put(t, dir, "00000007.pcapng", left)
			var texts []string
			g := openRing(t, RingConfig{Dir: dir, Tell: func(s string) { texts = append(texts, s) }})
			want := 0
			for want < len(ends) && bytes.HasPrefix(left, whole[:ends[want]]) {
				want++
			}
			var packets uint64
			for _, s := range g.Segments() {
				packets += s.Packets
			}
			if packets != uint64(want) || len(texts) != 1 || (want > 0) != (len(g.segments) == 1) {
				t.Fatalf("cut at %d: %d packets, expected %d; %q", n, packets, want, texts)
			}
			b := small(1, 9e9, noise(10))
			if err := g.Record(b, ifaceName); err != nil || b.Records[0].File != 8 {
				t.Fatalf("after it: segment %d, %v", b.Records[0].File, err)
			}
			g.Close()
			if want > 0 {
				in, _ := Open([]string{path}, nil)
				if got := readInput(t, in); len(got.Records) != want || len(got.Errors)+len(got.Warnings) > 0 {
					t.Fatalf("cut at %d: %s", n, got.brief())
				}
				in.Close()
			}
		}
	}
	g.Close()
}

// A closed segment is packed where that saves a fifth, under the same name.
func TestRingPacks(t *testing.T) {
	for _, c := range []struct {
		data  []byte
		plain bool
		packs bool
	}{{bytes.Repeat([]byte("davy "), 200), false, true}, {noise(1000), false, true}, {nil, false, false}, {bytes.Repeat([]byte("davy "), 200), true, false}} {
		g := openRing(t, RingConfig{Plain: c.plain, MaxBytes: 1 << 22, SegmentBytes: 1 << 17})
		var want []string
		for i := range 100 {
			b := small(10, int64(i+1)*1e9, c.data)
			if c.data == nil { // nothing in it is there twice
				all := noise(10_000 * 101)
				for j := range b.Records {
					b.Records[j].Data, b.Records[j].Wire = all[10_000*i+1000*j:][:1000], 1000
				}
			}
			if err := g.Record(b, ifaceName); err != nil {
				t.Fatal(err)
			}
			want = append(want, told(b, ifaceName))
			g.Flush()
		}
		g.Close()
		list := g.Segments()
		for _, s := range list {
			data, err := os.ReadFile(s.Path)
			if err != nil || int64(len(data)) != s.Bytes {
				t.Fatalf("segment %d: %d bytes, said %d, %v", s.File, len(data), s.Bytes, err)
			}
			if packed := bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}); packed != c.packs {
				t.Errorf("segment %d packed: %v", s.File, packed)
			}
		}
		again := openRing(t, RingConfig{Dir: g.config.Dir})
		if got := again.Segments(); !reflect.DeepEqual(got, list) {
			t.Errorf("opened again: %v, expected %v", got, list)
		}
		got := readTold(t, again.Replay(0, 0))
		if !reflect.DeepEqual(got, want) {
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("batch %d of %d: %s, expected %s", i, len(got), got[i], want[i])
				}
			}
		}
		again.Close()
	}
}

// Losses are told with the packets, for each segment what was lost in its time.
func TestRingTellsOfDrops(t *testing.T) {
	g := openRing(t, RingConfig{MaxBytes: 1 << 20, SegmentBytes: 8192})
	for i := range 20 {
		if err := g.Record(small(20, int64(i+1)*1e9, noise(100)), ifaceName); err != nil {
			t.Fatal(err)
		}
		if err := g.Drops("tap0", uint64(i+1)*100, uint64(i+1)*3); err != nil {
			t.Fatal(err)
		}
		if err := g.Drops("tap9", uint64(i%10), uint64(i%10)); err != nil { // counts anew after ten
			t.Fatal(err)
		}
	}
	g.Close()
	if n := len(g.Segments()); n < 3 {
		t.Fatalf("%d segments", n)
	}
	in, _ := Open([]string{g.config.Dir}, nil)
	defer in.Close()
	if got := readInput(t, in); got.Dropped != 20*3+9+9 || len(got.Errors) > 0 {
		t.Errorf("%d dropped, expected 78; %v", got.Dropped, got.Errors)
	}
}

// The segments of a ring are read in the order of their numbers, whatever their times.
func TestRingOrderWhenTheClockWasSetBack(t *testing.T) {
	g := openRing(t, RingConfig{MaxBytes: 1 << 20, SegmentBytes: 4096})
	stamps := []int64{5e9, 9e9, 2e9, 7e9, 1e9}
	for _, s := range stamps {
		if err := g.Record(small(20, s, noise(200)), ifaceName); err != nil {
			t.Fatal(err)
		}
	}
	g.Close()
	put(t, g.config.Dir, "zz/other.pcap", onePacket(6))
	in, _ := Open([]string{g.config.Dir}, nil)
	defer in.Close()
	var got []int64
	for _, r := range readInput(t, in).Records {
		if r.Frame == 1 {
			got = append(got, r.Stamp)
		}
	}
	if want := []int64{5e9, 9e9, 2e9, 6e9, 7e9, 1e9}; !reflect.DeepEqual(got, want) {
		t.Errorf("read in the order %v, expected %v", got, want)
	}
}

func TestRingRefuses(t *testing.T) {
	for _, c := range []RingConfig{{MaxBytes: 100}, {MaxBytes: 1 << 20, SegmentBytes: 1 << 20}, {Dir: "/dev/null/ring"}} {
		if c.Dir == "" {
			c.Dir = t.TempDir()
		}
		if _, err := OpenRing(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestRingAllocatesNothing(t *testing.T) {
	g := openRing(t, RingConfig{MaxBytes: 1 << 30, SegmentBytes: 1 << 28})
	b := small(1000, 1, noise(100))
	b.Records[500].Interface = 1
	record := func() {
		b.Tick = time.Now().Unix()
		if err := g.Record(b, ifaceName); err != nil {
			t.Fatal(err)
		}
		g.Flush()
	}
	record()
	if n := testing.AllocsPerRun(100, record); n > 0 {
		t.Errorf("%v allocations a batch", n)
	}
	g.Close()
}

// The ring is asked while it is written and while it is packed.
func TestRingIsAskedMeanwhile(t *testing.T) {
	g := openRing(t, RingConfig{MaxBytes: 1 << 18, SegmentBytes: 1 << 14})
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, s := range g.Segments() {
				n := uint64(0)
				err := g.Pick(s.File, func(r *Record, _ string) bool { n++; return len(r.Data) == 100 })
				if err != nil && !os.IsNotExist(err) || err == nil && n < s.Packets && s.Bytes < 1<<13 {
					t.Errorf("segment %d: %d packets of %d, %v", s.File, n, s.Packets, err)
				}
			}
			g.Stats()
		}
	}()
	for i := range 300 {
		if err := g.Record(small(50, int64(i+1)*1e9, bytes.Repeat([]byte{1, 2}, 50)), ifaceName); err != nil {
			t.Error(err)
		}
		g.Flush()
	}
	close(stop)
	<-done
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}
