package evidence

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/davylamp/davy"
)

func keeper(t *testing.T) *Keeper {
	return &Keeper{Folder: filepath.Join(t.TempDir(), "evidence"), Who: who, Each: Defaults, Total: 1 << 30}
}

// overwritten is a recording that lost a file.
func overwritten(r recording, file uint32) (left recording) {
	for _, f := range r {
		if f.File != file {
			left = append(left, f)
		}
	}
	return left
}

func bytesOf(t *testing.T, s *Selection) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Packets(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestKeptLikeRecorded: from what was kept and what is still recorded comes the very same
// selection as from the whole recording, also when the file was only about to go.
func TestKeptLikeRecorded(t *testing.T) {
	k, c, all := keeper(t), made(), plant()
	want := bytesOf(t, chosen(t, c.Findings, all, Defaults))
	if err := k.Keep(1, c, all); err != nil {
		t.Fatal(err)
	}
	for what, ring := range map[string]recording{"overwritten": overwritten(all, 1), "about to be": all} {
		if got := bytesOf(t, chosen(t, c.Findings, Both{k.Frames(c.ID), ring}, Defaults)); !bytes.Equal(got, want) {
			t.Errorf("%s: the packets are others than those of the whole recording", what)
		}
	}
	before, err := k.All()
	if err != nil || len(before.Incidents) != 1 || before.Incidents[0].Packets != 10 || before.Bytes == 0 {
		t.Fatalf("%+v %v", before, err)
	}
	if err := k.Keep(1, c, all); err != nil {
		t.Fatal(err)
	}
	if after, _ := k.All(); !reflect.DeepEqual(before, after) {
		t.Errorf("kept twice: %+v, before %+v", after, before)
	}
}

// TestKilledWhileKeeping: a file without its entry is kept anew.
func TestKilledWhileKeeping(t *testing.T) {
	k, c, all := keeper(t), made(), plant()
	folder := filepath.Join(k.Folder, c.ID)
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, "00000001.pcapng"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := k.Keep(1, c, all); err != nil {
		t.Fatal(err)
	}
	if s := chosen(t, c.Findings, k.Frames(c.ID), Defaults); s.Len() != 10 {
		t.Errorf("%d packets", s.Len())
	}
}

// TestKeepsWithinBounds: an incident has its limit over all files, and when all room is taken
// the least grave goes, then the oldest.
func TestKeepsWithinBounds(t *testing.T) {
	k, all := keeper(t), plant()
	k.Each.Packets = 12
	c := made()
	for file := range uint32(2) {
		if err := k.Keep(file+1, c, all); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := k.All()
	if i := sum.Incidents[0]; err != nil || i.Packets != 12 || i.LeftOut != 13 || i.Last != all[64].Stamp && i.Last == 0 {
		t.Errorf("%+v %v", i, err)
	}
	for id, severity := range map[string]davy.Severity{"I-4": davy.Medium, "I-5": davy.Critical} {
		c.ID, c.Severity = id, severity
		if err := k.Keep(1, c, all); err != nil {
			t.Fatal(err)
		}
	}
	k.Total = sum.Bytes * 2
	gone, err := k.Bound()
	if err != nil || len(gone) != 1 || gone[0].Incident != "I-4" {
		t.Fatalf("%+v made way, %v", gone, err)
	}
	if left, _ := k.All(); len(left.Incidents) != 2 || left.Bytes > k.Total {
		t.Errorf("%+v is left", left)
	}
}

// TestNothingToKeep: of an incident that a file says nothing of, nothing is written; a name
// that leads out of the folder is refused.
func TestNothingToKeep(t *testing.T) {
	k, c := keeper(t), made()
	c.Findings[0].Stations = []davy.Addr{davy.AddrOf4(1, 0), plc}
	c.Findings[0].File = 9
	if err := k.Keep(1, c, plant()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(k.Folder); !os.IsNotExist(err) {
		t.Error("a folder was made for nothing")
	}
	for _, name := range []string{"", "..", "../keys", "a/b"} {
		if err := k.Forget(name); err == nil {
			t.Errorf("incident %q is forgotten", name)
		}
	}
}
