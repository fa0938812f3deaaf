package packet

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus decodes every shared capture: nothing panics, what decoding promises holds, and
// little stays undecoded.
func TestCorpus(t *testing.T) {
	root := os.Getenv("DAVY_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	root = filepath.Join(root, "captures")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the shared captures are not here: set DAVY_CORPUS to their folder")
	}
	files, packets, undecoded, defects, copies, bad, ignored := 0, 0, 0, map[string]int{}, uint64(0), uint64(0), uint64(0)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var d Decoder
		var clock Clock
		dedup, sums := Dedup{Ceiling: 1024}, Checksums{}
		files++
		eachPacket(b, func(p *Packet) {
			packets++
			p.Number = uint64(packets)
			clock.Set(p)
			d.Decode(p)
			sound(t, p, p.Data)
			if dedup.Seen(p) == nil && d.Reassemble(p) {
				sound(t, p, nil)
				sums.Check(p)
			}
			if p.Kind == Undecoded {
				undecoded++
			}
			if p.Defect != "" {
				defects[string(p.Defect)]++
			}
		})
		copies, bad, ignored = copies+dedup.Copies, bad+sums.Bad, ignored+sums.Ignored
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d packets, %d undecoded, %d copies, checksums %d wrong and %d never filled in, defects %v",
		files, packets, undecoded, copies, bad, ignored, defects)
	if packets == 0 || undecoded*20 > packets {
		t.Errorf("%d of %d packets stay undecoded", undecoded, packets)
	}
}

// eachPacket walks a pcap or pcapng file as far as it is whole, for this test alone.
func eachPacket(b []byte, take func(*Packet)) {
	var order binary.ByteOrder = binary.LittleEndian
	word := func(at int) int { return int(order.Uint32(b[at:])) }
	packet := func(link LinkType, iface uint16, stamp int64, at, captured, wire int) {
		if captured >= 0 && at+captured <= len(b) {
			p := Packet{Link: link, Interface: iface, Data: b[at : at+captured], Wire: wire}
			p.Origin.Stamp = stamp
			take(&p)
		}
	}
	if len(b) < 28 {
		return
	}
	if binary.LittleEndian.Uint32(b) != 0x0a0d0d0a { // pcap
		unit := int64(1000)
		switch binary.BigEndian.Uint32(b) {
		case 0xa1b2c3d4:
			order = binary.BigEndian
		case 0xa1b23c4d:
			order, unit = binary.BigEndian, 1
		case 0x4d3cb2a1:
			unit = 1
		case 0xd4c3b2a1:
		default:
			return
		}
		link := LinkType(word(20))
		for at := 24; at+16 <= len(b); at += 16 + word(at+8) {
			packet(link, 0, int64(word(at))*1e9+int64(word(at+4))*unit, at+16, word(at+8), word(at+12))
		}
		return
	}
	var links []LinkType
	for at := 0; at+12 <= len(b); {
		kind := word(at)
		if kind == 0x0a0d0d0a { // a section begins
			order, links = binary.LittleEndian, nil
			if word(at+8) != 0x1a2b3c4d {
				order = binary.BigEndian
			}
		}
		size := word(at + 4)
		if size < 12 || size%4 != 0 || at+size > len(b) {
			return
		}
		switch {
		case kind == 1 && size >= 20:
			links = append(links, LinkType(order.Uint16(b[at+8:])))
		case kind == 6 && size >= 32 && word(at+8) < len(links):
			stamp := int64(word(at+12))<<32 | int64(word(at+16))
			packet(links[word(at+8)], uint16(word(at+8)), stamp*1000, at+28, word(at+20), word(at+24))
		case kind == 3 && size >= 16 && len(links) > 0:
			packet(links[0], 0, 0, at+12, min(size-16, word(at+8)), word(at+8))
		}
		at += size
	}
}
