package capture

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// The bytes are written out here from draft-ietf-opsawg-pcapng: section header block (4.1),
// interface description block (4.2), enhanced packet block (4.3), options (3.5).
func TestWriterBytes(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.AddInterface("tap-a", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(a, 0x0102030405060708, []byte{0xaa, 0xbb, 0xcc}, 0); err != nil {
		t.Fatal(err)
	}
	b, err := w.AddInterface("", 113)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b, 1, []byte{0xdd, 0xee, 0xff, 0x11}, 60, "hello", "you"); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `
0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0400 64617679 0000 0000 28000000
01000000 2c000000 0100 0000 00000000 0200 0500 7461702d61 000000 0900 0100 09 000000 0000 0000 2c000000
06000000 24000000 00000000 04030201 08070605 03000000 03000000 aabbcc 00 24000000
01000000 20000000 7100 0000 00000000 0900 0100 09 000000 0000 0000 20000000
06000000 3c000000 01000000 00000000 01000000 04000000 3c000000 ddeeff11 0100 0500 68656c6c6f 000000 0100 0300 796f75 00 0000 0000 3c000000
`
	if have := hex.EncodeToString(out.Bytes()); have != strings.Join(strings.Fields(want), "") {
		t.Errorf("wrote\n%s\nexpected%s", have, want)
	}
	readBytes(t, out.Bytes()).expect(t, `
72623859790382856 1 tap-a 1 3/3 aabbcc
1 2 #1 113 4/60 ddeeff11
`)
}

func TestWriterRefuses(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(0, 1, nil, 0); err == nil {
		t.Error("a packet of no interface was written")
	}
	if _, err := w.AddInterface("", 1); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(0, -1, nil, 0); err == nil {
		t.Error("a time before 1970 was written")
	}
	if err := w.Write(0, 1, make([]byte, MaxPacket+1), 0); err == nil {
		t.Error("a packet above MaxPacket was written")
	}
	if err := w.Write(0, 1, nil, 0, strings.Repeat("x", 1<<16)); err == nil {
		t.Error("a comment above 65535 bytes was written")
	}
	if _, err := w.AddInterface(strings.Repeat("x", 256), 1); err == nil {
		t.Error("a name above 255 bytes was written")
	}
	if err := w.Write(0, 1, make([]byte, MaxPacket), 0, strings.Repeat("x", 1<<16-1)); err != nil {
		t.Error(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	g := readBytes(t, out.Bytes())
	if g.expectKinds(t); len(g.Records) != 1 || len(g.Records[0].Data) != MaxPacket {
		t.Error("the largest packet does not come back")
	}
}

// A full disk is told at the latest by Flush.
func TestWriterFullDisk(t *testing.T) {
	w, err := NewWriter(fullDisk{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface("", 1); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err == nil || err.Error() != "no space left" {
		t.Errorf("Flush: %v", err)
	}
	if err := w.Write(0, 1, nil, 0); err == nil {
		t.Error("a packet was written after that")
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriterAllocatesNothing(t *testing.T) {
	var out bytes.Buffer
	out.Grow(1 << 20)
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface("eth0", 1); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 1500)
	w.Write(0, 1, data, 0)
	if n := testing.AllocsPerRun(100, func() { w.Write(0, 1, data, 0) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
