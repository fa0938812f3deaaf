package capture

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of a megabyte.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	if err := syscall.Mount("davy", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): run as root", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	return dir
}

// On a full disk the oldest segments give way, and the ring goes on.
func TestRingOnAFullDisk(t *testing.T) {
	var texts []string
	g := openRing(t, RingConfig{Dir: filepath.Join(smallDisk(t), "ring"), MaxBytes: 1 << 30, SegmentBytes: 1 << 16, Plain: true,
		Tell: func(s string) { texts = append(texts, s) }})
	for i := range 60 {
		if err := g.Record(small(50, int64(i+1)*1e9, noise(1000)), ifaceName); err != nil {
			t.Fatal(err)
		}
		if err := g.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	s := g.Stats()
	if s.Dropped == 0 || s.Lost != 0 || s.Failing != "" || len(texts) == 0 || !strings.Contains(texts[0], "the disk is full") {
		t.Errorf("%+v, said %q", s, texts)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if n, want := len(readTold(t, g.Replay(0, 0))), 60-int(s.Dropped); n != want {
		t.Errorf("%d batches come back, expected %d", n, want)
	}
}

// Where nothing is there to give way the ring counts what it loses, says so once, never uses
// a number again, and goes on when there is room.
func TestRingWithoutRoom(t *testing.T) {
	disk := smallDisk(t)
	hog := put(t, disk, "hog", make([]byte, 980<<10))
	var texts []string
	g := openRing(t, RingConfig{Dir: filepath.Join(disk, "ring"), Plain: true, Tell: func(s string) { texts = append(texts, s) }})
	var last Record
	var failed int
	for i := range 20 {
		if i == 10 {
			if s := g.Stats(); s.Lost == 0 || !strings.Contains(s.Failing, "no space left") || failed == 0 || len(texts) != 2 {
				t.Errorf("%+v, said %q", s, texts)
			}
			os.Remove(hog)
			g.retry = time.Time{}
		}
		b := small(50, int64(i+1)*1e9, noise(1000))
		err := g.Record(b, ifaceName)
		if err == nil {
			err = g.Flush()
		}
		if err != nil {
			failed++
		}
		for _, r := range b.Records {
			if r.File < last.File || r.File == last.File && r.Frame <= last.Frame {
				t.Fatalf("batch %d: %d:%d after %d:%d", i, r.File, r.Frame, last.File, last.Frame)
			}
			last = r
		}
	}
	s := g.Stats()
	if s.Failing != "" || failed != 10 || texts[len(texts)-1] != "the ring is written again" {
		t.Errorf("%d failed, %+v, said %q", failed, s, texts)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	held := uint64(0)
	for _, x := range g.Segments() {
		held += x.Packets
	}
	p := g.Replay(0, 0)
	if readTold(t, p); held < 500 || s.Lost+held != 1000 || len(p.Errors())+len(p.Warnings()) > 0 {
		t.Errorf("%d packets held, %d lost, %v", held, s.Lost, p.Errors())
	}
}
