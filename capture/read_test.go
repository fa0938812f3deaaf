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
)

// got is all that reading some paths gave.
type got struct {
	Records  []Record // with their own bytes
	Names    []string // of the records' files
	Ifaces   []string // of the records' interfaces
	Warnings []Notice
	Errors   []Notice
	Dropped  uint64
	Ends     []int // per PATH: records up to its end
	Sizes    []int // per batch: its records
}

// reused are the batches of all tests: making them takes longer than most captures.
var reused, reusedBare = Batch{}, Batch{bare: true}

// readInput reads in to its end and checks on the way what holds for every batch.
func readInput(t testing.TB, in *Input) got {
	t.Helper()
	var g got
	b := &reused
	path, ended := 0, false
	last := map[uint32]uint32{}
	for {
		err := in.Fill(b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("Fill: %v", err)
		}
		g.Sizes = append(g.Sizes, len(b.Records))
		if len(b.Records) > MaxRecords {
			t.Fatalf("a batch of %d records", len(b.Records))
		}
		if b.Path != path && !(ended && b.Path == path+1) {
			t.Fatalf("a batch of PATH %d before the end of PATH %d", b.Path, path)
		}
		path, ended = b.Path, b.PathEnd
		for _, r := range b.Records {
			if r.Wire < len(r.Data) || len(r.Data) > MaxPacket || cap(r.Data) != len(r.Data) {
				t.Fatalf("frame %d: %d bytes of %d on the wire, capacity %d", r.Frame, len(r.Data), r.Wire, cap(r.Data))
			}
			if r.Stamp < MinStamp || r.Stamp > MaxStamp {
				t.Fatalf("frame %d: stamp %d", r.Frame, r.Stamp)
			}
			if r.Frame <= last[r.File] {
				t.Fatalf("file %d: frame %d after frame %d", r.File, r.Frame, last[r.File])
			}
			last[r.File] = r.Frame
			r.Data = bytes.Clone(r.Data)
			if len(r.Data) == 0 {
				r.Data = nil
			}
			g.Records = append(g.Records, r)
			g.Names = append(g.Names, in.Name(r.File))
			g.Ifaces = append(g.Ifaces, in.InterfaceName(r.Interface))
		}
		if b.PathEnd {
			g.Ends = append(g.Ends, len(g.Records))
		}
	}
	g.Warnings, g.Errors, g.Dropped = in.Warnings(), in.Errors(), in.Dropped()
	return g
}

// readBytes reads a capture from standard input: at once, and in pieces of all sizes. Both
// must give the same, down to the batches, and so must counting.
func readBytes(t testing.TB, data []byte) got {
	t.Helper()
	open := func(r io.Reader) *Input {
		in, err := Open([]string{"-"}, r)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	in := open(bytes.NewReader(data))
	g := readInput(t, in)
	in.Close()
	in = open(&pieces{data: data})
	if slow := readInput(t, in); !reflect.DeepEqual(g, slow) {
		t.Fatalf("in pieces the capture reads otherwise: %s; at once: %s", slow.brief(), g.brief())
	}
	in.Close()
	in = open(bytes.NewReader(data))
	defer in.Close()
	n := 0
	for in.Fill(&reusedBare) == nil {
		n += len(reusedBare.Records)
	}
	if n != len(g.Records) {
		t.Fatalf("counting found %d packets, reading %d", n, len(g.Records))
	}
	return g
}

// pieces gives its bytes in pieces of 1 to 4096 bytes, and often one.
type pieces struct {
	data []byte
	step uint32
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	p.step = p.step*1664525 + 1013904223
	n := 1
	if p.step>>31 == 1 {
		n += int(p.step >> 19 & 0xfff)
	}
	n = copy(b[:min(n, len(b))], p.data)
	p.data = p.data[n:]
	return n, nil
}

func readPaths(t testing.TB, paths ...string) got {
	t.Helper()
	in, err := Open(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g := readInput(t, in)
	if n, err := CountPackets(paths); err != nil || n != int64(len(g.Records)) {
		t.Fatalf("CountPackets gave %d, %v; reading %d", n, err, len(g.Records))
	}
	return g
}

// lines is the records in short, one a line: stamp, frame, interface, link, lengths, bytes.
func (g got) lines() string {
	var s strings.Builder
	for i, r := range g.Records {
		fmt.Fprintf(&s, "%d %d %s %d %d/%d %x\n", r.Stamp, r.Frame, g.Ifaces[i], r.Link, len(r.Data), r.Wire, r.Data)
	}
	return s.String()
}

// brief is short however much was read.
func (g got) brief() string {
	s := g.Sizes
	return fmt.Sprintf("%d records, in batches of %v, %v %v", len(g.Records), s[:min(len(s), 8)], g.Errors, g.Warnings)
}

// expect compares the records with lines and the notices with the kinds wanted.
func (g got) expect(t testing.TB, lines string, kinds ...Kind) {
	t.Helper()
	if have := g.lines(); have != strings.TrimLeft(lines, "\n") {
		t.Errorf("read\n%sexpected%s", have, lines)
	}
	g.expectKinds(t, kinds...)
}

func (g got) expectKinds(t testing.TB, kinds ...Kind) {
	t.Helper()
	var have []Kind
	for _, n := range append(append([]Notice{}, g.Errors...), g.Warnings...) {
		have = append(have, n.Kind)
	}
	if !reflect.DeepEqual(have, kinds) && len(have)+len(kinds) > 0 {
		t.Errorf("notices %v %v, expected kinds %v", g.Errors, g.Warnings, kinds)
	}
}

// says checks that the only notice has all the parts.
func (g got) says(t testing.TB, parts ...string) {
	t.Helper()
	all := append(append([]Notice{}, g.Errors...), g.Warnings...)
	if len(all) != 1 {
		t.Fatalf("notices %v, expected one", all)
	}
	for _, p := range parts {
		if !strings.Contains(all[0].String(), p) {
			t.Errorf("notice %q does not say %q", all[0], p)
		}
	}
}

// put writes a file into a folder, making folders on the way, and returns its path.
func put(t testing.TB, folder, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// onePacket is a pcap of one packet at a second.
func onePacket(sec uint32) []byte {
	return cat(pcapHead(le, magicMicro, 1), pcapRec(le, sec, 0, 2, []byte{0xab, 0xcd}))
}
