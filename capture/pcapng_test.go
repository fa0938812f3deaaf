package capture

import (
	"bytes"
	"math"
	"testing"
)

func TestPcapng(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	name := func(o order, s string) []byte { return opt(o, 2, []byte(s)) }
	resolution := func(o order, v byte) []byte { return opt(o, 9, []byte{v}) }
	for _, c := range []struct {
		tried string
		bytes []byte
		lines string
	}{
		{"one section, little endian; without if_tsresol a unit is a microsecond",
			cat(shb(le), idb(le, 1), epb(le, 0, 5, abc)), `
5000 1 #0 1 3/3 0a0b0c
`},
		{"one section, big endian, and a slice",
			cat(shb(be), idb(be, 1), epbOf(be, 0, 1<<32, 3, 99, abc)), `
4294967296000 1 #0 1 3/99 0a0b0c
`},
		{"sections of different byte order, each with its own interfaces",
			cat(shb(le), idb(le, 1), epb(le, 0, 1, abc), shb(be), idb(be, 113), epb(be, 0, 2, abc), shb(le), idb(le, 101), epb(le, 0, 3, abc)), `
1000 1 #0 1 3/3 0a0b0c
2000 2 #0 113 3/3 0a0b0c
3000 3 #0 101 3/3 0a0b0c
`},
		{"interfaces with their own link types and names, numbered by first appearance of their packets",
			cat(shb(le), idb(le, 1, name(le, "tap-a")), idb(le, 113, name(le, "tap-b")), idb(le, 101), epb(le, 2, 1, abc), epb(le, 1, 2, abc), epb(le, 0, 3, abc)), `
1000 1 #2 101 3/3 0a0b0c
2000 2 tap-b 113 3/3 0a0b0c
3000 3 tap-a 1 3/3 0a0b0c
`},
		{"an interface described between packets",
			cat(shb(le), idb(le, 1), epb(le, 0, 1, abc), idb(le, 113), epb(le, 1, 2, abc)), `
1000 1 #0 1 3/3 0a0b0c
2000 2 #1 113 3/3 0a0b0c
`},
		{"if_tsresol: seconds, ns, ps and 2^-32 seconds, and if_tsoffset",
			cat(shb(le), idb(le, 1, resolution(le, 0)), idb(le, 1, resolution(le, 9)), idb(le, 1, resolution(le, 12)), idb(le, 1, resolution(le, 0x80|32)),
				idb(le, 1, opt64(le, 14, 1000)), idb(le, 1, opt64(le, 14, math.MaxUint64)),
				epb(le, 0, 7, abc), epb(le, 1, 7, abc), epb(le, 2, 7999, abc), epb(le, 3, 3<<31, abc), epb(le, 4, 7, abc), epb(le, 5, 7, abc)), `
7000000000 1 #0 1 3/3 0a0b0c
7 2 #1 1 3/3 0a0b0c
7 3 #2 1 3/3 0a0b0c
1500000000 4 #3 1 3/3 0a0b0c
1000000007000 5 #4 1 3/3 0a0b0c
-999993000 6 #5 1 3/3 0a0b0c
`},
		{"obsolete packet blocks, both byte orders",
			cat(shb(le), idb(le, 1), pb(le, 0, 0, 5, abc), shb(be), idb(be, 1), idb(be, 113), pb(be, 1, 0xffff, 6, abc)), `
5000 1 #0 1 3/3 0a0b0c
6000 2 #1 113 3/3 0a0b0c
`},
		{"unknown blocks are skipped: name resolution, custom, secrets, a number never given",
			cat(shb(le), block(le, 4, make([]byte, 40)), idb(le, 1), block(le, 0xbad, noise(100)), epb(le, 0, 5, abc), block(le, 0xa, noise(31)), block(le, 0x77777777, nil), epb(le, 0, 6, abc)), `
5000 1 #0 1 3/3 0a0b0c
6000 2 #0 1 3/3 0a0b0c
`},
		{"options around everything: comments, flags, ends of options, one cut short",
			cat(shb(le, opt(le, 1, []byte("a comment")), opt(le, 0, nil)), idb(le, 1, opt(le, 3, []byte("what it is")), name(le, "eth0"), opt(le, 0, nil)),
				epb(le, 0, 5, abc, opt(le, 1, []byte("seen")), opt(le, 2, []byte{1, 0, 0, 0}), opt(le, 0, nil)),
				epb(le, 0, 6, abc, []byte{1, 0, 0xff, 0xff})), `
5000 1 eth0 1 3/3 0a0b0c
6000 2 eth0 1 3/3 0a0b0c
`},
		{"an interface name of 300 bytes is kept to 255",
			cat(shb(le), idb(le, 1, name(le, string(bytes.Repeat([]byte{'x'}, 300)))), epb(le, 0, 1, abc)), `
1000 1 ` + string(bytes.Repeat([]byte{'x'}, 255)) + ` 1 3/3 0a0b0c
`},
		{"an empty packet, and one whose length on the wire is too small",
			cat(shb(le), idb(le, 1), epb(le, 0, 1, nil), epbOf(le, 0, 2, 3, 1, abc)), `
1000 1 #0 1 0/0 
2000 2 #0 1 3/3 0a0b0c
`},
		{"a section and no packet", cat(shb(le), idb(le, 1)), "\n"},
	} {
		t.Run(c.tried, func(t *testing.T) { readBytes(t, c.bytes).expect(t, c.lines) })
	}
}

func TestPcapngSimplePackets(t *testing.T) {
	// A simple packet block has no captured length: it is the least of the length on the
	// wire, the interface's snapshot length and what the block holds; and it has no time.
	g := readBytes(t, cat(shb(le), idbSnap(le, 1, 2), spb(le, 3, []byte{1, 2}), epb(le, 0, 9, []byte{1}), spb(le, 1, []byte{1}), shb(be), idb(be, 1), spb(be, 3, []byte{1, 2, 3})))
	g.expect(t, `
0 1 #0 1 2/3 0102
9000 2 #0 1 1/1 01
9000 3 #0 1 1/1 01
9000 4 #0 1 3/3 010203
`, Timeless)
	g.says(t, "no time", "met 3 times")
}

func TestPcapngDamage(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	head := cat(shb(le), idb(le, 1)) // 28 + 20 bytes
	one := cat(head, epb(le, 0, 1, abc))
	first := `
1000 1 #0 1 3/3 0a0b0c
`
	lengths := func(kind, begin, end uint32, body []byte) []byte {
		b := le.AppendUint32(nil, kind)
		b = append(le.AppendUint32(b, begin), body...)
		return le.AppendUint32(b, end)
	}
	for _, c := range []struct {
		tried string
		bytes []byte
		lines string
		kind  Kind
		says  []string
	}{
		{"cut inside a block", cat(one, epb(le, 0, 2, abc)[:30]), first, Truncated, []string{"at byte 84:", "30 of its 36 bytes"}},
		{"cut inside a block's header", cat(one, epb(le, 0, 2, abc)[:7]), first, Truncated, []string{"7 of its 12 bytes"}},
		{"cut inside the section header", shb(le)[:16], "\n", Truncated, []string{"16 of its 28 bytes"}},
		{"a block of length 0", cat(one, make([]byte, 64)), first, Corrupt, []string{"at byte 84:", "found 0"}},
		{"a block of length 4", cat(one, lengths(6, 4, 4, abc)), first, Corrupt, []string{"found 4"}},
		{"a block whose length is no multiple of 4", cat(one, lengths(6, 33, 33, make([]byte, 21))), first, Corrupt, []string{"multiple of 4, found 33"}},
		{"a block of 4 GiB in a short file", cat(one, lengths(6, 0xfffffffc, 0xfffffffc, make([]byte, 100))), first, Corrupt,
			[]string{"at byte 84:", "4294967292 bytes", "more likely damage"}},
		{"an unknown block of 4 GiB", cat(one, lengths(99, 0xfffffffc, 0xfffffffc, make([]byte, 600<<10))), first, Corrupt,
			[]string{"at byte 84:", "4294967292 bytes"}},
		{"a block of 600 KiB, cut", cat(one, lengths(99, 600<<10, 600<<10, make([]byte, 590<<10))), first, Truncated,
			[]string{"at byte 84:", "604172 of its 614400 bytes"}},
		{"two lengths that differ", cat(one, lengths(99, 16, 20, make([]byte, 4)), epb(le, 0, 2, abc)), first, Corrupt,
			[]string{"at byte 84:", "length 16 again at its end, found 20"}},
		{"two lengths that differ around a long block", cat(one, lengths(99, 600<<10, 20, make([]byte, 600<<10-12)), epb(le, 0, 2, abc)), first, Corrupt,
			[]string{"at byte 84:", "length 614400 again at its end, found 20"}},
		{"no byte-order magic", cat(one, block(le, 0x0a0d0d0a, make([]byte, 16))), first, Corrupt, []string{"1a2b3c4d", "00 00 00 00"}},
		{"a section header too short", cat(one, block(le, 0x0a0d0d0a, le.AppendUint32(nil, 0x1a2b3c4d))), first, Corrupt, []string{"at least 28 bytes, found 16"}},
		{"version 2", block(le, 0x0a0d0d0a, append(le.AppendUint32(nil, 0x1a2b3c4d), 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "\n", Corrupt, []string{"version 1, found 2"}},
		{"a packet of an interface that was not described; the others are read, frames keep their numbers",
			cat(head, epb(le, 1, 1, abc), epb(le, 0, 2, abc), epb(le, 0xffffffff, 3, abc)), `
2000 2 #0 1 3/3 0a0b0c
`, Corrupt, []string{"at byte 48:", "interface 1", "described 1", "met 2 times"}},
		{"a captured length past its block", cat(head, epbOf(le, 0, 1, 5, 5, abc), epbOf(le, 0, 1, 0xfffffff0, 5, abc), epb(le, 0, 2, abc)), `
2000 3 #0 1 3/3 0a0b0c
`, Corrupt, []string{"claims 5 captured bytes in a block of 36", "met 2 times"}},
		{"a packet block too short", cat(head, block(le, 6, make([]byte, 16)), epb(le, 0, 2, abc)), `
2000 2 #0 1 3/3 0a0b0c
`, Corrupt, []string{"at least 32 bytes, found 28"}},
		{"a simple packet before any interface", cat(shb(le), spb(le, 3, abc)), "\n", Corrupt, []string{"has described none"}},
		{"a simple packet block too short", cat(head, block(le, 3, nil)), "\n", Corrupt, []string{"at least 16 bytes, found 12"}},
		{"an interface description too short keeps its place", cat(shb(le), block(le, 1, nil), idb(le, 113), epb(le, 1, 2, abc)), `
2000 1 #1 113 3/3 0a0b0c
`, Corrupt, []string{"at byte 28:", "interface description"}},
		{"a new section forgets the interfaces of the last", cat(one, shb(le), epb(le, 0, 2, abc)), first, Corrupt, []string{"interface 0", "described 0"}},
	} {
		t.Run(c.tried, func(t *testing.T) {
			g := readBytes(t, c.bytes)
			g.expect(t, c.lines, c.kind)
			g.says(t, c.says...)
		})
	}
}

// Blocks longer than the read buffer are passed over, or give the beginning of their packet,
// and the reading stays in step.
func TestPcapngLongBlocks(t *testing.T) {
	huge := noise(700 << 10)
	for _, o := range []order{le, be} {
		for _, n := range []int{readSize - 16, readSize - 12, readSize - 8, readSize - 4, readSize, 3 << 20} {
			g := readBytes(t, cat(shb(o), idb(o, 1), block(o, 99, make([]byte, n)), epb(o, 0, 1, []byte{7})))
			g.expect(t, "\n1000 1 #0 1 1/1 07\n")
		}
		g := readBytes(t, cat(shb(o), idb(o, 1), epb(o, 0, 1, huge), epb(o, 0, 2, []byte{7})))
		g.expectKinds(t, Sliced)
		if len(g.Records) != 2 || !bytes.Equal(g.Records[0].Data, huge[:MaxPacket]) || g.Records[0].Wire != len(huge) || g.Records[1].Stamp != 2000 {
			t.Errorf("read %d records", len(g.Records))
		}
		// Options that fill more than the buffer behind a small packet.
		long := bytes.Repeat(opt(o, 1, make([]byte, 60000)), 20)
		readBytes(t, cat(shb(o), idb(o, 1), epb(o, 0, 1, []byte{6}, long), epb(o, 0, 2, []byte{7}))).expect(t, "\n1000 1 #0 1 1/1 06\n2000 2 #0 1 1/1 07\n")
	}
}

// Where batches end does not depend on how the bytes come, also when much is passed over:
// what is done at a batch's end would else differ between two runs. readBytes compares.
func TestPcapngLongBlocksBetween(t *testing.T) {
	long := block(le, 99, make([]byte, readSize+100_000))
	file := cat(shb(le), idb(le, 1), epb(le, 0, 1, []byte{1}), long, long, long, long)
	for i := range 100 {
		file = append(file, epb(le, 0, uint64(i), make([]byte, 60000+i))...)
	}
	if g := readBytes(t, file); len(g.Records) != 101 || len(g.Sizes) < 2 {
		t.Errorf("%d packets in %d batches", len(g.Records), len(g.Sizes))
	}
}

func TestDropped(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	for _, c := range []struct {
		tried string
		bytes []byte
		want  uint64
	}{
		{"none told", cat(shb(le), idb(le, 1), epb(le, 0, 1, abc)), 0},
		{"what the packets tell is summed (epb_dropcount)",
			cat(shb(le), idb(le, 1), epb(le, 0, 1, abc, opt64(le, 4, 3)), epb(le, 0, 2, abc, opt64(le, 4, 4))), 7},
		{"what obsolete packet blocks tell is summed, 0xffff is not known",
			cat(shb(be), idb(be, 1), pb(be, 0, 5, 1, abc), pb(be, 0, 0xffff, 1, abc), pb(be, 0, 1, 1, abc)), 6},
		{"statistics count from the beginning, so the last holds: interface and system drops",
			cat(shb(le), idb(le, 1), isb(le, 0, opt64(le, 4, 100), opt64(le, 5, 3)), isb(le, 0, opt64(le, 5, 10), opt64(le, 7, 20), opt64(le, 6, 1000))), 30},
		{"packets and statistics of one interface tell of the same losses, other interfaces add",
			cat(shb(le), idb(le, 1), idb(le, 1), epb(le, 0, 1, abc, opt64(le, 4, 3)), isb(le, 0, opt64(le, 5, 2)), isb(le, 1, opt64(le, 7, 10))), 13},
		{"sections add", cat(shb(le), idb(le, 1), isb(le, 0, opt64(le, 5, 2)), shb(be), idb(be, 1), isb(be, 0, opt64(be, 5, 3))), 5},
		{"all ones are not known, too many do not wrap, an interface that is not there is no one's",
			cat(shb(le), idb(le, 1), isb(le, 7, opt64(le, 5, 9)), isb(le, 0, opt64(le, 5, math.MaxUint64), opt64(le, 7, math.MaxUint64-1)),
				epb(le, 0, 1, abc, opt64(le, 4, math.MaxUint64)), epb(le, 0, 1, abc, opt64(le, 4, 7))), math.MaxUint64},
	} {
		t.Run(c.tried, func(t *testing.T) {
			g := readBytes(t, c.bytes)
			g.expectKinds(t)
			if g.Dropped != c.want {
				t.Errorf("dropped %d, expected %d", g.Dropped, c.want)
			}
		})
	}
}

// More interfaces than can be told apart: in one section the further ones are left out, in
// the whole input they count as the last. Memory stays bounded either way.
func TestTooManyInterfaces(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	one := cat(shb(le), bytes.Repeat(idb(le, 1), maxInterfaces+1), epb(le, maxInterfaces-1, 1, abc), epb(le, maxInterfaces, 2, abc))
	g := readBytes(t, one)
	g.expectKinds(t, Corrupt, Crowded)
	if len(g.Records) != 1 {
		t.Errorf("%d records", len(g.Records))
	}
	var many []byte
	for i := range maxInterfaces + 2 {
		many = append(many, cat(shb(le), idb(le, 1, opt(le, 2, []byte{'n', byte(i), byte(i >> 8), byte(i >> 16)})), epb(le, 0, 1, abc))...)
	}
	g = readBytes(t, many)
	g.expectKinds(t, Crowded)
	if n := len(g.Records); n != maxInterfaces+2 || g.Records[n-1].Interface != maxInterfaces-1 {
		t.Errorf("%d records", n)
	}
}
