package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davylamp/davy/plant"
)

// TestMain lets the test's own binary be the loop.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-loop" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestLoopTouchesAll: the loop meets each packet of both forms of captures once.
func TestLoopTouchesAll(t *testing.T) {
	dir := t.TempDir()
	made, names, err := plant.WriteFiles(plant.Options{Scenario: "bottling", Length: shortest, Seed: 3, Pace: plant.Real}, filepath.Join(dir, "p.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := touch(names.Capture)
	if err != nil || n.packets != made.Frames || n.sum == 0 {
		t.Fatalf("touched %d of %d packets, sum %d, %v", n.packets, made.Frames, n.sum, err)
	}
	frame := append(make([]byte, 12), 0x08, 0, 0x45)
	frame = append(frame, make([]byte, 45)...)
	old := append([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0}, make([]byte, 16)...)
	for range 3 {
		old = append(append(old, 0, 0, 0, 0, 0, 0, 0, 0, byte(len(frame)), 0, 0, 0, byte(len(frame)), 0, 0, 0), frame...)
	}
	path := filepath.Join(dir, "old.pcap")
	if err := os.WriteFile(path, old, 0o644); err != nil {
		t.Fatal(err)
	}
	if n, err := touch(path); err != nil || n.packets != 3 {
		t.Errorf("touched %d of 3 packets: %v", n.packets, err)
	}
	if err := os.WriteFile(path, old[:len(old)-1], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := touch(path); err == nil {
		t.Error("a capture that ends in the middle of a packet was read to its end")
	}
}

// TestPage runs the whole bench once over a few minutes of the plant.
func TestPage(t *testing.T) {
	dir := t.TempDir()
	davy := filepath.Join(dir, "davy")
	if out, err := exec.Command("go", "build", "-o", davy, "../davy").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := &plan{davy: davy, shared: filepath.Join(dir, "absent"), dir: filepath.Join(dir, "work"), rounds: 1, slow: 1, packets: 3000}
	text, err := p.page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| davy |", "| loop |", "the simulated plant", "Counts with `--messages all`: the same; it wrote a row for each message at least"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, err := exec.LookPath("tshark"); err == nil && !strings.Contains(text, "; the same.\n") {
		t.Errorf("tshark counts otherwise:\n%s", text)
	}
	if strings.Contains(text, dir) {
		t.Error("the page tells paths of the machine")
	}
}

func TestOccurrences(t *testing.T) {
	n, err := occurrences(strings.NewReader("\n7\n\n8,9\n10,11,12\n"))
	if err != nil || n != 6 {
		t.Errorf("%d, %v", n, err)
	}
}
