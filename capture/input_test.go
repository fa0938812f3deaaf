package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		tried string
		paths []string
		stdin io.Reader
		says  string
	}{
		{"nothing", nil, nil, "no capture was named"},
		{"- twice", []string{"-", "x", "-"}, strings.NewReader(""), "named twice"},
		{"- without standard input", []string{"-"}, nil, "there is none"},
	} {
		if _, err := Open(c.paths, c.stdin); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.tried, err)
		}
	}
}

// One bad file never stops the others: each PATH has its end, files keep their numbers, and
// what is wrong is told with the file's name.
func TestBadFilesAmongGood(t *testing.T) {
	dir := t.TempDir()
	paths := []string{
		filepath.Join(dir, "missing.pcap"),
		put(t, dir, "a.pcap", onePacket(1)),
		put(t, dir, "text.pcap", []byte("a text, not a capture")),
		put(t, dir, "b.pcap", onePacket(2)[:35]),
		put(t, dir, "empty.pcap", nil),
		put(t, dir, "c.pcap", cat(onePacket(3), onePacket(4)[24:], []byte{1})),
	}
	g := readPaths(t, paths...)
	g.expect(t, `
1000000000 1 #0 1 2/2 abcd
3000000000 1 #0 1 2/2 abcd
4000000000 2 #0 1 2/2 abcd
`, Unreadable, Foreign, Empty, Truncated, Truncated)
	if want := []int{0, 1, 1, 1, 1, 3}; !reflect.DeepEqual(g.Ends, want) {
		t.Errorf("PATHs end after %v records, expected %v", g.Ends, want)
	}
	if want := []string{paths[1], paths[5], paths[5]}; !reflect.DeepEqual(g.Names, want) {
		t.Errorf("files %v", g.Names)
	}
	if g.Records[0].File != 0 || g.Records[1].File != 4 {
		t.Errorf("file numbers %d and %d", g.Records[0].File, g.Records[1].File)
	}
	for i, at := range []int{0, 2, 4} {
		if g.Errors[i].File != paths[at] {
			t.Errorf("error %v", g.Errors[i])
		}
	}
	if e := g.Errors[0].String(); e != paths[0]+": cannot be read: no such file or directory" {
		t.Errorf("error %q", e)
	}
}

// A read that fails in the middle is told with the system's reason; what came before is read.
func TestReadError(t *testing.T) {
	whole := cat(onePacket(1), onePacket(2)[24:])
	for _, c := range []struct {
		tried string
		bytes []byte
		lines string
	}{
		{"at once", nil, "\n"},
		{"inside the header", whole[:10], "\n"},
		{"between packets", whole[:42], "\n1000000000 1 #0 1 2/2 abcd\n"},
		{"inside a packet", whole[:59], "\n1000000000 1 #0 1 2/2 abcd\n"},
		{"inside gzip", gz(whole)[:30], "\n"},
	} {
		t.Run(c.tried, func(t *testing.T) {
			in, err := Open([]string{"-"}, io.MultiReader(bytes.NewReader(c.bytes), iotest.ErrReader(errors.New("the disk is on fire"))))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			g := readInput(t, in)
			g.expect(t, c.lines, Unreadable)
			g.says(t, "the disk is on fire")
		})
	}
}

// A reader that gives nothing and no error does not hang us.
func TestReaderThatGivesNothing(t *testing.T) {
	in, err := Open([]string{"-"}, io.MultiReader(bytes.NewReader(onePacket(1)), idle{}))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g := readInput(t, in)
	g.expect(t, "\n1000000000 1 #0 1 2/2 abcd\n", Unreadable)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// Batches are filled to their limits and no batch holds records of two PATHs.
func TestBatches(t *testing.T) {
	dir := t.TempDir()
	small := pcapHead(le, magicMicro, 1)
	for i := range 2*MaxRecords + 5 {
		small = append(small, pcapRec(le, 1, uint32(i), 4, le.AppendUint32(nil, uint32(i)))...)
	}
	big := cat(shb(le), idb(le, 1))
	for i := range 100 {
		p := make([]byte, 60000+i)
		p[0] = byte(i)
		big = append(big, epb(le, 0, uint64(i), p)...)
	}
	exact := pcapHead(le, magicMicro, 1)
	for i := range MaxRecords {
		exact = append(exact, pcapRec(le, 1, uint32(i), 4, le.AppendUint32(nil, uint32(i)))...)
	}
	paths := []string{put(t, dir, "small", small), put(t, dir, "big", big), put(t, dir, "exact", exact), put(t, dir, "one", onePacket(1))}
	in, err := Open(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var sizes []int
	var ends []bool
	rotate := [3]Batch{} // a batch in use is not touched by the filling of another
	var before []Record
	sums := func(rs []Record) (s int) {
		for _, r := range rs {
			for _, c := range r.Data {
				s = s*31 + int(c)
			}
		}
		return s
	}
	was := 0
	for i := 0; ; i++ {
		b := &rotate[i%3]
		if err := in.Fill(b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if sums(before) != was {
			t.Fatal("filling a batch changed the one before")
		}
		before, was = b.Records, sums(b.Records)
		n := 0
		for _, r := range b.Records {
			n += len(r.Data)
		}
		if n > MaxBytes {
			t.Errorf("a batch of %d bytes", n)
		}
		sizes = append(sizes, len(b.Records))
		ends = append(ends, b.PathEnd)
	}
	if want := []int{MaxRecords, MaxRecords, 5, 69, 31, MaxRecords, 1}; !reflect.DeepEqual(sizes, want) {
		t.Errorf("batches of %v records, expected %v", sizes, want)
	}
	if want := []bool{false, false, true, false, true, true, true}; !reflect.DeepEqual(ends, want) {
		t.Errorf("PATHs end at %v, expected %v", ends, want)
	}
	g := readPaths(t, paths...)
	for i, r := range g.Records[:2*MaxRecords+5] {
		if le.Uint32(r.Data) != uint32(i) {
			t.Fatalf("record %d has bytes %x", i, r.Data)
		}
	}
	for i, r := range g.Records[2*MaxRecords+5:][:100] {
		if r.Data[0] != byte(i) || len(r.Data) != 60000+i {
			t.Fatalf("big record %d has %d bytes", i, len(r.Data))
		}
	}
}

// The same interface in several files has one number: by its name, or by its index where it
// has none. Two legs of a tap are two interfaces.
func TestInterfacesAcrossFiles(t *testing.T) {
	dir := t.TempDir()
	named := func(names ...string) []byte {
		b := shb(le)
		for i, n := range names {
			if n == "" {
				b = append(b, idb(le, 1)...)
			} else {
				b = append(b, idb(le, 1, opt(le, 2, []byte(n)))...)
			}
			b = append(b, epb(le, uint32(i), 1, []byte{1})...)
		}
		return b
	}
	g := readPaths(t, put(t, dir, "1", named("a", "b", "")), put(t, dir, "2", onePacket(1)), put(t, dir, "3", named("b", "", "a", "c")), put(t, dir, "4", onePacket(1)))
	var numbers []int
	for _, r := range g.Records {
		numbers = append(numbers, int(r.Interface))
	}
	if want := []int{0, 1, 2, 3, 1, 4, 0, 5, 3}; !reflect.DeepEqual(numbers, want) {
		t.Errorf("interfaces %v, expected %v", numbers, want)
	}
	if want := []string{"a", "b", "#2", "#0", "b", "#1", "a", "c", "#0"}; !reflect.DeepEqual(g.Ifaces, want) {
		t.Errorf("names %v, expected %v", g.Ifaces, want)
	}
}

func TestProgress(t *testing.T) {
	dir := t.TempDir()
	many := pcapHead(le, magicMicro, 1)
	for i := range 3 * MaxRecords {
		many = append(many, pcapRec(le, 1, uint32(i), 90, noise(90))...)
	}
	packed := gz(many)
	paths := []string{put(t, dir, "a", many), put(t, dir, "b", packed), put(t, dir, "c", []byte("no capture, but bytes all the same")), filepath.Join(dir, "missing")}
	in, err := Open(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b Batch
	last := int64(0)
	steps := 0
	want := int64(len(many) + len(packed) + 34)
	for in.Fill(&b) == nil {
		done, total := in.Progress()
		if total != want || done < last || done > total {
			t.Fatalf("progress %d of %d after %d, expected total %d", done, total, last, want)
		}
		if done > last {
			steps++
		}
		last = done
	}
	if last != want || steps < 4 {
		t.Errorf("ended at %d of %d in %d steps", last, want, steps)
	}

	in, err = Open([]string{paths[0], "-"}, bytes.NewReader(many))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for in.Fill(&b) == nil {
	}
	if done, total := in.Progress(); total != 0 || done != 2*int64(len(many)) {
		t.Errorf("with standard input: %d of %d", done, total)
	}
}

func TestClose(t *testing.T) {
	path := put(t, t.TempDir(), "a", onePacket(1))
	in, err := Open([]string{path, path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	if err := in.Fill(&b); err != nil || !b.PathEnd {
		t.Fatal(err)
	}
	for range 2 {
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Fill(&b); err != os.ErrClosed {
		t.Errorf("Fill after Close: %v", err)
	}
}

func TestCountPackets(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a", cat(onePacket(1), onePacket(2)))
	put(t, dir, "b.gz", gz(onePacket(1)))
	put(t, dir, "c", onePacket(1)[:40])
	one := put(t, t.TempDir(), "d", onePacket(1))
	if n, err := CountPackets([]string{dir, one}); n != 4 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
	if _, err := CountPackets([]string{one, "-"}); err == nil || !strings.Contains(err.Error(), "standard input") {
		t.Errorf("with -: %v", err)
	}
	if _, err := CountPackets([]string{os.DevNull}); err == nil || !strings.Contains(err.Error(), "no plain file") {
		t.Errorf("with a device: %v", err)
	}
	if _, err := CountPackets(nil); err == nil {
		t.Error("with nothing: no error")
	}
}
