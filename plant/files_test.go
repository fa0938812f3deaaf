package plant

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// blocks reads the blocks of a pcapng file and checks both of each one's lengths.
func blocks(t *testing.T, b []byte, each func(kind uint32, body []byte)) {
	t.Helper()
	le := binary.LittleEndian
	for at := 0; len(b) > 0; {
		n := int(le.Uint32(b[4:]))
		if n%4 != 0 || n > len(b) || int(le.Uint32(b[n-4:])) != n {
			t.Fatalf("block at %d: length %d and %d", at, n, le.Uint32(b[n-4:]))
		}
		each(le.Uint32(b), b[8:n-4])
		b, at = b[n:], at+n
	}
}

// TestFiles: the capture holds every frame with its stamp in nanoseconds on one of the two
// interfaces, and what belongs to it lies beside it.
func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "line.pcapng")
	opt := Options{Scenario: "bottling-campaign", Length: 6 * time.Hour, Seed: 9, Pace: Slow}
	r, names, err := WriteFiles(opt, path)
	if err != nil {
		t.Fatal(err)
	}
	var k keep
	if _, err := Write(opt, &k); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(names.Capture)
	if err != nil {
		t.Fatal(err)
	}
	frames, interfaces := 0, 0
	blocks(t, b, func(kind uint32, body []byte) {
		le := binary.LittleEndian
		switch kind {
		case 0x0a0d0d0a:
			if le.Uint32(body) != 0x1a2b3c4d {
				t.Error("byte order")
			}
		case 1:
			if le.Uint16(body) != 1 || !bytes.Contains(body, []byte(Interfaces[interfaces])) {
				t.Errorf("interface %d: %q", interfaces, body)
			}
			interfaces++
		case 6:
			f := k.frames[frames]
			stamp := int64(le.Uint32(body[4:]))<<32 | int64(le.Uint32(body[8:]))
			if stamp != f.stamp || int(le.Uint32(body)) != f.port {
				t.Fatalf("frame %d: stamp %d on %d, want %d on %d", frames+1, stamp, le.Uint32(body), f.stamp, f.port)
			}
			if got := see(stamp, f.port, body[20:20+le.Uint32(body[12:])]); !bytes.Equal(got.payload, f.payload) {
				t.Fatalf("frame %d differs", frames+1)
			}
			frames++
		default:
			t.Errorf("block %x", kind)
		}
	})
	if uint64(frames) != r.Frames || interfaces != len(Interfaces) {
		t.Errorf("%d frames of %d on %d interfaces", frames, r.Frames, interfaces)
	}
	if n := rows(t, names.Labels, &Label{}); n != len(r.Labels) || n == 0 {
		t.Errorf("%d rows of labels for %d", n, len(r.Labels))
	}
	if n := rows(t, names.Windows, &Window{}); n != len(r.Windows) || n != 2 {
		t.Errorf("%d rows of windows for %d", n, len(r.Windows))
	}
	site, err := os.ReadFile(names.Site)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"  - prefix: 10.20.10.0/24\n", "  - [10.20.10.30, 10.20.10.31]\n", "  - address: 10.20.10.12\n    name: plc-pal\n    kind: controller\n    criticality: high\n"} {
		if !strings.Contains(string(site), want) {
			t.Errorf("the site file lacks %q", want)
		}
	}
	if strings.Contains(string(site), "203.0.113") || strings.Contains(string(site), "10.20.10.187") {
		t.Error("the site file tells of the intruder")
	}
}

// rows reads a file of one object a line into what it was written from, strictly.
func rows(t *testing.T, path string, into any) (n int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		n++
	}
	return n
}

// TestWindowsSayRealVerbs: the words of the windows file are Davy's.
func TestWindowsSayRealVerbs(t *testing.T) {
	_, r := lived(t, "bottling", 1)
	for _, w := range r.Windows {
		for _, v := range w.Verbs {
			if _, ok := davy.ParseVerb(v); !ok {
				t.Errorf("%s: no verb %q", w.ID, v)
			}
		}
	}
}

// TestNoFile: a path that cannot be written is an error that names it.
func TestNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "such", "folder.pcapng")
	if _, _, err := WriteFiles(Options{Scenario: "bottling", Length: time.Hour}, path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

// TestReadmeListsTheAssets: the table in README.md is the fleet.
func TestReadmeListsTheAssets(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range newFleet().hosts {
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", h.Name, h.addr(), h.mac, h.Kind, strings.TrimSpace(h.Vendor+" "+h.Model), h.Speaks)
		if !strings.Contains(string(b), row) {
			t.Errorf("README.md lacks:\n%s", row)
		}
	}
}
