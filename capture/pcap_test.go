package capture

import (
	"bytes"
	"strings"
	"testing"
)

func TestPcap(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	for _, c := range []struct {
		tried string
		bytes []byte
		lines string
	}{
		{"microseconds, little endian",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 2, 3, abc), pcapRec(le, 3, 999999, 60, abc)), `
1000002000 1 #0 1 3/3 0a0b0c
3999999000 2 #0 1 3/60 0a0b0c
`},
		{"microseconds, big endian",
			cat(pcapHead(be, 0xa1b2c3d4, 113), pcapRec(be, 1, 2, 3, abc)), `
1000002000 1 #0 113 3/3 0a0b0c
`},
		{"nanoseconds, little endian",
			cat(pcapHead(le, 0xa1b23c4d, 101), pcapRec(le, 1, 2, 3, abc)), `
1000000002 1 #0 101 3/3 0a0b0c
`},
		{"nanoseconds, big endian",
			cat(pcapHead(be, 0xa1b23c4d, 276), pcapRec(be, 1, 999999999, 3, abc)), `
1999999999 1 #0 276 3/3 0a0b0c
`},
		{"Kuznetzov's modified format, whose record header has 8 bytes more",
			cat(pcapHead(le, 0xa1b2cd34, 1), pcapRecHead(le, 1, 2, 3, 3), make([]byte, 8), abc, pcapRecHead(le, 4, 5, 3, 3), make([]byte, 8), abc), `
1000002000 1 #0 1 3/3 0a0b0c
4000005000 2 #0 1 3/3 0a0b0c
`},
		{"a packet of 2038 and one of 2106: seconds are unsigned",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 0x80000000, 0, 3, abc), pcapRec(le, 0xffffffff, 0, 3, abc)), `
2147483648000000000 1 #0 1 3/3 0a0b0c
4294967295000000000 2 #0 1 3/3 0a0b0c
`},
		{"a fraction below zero, as tools that shift times leave it",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 10, 0xffffffff, 3, abc), pcapHead(be, 0xa1b23c4d, 1), pcapRec(be, 10, 0xfffffffe, 3, abc)), `
9999999000 1 #0 1 3/3 0a0b0c
9999999998 2 #0 1 3/3 0a0b0c
`},
		{"an empty packet with a time is a packet",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 0, nil), pcapRec(le, 2, 0, 60, nil), pcapRec(le, 3, 0, 3, abc)), `
1000000000 1 #0 1 0/0 
2000000000 2 #0 1 0/60 
3000000000 3 #0 1 3/3 0a0b0c
`},
		{"a length on the wire below the captured one is raised to it",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 1, abc)), `
1000000000 1 #0 1 3/3 0a0b0c
`},
		{"before version 2.4 the lengths stood the other way round",
			cat(pcapHeadOf(le, 0xa1b2c3d4, 2, 3, 96, 1), pcapRecHead(le, 1, 0, 60, 3), abc), `
1000000000 1 #0 1 3/60 0a0b0c
`},
		{"the upper half of the link type (frame check sequence) is not the link type",
			cat(pcapHead(le, 0xa1b2c3d4, 0x24000001), pcapRec(le, 1, 0, 3, abc)), `
1000000000 1 #0 1 3/3 0a0b0c
`},
		{"captures joined by cat, of other byte order, unit and link type, and a pcapng behind",
			cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 3, abc), pcapHead(be, 0xa1b23c4d, 113), pcapRec(be, 2, 5, 3, abc),
				shb(le), idb(le, 101), epb(le, 0, 7, abc), pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 3, 0, 3, abc)), `
1000000000 1 #0 1 3/3 0a0b0c
2000000005 2 #0 113 3/3 0a0b0c
7000 3 #0 101 3/3 0a0b0c
3000000000 4 #0 1 3/3 0a0b0c
`},
		{"a header and no packet", pcapHead(le, 0xa1b2c3d4, 1), "\n"},
	} {
		t.Run(c.tried, func(t *testing.T) { readBytes(t, c.bytes).expect(t, c.lines) })
	}
}

func TestPcapDamage(t *testing.T) {
	abc := []byte{0xa, 0xb, 0xc}
	whole := cat(pcapHead(le, 0xa1b2c3d4, 1), pcapRec(le, 1, 0, 3, abc), pcapRec(le, 2, 0, 3, abc))
	first := `
1000000000 1 #0 1 3/3 0a0b0c
`
	for _, c := range []struct {
		tried string
		bytes []byte
		lines string
		kind  Kind
		says  []string
	}{
		{"cut inside a packet", whole[:len(whole)-1], first, Truncated,
			[]string{"at byte 43:", "inside a packet", "18 of its 19 bytes"}},
		{"cut inside a packet's header", whole[:50], first, Truncated,
			[]string{"at byte 43:", "inside a packet's header", "7 of its 16 bytes"}},
		{"cut inside the file's header: 16 bytes", whole[:16], "\n", Corrupt,
			[]string{"pcap header is cut", "16 of its 24 bytes"}},
		{"four bytes only", whole[:4], "\n", Corrupt, []string{"4 of its 24 bytes"}},
		{"a captured length of 4 GiB", cat(whole[:43], pcapRecHead(le, 2, 0, 0xffffffff, 0xffffffff), abc), first, Corrupt,
			[]string{"at byte 43:", "at most 262144", "found 4294967295"}},
		{"a captured length above 256 KiB where the snapshot length is 64 KiB",
			cat(whole[:43], pcapRecHead(le, 2, 0, 256<<10+1, 256<<10+1), make([]byte, 300<<10)), first, Corrupt,
			[]string{"at byte 43:", "found 262145"}},
		{"zeros after the packets, as a power cut leaves them", cat(whole[:43], make([]byte, 4096)), first, Corrupt,
			[]string{"at byte 43:", "16 zero bytes"}},
		{"version 3", cat(pcapHeadOf(le, 0xa1b2c3d4, 3, 0, 0, 1), whole[24:]), "\n", Corrupt, []string{"version 2, found 3"}},
		{"no byte", nil, "\n", Empty, []string{"is empty"}},
		{"one byte", []byte{0xd4}, "\n", Foreign, []string{"found the bytes d4"}},
		{"a text", []byte("no capture at all, but a text"), "\n", Foreign, []string{"expected pcap or pcapng", "6e 6f 20 63"}},
		{"an xz file", []byte("\xfd7zXZ\x00\x00\x04"), "\n", Foreign, []string{"xz; unpack it first"}},
		{"another capture's header, cut", cat(whole[:43], pcapHead(le, 0xa1b2c3d4, 1)[:20]), first, Corrupt,
			[]string{"at byte 43:", "20 of its 24 bytes"}},
	} {
		t.Run(c.tried, func(t *testing.T) {
			g := readBytes(t, c.bytes)
			g.expect(t, c.lines, c.kind)
			g.says(t, append(c.says, "-: ")...)
		})
	}
}

// A packet longer than MaxPacket arrives sliced where the file's snapshot length allows such
// packets; the reading stays in step.
func TestPcapHugePacket(t *testing.T) {
	huge := noise(MaxPacket + 1000)
	file := cat(pcapHeadOf(le, 0xa1b2c3d4, 2, 4, 1<<20, 1), pcapRec(le, 1, 0, uint32(len(huge)), huge), pcapRec(le, 2, 0, 1, []byte{7}))
	g := readBytes(t, file)
	g.expectKinds(t, Sliced)
	g.says(t, "at byte 24:", "263144", "cut to 262144")
	if len(g.Records) != 2 || !bytes.Equal(g.Records[0].Data, huge[:MaxPacket]) || g.Records[0].Wire != len(huge) || g.Records[1].Stamp != 2e9 {
		t.Errorf("read %d records", len(g.Records))
	}
	g = readBytes(t, file[:MaxPacket+500])
	g.expectKinds(t, Sliced, Truncated)
	if !strings.Contains(g.Warnings[1].Text, "262620 of its 263160 bytes") {
		t.Errorf("warnings %v", g.Warnings)
	}
}
