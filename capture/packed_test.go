package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// How a file is packed is told by its content: the names here would say otherwise.
func TestPacked(t *testing.T) {
	ng := cat(shb(le), idb(le, 1), epb(le, 0, 1, []byte{1}), epb(le, 0, 2, []byte{2}))
	want := "\n1000 1 #0 1 1/1 01\n2000 2 #0 1 1/1 02\n"
	skippable := append([]byte{0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0}, 1, 2, 3)
	for _, c := range []struct {
		tried, name string
		bytes       []byte
	}{
		{"gzip", "a.zst", gz(ng)},
		{"zstd", "a.gz", zst(ng)},
		{"not packed", "b.gz", ng},
		{"gzip in two members, cut inside a block", "a", gz(ng[:60], ng[60:])},
		{"gzip, one member for each part, some empty", "a", gz(nil, ng[:48], nil, ng[48:], nil)},
		{"zstd in two frames", "a.pcap", zst(ng[:60], ng[60:])},
		{"zstd with skippable frames before and between", "a.txt", cat(skippable, zst(ng[:60]), skippable, zst(ng[60:]))},
	} {
		t.Run(c.tried, func(t *testing.T) {
			readBytes(t, c.bytes).expect(t, want)
			readPaths(t, put(t, t.TempDir(), c.name, c.bytes)).expect(t, want)
		})
	}
	// Two whole captures, packed each for itself and joined.
	two := "\n1000000000 1 #0 1 2/2 abcd\n2000000000 2 #0 1 2/2 abcd\n"
	readBytes(t, gz(onePacket(1), onePacket(2))).expect(t, two)
	readBytes(t, zst(onePacket(1), onePacket(2))).expect(t, two)
}

func TestPackedDamage(t *testing.T) {
	var file []byte
	file = append(file, pcapHead(le, magicMicro, 1)...)
	for i := range 5000 {
		file = append(file, pcapRec(le, 1, uint32(i), 90, noise(90))...)
	}
	damaged := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0xff
		return b
	}
	g, z := gz(file), zst(file)
	for _, c := range []struct {
		tried string
		bytes []byte
		kind  Kind
		some  bool // records are read before the end
		says  []string
	}{
		{"gzip cut in the middle", g[:len(g)-len(g)/3], Truncated, true, []string{"of the unpacked data", "ends before its end mark"}},
		{"gzip cut in its check sum", g[:len(g)-3], Truncated, true, []string{"at byte 530024 ", "ends before its end mark"}},
		{"gzip cut in its header", g[:7], Corrupt, false, []string{"ends before its end mark"}},
		{"gzip whose check sum is wrong", damaged(g, len(g)-6), Corrupt, true, []string{"at byte 530024 ", "gzip: invalid checksum"}},
		{"gzip with an unknown method", damaged(g, 2), Corrupt, false, []string{"cannot be unpacked"}},
		{"gzip with something else behind it", cat(g, []byte("something else")), Corrupt, true, []string{"at byte 530024 ", "cannot be unpacked"}},
		{"zstd cut in the middle", z[:len(z)-len(z)/3], Truncated, true, []string{"of the unpacked data", "ends before its end mark"}},
		{"zstd cut in its header", z[:5], Corrupt, false, []string{"ends before its end mark"}},
		{"zstd with something else behind it", cat(z, []byte("something else")), Corrupt, true, []string{"at byte 530024 ", "cannot be unpacked"}},
		{"zstd that refers back 2 GiB", append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3}, 1, 0, 0), Corrupt, false, []string{"window size exceeded"}},
		{"gzip of a text", gz([]byte("only a text")), Foreign, false, []string{"found the bytes 6f 6e 6c 79"}},
		{"gzip of gzip", gz(gz(file)), Foreign, false, []string{"gzip inside the packing"}},
		{"gzip of nothing", gz(nil), Empty, false, []string{"is empty"}},
	} {
		t.Run(c.tried, func(t *testing.T) {
			g := readBytes(t, c.bytes)
			g.expectKinds(t, c.kind)
			g.says(t, c.says...)
			if some := len(g.Records) > 0; some != c.some {
				t.Errorf("%d records", len(g.Records))
			}
			for i, r := range g.Records {
				if r.Stamp != 1_000_000_000+int64(i)*1000 {
					t.Fatalf("record %d has stamp %d", i, r.Stamp)
				}
			}
		})
	}
}

// A few bytes that unpack to 100 MB pass through without being kept.
func TestBombs(t *testing.T) {
	const size = 100 << 20
	unknown := cat(shb(le), idb(le, 1), binary.LittleEndian.AppendUint32([]byte{99, 0, 0, 0}, size+12))
	after := cat(binary.LittleEndian.AppendUint32(nil, size+12), epb(le, 0, 1, []byte{7}))
	for _, c := range []struct {
		tried string
		pack  func(w io.Writer) io.WriteCloser
	}{
		{"gzip", func(w io.Writer) io.WriteCloser { x, _ := gzip.NewWriterLevel(w, gzip.BestSpeed); return x }},
		{"zstd", func(w io.Writer) io.WriteCloser { x, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)); return x }},
	} {
		t.Run(c.tried, func(t *testing.T) {
			var bomb bytes.Buffer
			w := c.pack(&bomb)
			w.Write(unknown)
			zeros := make([]byte, 1<<20)
			for range size >> 20 {
				w.Write(zeros)
			}
			w.Write(after)
			w.Close()
			used := allocated(func() {
				in, err := Open([]string{"-"}, &bomb)
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				var b Batch
				n := 0
				for in.Fill(&b) == nil {
					n += len(b.Records)
				}
				if n != 1 || len(in.Errors()) > 0 {
					t.Errorf("read %d packets, %v", n, in.Errors())
				}
			})
			if used > 24<<20 {
				t.Errorf("took %d MB", used>>20)
			}
		})
	}
}

// What hostile files claim is not allocated.
func TestBoundedMemory(t *testing.T) {
	for _, c := range []struct {
		tried string
		bytes []byte
	}{
		{"a pcap packet of 128 MiB in a short file",
			cat(pcapHeadOf(le, magicMicro, 2, 4, 0xffffffff, 1), pcapRecHead(le, 1, 0, 128<<20, 128<<20), make([]byte, 300<<10))},
		{"pcapng packets that claim 4 GiB",
			cat(shb(le), idb(le, 1), bytes.Repeat(epbOf(le, 0, 1, 0xfffffff0, 0xfffffff0, nil), 50000))},
		{"50,000 packets of no interface", cat(shb(le), bytes.Repeat(epb(le, 9, 1, nil), 50000))},
		{"an unknown block of 4 GiB", cat(shb(le), []byte{99, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff}, make([]byte, 600<<10))},
		{"1,000,000 empty unknown blocks", cat(shb(le), bytes.Repeat(block(le, 99, nil), 1_000_000))},
	} {
		t.Run(c.tried, func(t *testing.T) {
			used := allocated(func() {
				in, err := Open([]string{"-"}, bytes.NewReader(c.bytes))
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				var b Batch
				for in.Fill(&b) == nil {
				}
				if len(in.Errors()) == 0 && !strings.Contains(c.tried, "empty") {
					t.Error("no error was told")
				}
			})
			if used > 10<<20 {
				t.Errorf("took %d MB", used>>20)
			}
		})
	}
}

// Reading allocates nothing per packet or batch.
func TestSteadyState(t *testing.T) {
	rec := map[string][]byte{
		"pcap":   pcapHead(le, magicMicro, 1),
		"pcapng": cat(shb(be), idb(be, 1)),
	}
	one := map[string][]byte{"pcap": pcapRec(le, 1, 2, 90, noise(90)), "pcapng": epb(be, 0, 1, noise(90), opt64(be, 4, 1))}
	for name, head := range rec {
		in, err := Open([]string{"-"}, io.MultiReader(bytes.NewReader(head), &forever{data: one[name]}))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		var b Batch
		for range 3 { // the first batches make the buffers
			in.Fill(&b)
		}
		if n := testing.AllocsPerRun(20, func() { in.Fill(&b) }); n != 0 {
			t.Errorf("%s: %v allocations a batch", name, n)
		}
		if len(b.Records) != MaxRecords {
			t.Errorf("%s: a batch of %d", name, len(b.Records))
		}
	}
}

// forever is the same bytes without an end.
type forever struct {
	data []byte
	at   int
}

func (f *forever) Read(p []byte) (n int, err error) {
	for n < len(p) {
		m := copy(p[n:], f.data[f.at:])
		n += m
		f.at = (f.at + m) % len(f.data)
	}
	return n, nil
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
