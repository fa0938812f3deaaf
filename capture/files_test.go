package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// real are captures that other programs wrote (testdata/make.sh), by name.
func real(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*pcap*")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no captures in testdata: %v", err)
	}
	list := map[string][]byte{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		list[filepath.Base(p)] = b
	}
	return list
}

// TestFilesOfOtherPrograms reads the same packets from every form.
func TestFilesOfOtherPrograms(t *testing.T) {
	files := real(t)
	want := readBytes(t, files["pcap"])
	if len(want.Records) != 12 {
		t.Fatalf("%d packets", len(want.Records))
	}
	for name, data := range files {
		g := readBytes(t, data)
		if len(g.Warnings) > 0 || len(g.Errors) > 0 {
			t.Errorf("%s: %v %v", name, g.Warnings, g.Errors)
		}
		if name == "interfaces.pcapng" { // twice the same, from two interfaces
			if len(g.Records) != 24 || g.Records[0].Interface == g.Records[1].Interface {
				t.Errorf("%s: %d packets", name, len(g.Records))
			}
			continue
		}
		if len(g.Records) != 12 {
			t.Errorf("%s: %d packets", name, len(g.Records))
			continue
		}
		for i, r := range g.Records {
			w := want.Records[i]
			if r.Wire != w.Wire || r.Stamp != w.Stamp || !bytes.HasPrefix(w.Data, r.Data) || len(r.Data) != min(len(w.Data), r.Wire, 50) && name == "comments.pcapng" {
				t.Errorf("%s: packet %d is %d of %d bytes at %d, not %d of %d at %d", name, i+1, len(r.Data), r.Wire, r.Stamp, len(w.Data), w.Wire, w.Stamp)
			}
		}
	}
}
