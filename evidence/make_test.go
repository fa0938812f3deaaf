package evidence

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/davylamp/davy"
)

// recording is frames in memory: what a test says was recorded.
type recording []Frame

func (r recording) Each(want []Span, f func(*Frame) error) error {
	for i := range r {
		p := r[i]
		if !Wanted(want, p.File, p.Stamp, p.Stamp) {
			continue
		}
		if err := f(&p); err != nil {
			return err
		}
	}
	return nil
}

const second = int64(1e9)

// epoch is when the tests' recordings begin.
const epoch = 1_800_000_000 * second

var (
	plc  = davy.AddrOf4(0xc0000201, 0) // 192.0.2.1
	hmi  = davy.AddrOf4(0xc0000202, 0)
	evil = davy.AddrOf4(0xc0000209, 0)
)

// datagram is an Ethernet frame with IPv4 and UDP (RFC 791, RFC 768) from one station to
// another; checksums are left out, since nobody here looks at them.
func datagram(from, to davy.Addr, text string) []byte {
	a, b := from.IP().As4(), to.IP().As4()
	f := append([]byte{2, 0, b[0], b[1], b[2], b[3], 2, 0}, a[:]...)
	f = append(f, 8, 0, 0x45, 0)
	f = binary.BigEndian.AppendUint16(f, uint16(28+len(text)))
	f = append(f, 0, 0, 0, 0, 64, 17, 0, 0)
	f = append(append(f, a[:]...), b[:]...)
	f = append(f, 0xc3, 0x50, 0x13, 0x88)
	f = binary.BigEndian.AppendUint16(f, uint16(8+len(text)))
	return append(append(f, 0, 0), text...)
}

// who reads what datagram wrote.
func who(f *Frame, to []davy.Addr) []davy.Addr {
	if len(f.Data) < 34 || f.Data[12] != 8 {
		return to
	}
	a, b := binary.BigEndian.Uint32(f.Data[26:]), binary.BigEndian.Uint32(f.Data[30:])
	return append(to, davy.AddrOf4(a, 0), davy.AddrOf4(b, 0), davy.AddrOfMAC(davy.MACOf(f.Data[6:]), 0), davy.AddrOfMAC(davy.MACOf(f.Data), 0))
}

// plant is a recording in two files: the panel asks the controller each second, and at frame
// 21 of the first file a stranger begins to write to it.
func plant() (r recording) {
	for file := range uint32(2) {
		for frame := range uint32(60) {
			at := epoch + (int64(file)*60+int64(frame))*second/2
			f := Frame{File: file + 1, Frame: frame + 1, Stamp: at, Interface: "mirror", Link: 1}
			switch {
			case frame%4 == 0 && (file == 1 || frame >= 20):
				f.Data = datagram(evil, plc, fmt.Sprintf("write %d", frame))
			case frame%2 == 0:
				f.Data = datagram(hmi, plc, fmt.Sprintf("read %d", frame))
			default:
				f.Data = datagram(plc, hmi, fmt.Sprintf("value %d", frame))
			}
			f.Wire = len(f.Data)
			r = append(r, f)
		}
	}
	return r
}

func written() Finding {
	return Finding{ID: "F-7", Detector: "D29", Severity: "high", Title: "New writer", Expected: "Only the panel writes to press", Seen: "192.0.2.9 wrote to press",
		File: 1, Frame: 21, Time: epoch + 10*second, Last: epoch + 60*second, Stations: []davy.Addr{evil, plc}, Row: []byte(`{"id":"F-7","detector":"D29","seen":"192.0.2.9 wrote to press"}`)}
}

func made() *Case {
	return &Case{ID: "I-3", Title: "192.0.2.9 wrote to press", Severity: davy.High, Row: []byte(`{"id":"I-3","findings":["F-7"]}`), Findings: []Finding{written()},
		Rules:   []Rule{{"D29", "0.1.0", []byte("id: D29\nwritten: in Go\n")}, {"D20", "4f2a", []byte("id: D20\ntitle: Program changed\n")}},
		Learned: [][]byte{[]byte(`{"client":"192.0.2.2","server":"192.0.2.1","op":"read"}`), []byte(`{"client":"192.0.2.9","server":"192.0.2.1","op":"browse"}`)},
		Sensor:  "hall 3", Made: epoch + 100*second}
}

func key(t testing.TB) *Key {
	t.Helper()
	k, _, err := OpenKey(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func chosen(t testing.TB, findings []Finding, r Frames, limits Limits) *Selection {
	t.Helper()
	s, err := Select(findings, who, r, limits)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bundle(t testing.TB, k *Key) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, made(), chosen(t, made().Findings, plant(), Defaults), k); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inFolder writes a file for a program that only reads files.
func inFolder(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
