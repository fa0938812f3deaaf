//go:build unix

package capture

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// relative is the names without the folder.
func relative(names []string, folder string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.TrimPrefix(n, folder+"/"))
	}
	return out
}

// A folder is one PATH: its files, also in folders below and packed, in the order of their
// first packet's time, ties by path, captures without packets last.
func TestFolderOrder(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "z.pcap", onePacket(1))
	put(t, dir, "sub/deep/m.zst", zst(onePacket(2)))
	put(t, dir, "a.pcapng", cat(shb(be), block(be, 4, make([]byte, 2000)), idb(be, 1), epb(be, 0, 3_000_000, []byte{1})))
	put(t, dir, "sub/b", gz(onePacket(4)))
	put(t, dir, "sub/c", onePacket(4))
	put(t, dir, "sub.d", onePacket(4))
	put(t, dir, "0-none.pcap", pcapHead(le, magicMicro, 1))
	put(t, dir, ".hidden", onePacket(5))
	after := put(t, t.TempDir(), "after.pcap", onePacket(0))
	g := readPaths(t, dir, after)
	g.expectKinds(t)
	want := []string{"z.pcap", "sub/deep/m.zst", "a.pcapng", "sub.d", "sub/b", "sub/c", ".hidden", after}
	if have := relative(g.Names, dir); !reflect.DeepEqual(have, want) {
		t.Errorf("order %v, expected %v", have, want)
	}
	if want := []int{7, 8}; !reflect.DeepEqual(g.Ends, want) {
		t.Errorf("PATHs end after %v records, expected %v", g.Ends, want)
	}
	for i, r := range g.Records[:7] {
		if r.File != uint32(i) || r.Frame != 1 {
			t.Errorf("record %d is frame %d of file %d", i, r.Frame, r.File)
		}
	}
	if g.Records[7].File != 8 { // 7 is the capture without packets
		t.Errorf("the next PATH's file is %d", g.Records[7].File)
	}
}

// Names are the folder as given, a slash, and the relative path.
func TestFolderNames(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in/x.pcap", onePacket(1))
	t.Chdir(dir)
	for given, want := range map[string]string{"in": "in/x.pcap", "in/": "in/x.pcap", "./in": "./in/x.pcap", ".": "./in/x.pcap", dir: dir + "/in/x.pcap"} {
		if g := readPaths(t, given); len(g.Names) != 1 || g.Names[0] != want {
			t.Errorf("%s: %v, expected %s", given, g.Names, want)
		}
	}
}

// What is no capture is skipped with one warning and counted; pipes and sockets are not
// opened, links to nothing are told, a damaged capture is read and told.
func TestFolderSkips(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.pcap", onePacket(1))
	put(t, dir, "notes.txt", []byte("notes, no packets"))
	put(t, dir, "empty.pcap", nil)
	put(t, dir, "sub/log.gz", gz([]byte("a packed log")))
	put(t, dir, "cut.pcap", onePacket(2)[:20])
	put(t, dir, "damaged.gz", gz(onePacket(3))[:12])
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	in, err := Open([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if in.Skipped() != 4 || in.Files() != 3 {
		t.Errorf("skipped %d, reads %d", in.Skipped(), in.Files())
	}
	g := readInput(t, in)
	g.expect(t, "\n1000000000 1 #0 1 2/2 abcd\n", Corrupt, Corrupt, Skipped, Skipped)
	if w := g.Warnings[0].String(); w != dir+": 4 entries are no captures and were skipped (empty.pcap, notes.txt, pipe, ...)" {
		t.Errorf("warning %q", w)
	}
	if w := g.Warnings[1].String(); w != dir+": dangling is a link to nothing and was skipped" {
		t.Errorf("warning %q", w)
	}
	if e := []string{g.Errors[0].File, g.Errors[1].File}; !reflect.DeepEqual(e, []string{dir + "/cut.pcap", dir + "/damaged.gz"}) {
		t.Errorf("errors %v", g.Errors)
	}
}

func TestFolderWithoutCaptures(t *testing.T) {
	dir := t.TempDir()
	readPaths(t, dir).expect(t, "\n", Empty)
	put(t, dir, "a.txt", []byte("a text"))
	g := readPaths(t, dir)
	g.expect(t, "\n", Empty, Skipped)
	if len(g.Ends) != 1 {
		t.Errorf("PATHs end at %v", g.Ends)
	}
}

// Links may lead round in a circle, and may give a file several names. Every file is read
// once, by its own name where it has one in the folder.
func TestFolderLinks(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	put(t, dir, "real/x.pcap", onePacket(1))
	put(t, away, "y.pcap", onePacket(2))
	put(t, away, "in/z.pcap", onePacket(3))
	link := func(to, at string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, at)); err != nil {
			t.Fatal(err)
		}
	}
	link("real/x.pcap", "0-latest")            // another name of a file
	link("..", "real/up")                      // a circle
	link(".", "self")                          // a smaller one
	link("real", "0-alias")                    // another name of a folder
	link(filepath.Join(away, "y.pcap"), "far") // a file elsewhere
	link(filepath.Join(away, "in"), "there")   // a folder elsewhere
	if err := os.Link(filepath.Join(dir, "real/x.pcap"), filepath.Join(dir, "real/y-hard.pcap")); err != nil {
		t.Fatal(err)
	}
	g := readPaths(t, dir)
	g.expectKinds(t, Repeated)
	g.says(t, "5 entries are other names of what is read already (0-alias, 0-latest, real/up, ...)")
	if have, want := relative(g.Names, dir), []string{"real/x.pcap", "far", "there/z.pcap"}; !reflect.DeepEqual(have, want) {
		t.Errorf("reads %v, expected %v", have, want)
	}
}

// Folders that link to each other crosswise have 2^n ways through them; each is walked once.
func TestFolderLinksDoNotMultiply(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		name := string(rune('A' + i))
		put(t, dir, name+"/x.pcap", onePacket(uint32(i)))
		for _, l := range []string{"l", "r"} {
			if err := os.Symlink("../"+string(rune('A'+i+1)), filepath.Join(dir, name, l)); err != nil {
				t.Fatal(err)
			}
		}
	}
	g := readPaths(t, dir)
	g.expectKinds(t, Skipped, Repeated)
	if len(g.Records) != 40 {
		t.Errorf("read %d packets", len(g.Records))
	}
}

// A pipe that is named is read as it comes. It has no size, so there is no total.
func TestNamedPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := Open([]string{pipe}, nil) // does not wait for the writer
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	wrote := make(chan error)
	go func() {
		f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err != nil {
			wrote <- err
			return
		}
		f.Write(onePacket(1))
		time.Sleep(time.Millisecond)
		f.Write(onePacket(2)[24:])
		wrote <- f.Close()
	}()
	g := readInput(t, in)
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	g.expect(t, "\n1000000000 1 #0 1 2/2 abcd\n2000000000 2 #0 1 2/2 abcd\n")
	if done, total := in.Progress(); total != 0 || done != 60 {
		t.Errorf("progress %d of %d", done, total)
	}
	if _, err := CountPackets([]string{pipe}); err == nil {
		t.Error("a pipe was counted")
	}
}

// A file that may not be opened is told and does not stop the others. A socket stands for it
// where the test runs as root, who may open every plain file.
func TestUnreadableFile(t *testing.T) {
	dir := t.TempDir()
	good := put(t, dir, "good.pcap", onePacket(1))
	bad := put(t, dir, "bad.pcap", onePacket(2))
	if os.Geteuid() == 0 {
		os.Remove(bad)
		if err := syscall.Mknod(bad, syscall.S_IFSOCK|0o600, 0); err != nil {
			t.Fatal(err)
		}
		in, err := Open([]string{bad, good}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		g := readInput(t, in)
		g.expect(t, "\n1000000000 1 #0 1 2/2 abcd\n", Unreadable)
		g.says(t, bad+": cannot be read: ")
		return
	}
	if err := os.Chmod(bad, 0); err != nil {
		t.Fatal(err)
	}
	for _, paths := range [][]string{{bad, good}, {dir}} {
		g := readPaths(t, paths...)
		g.expect(t, "\n1000000000 1 #0 1 2/2 abcd\n", Unreadable)
		g.says(t, bad+": cannot be read: permission denied")
	}
}
