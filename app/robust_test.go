package app

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"testing"
	"time"
)

// mostMemory is what a run may need at most, whatever the capture says: the tables' ceilings
// and the buffers, with room for the garbage collector.
const mostMemory = 400 << 20

// TestDamagedCaptures reads captures that were cut at random places, or with random bytes
// changed in the file or in its packets. None makes Davy panic, or need more memory than its
// ceilings say. A few in each run; 2,000 with DAVY_FULL=1, over all of the corpus.
func TestDamagedCaptures(t *testing.T) {
	rng := rand.New(rand.NewPCG(20261122, 7))
	made := newTape()
	everyone(made)
	later(made)
	files, runs := []string{made.write(t)}, 30
	if os.Getenv("DAVY_FULL") == "1" {
		files, runs = append(files, captures(t, 1)...), 2000
	}
	slowest, which := time.Duration(0), ""
	for i := range runs {
		source := files[i%len(files)]
		path := filepath.Join(t.TempDir(), "damaged")
		how := damage(t, rng, source, path)
		begun := time.Now()
		if err := survives(path, rng); err != nil {
			kept := filepath.Join(os.TempDir(), fmt.Sprintf("davy-damaged-%d", i))
			os.Rename(path, kept)
			t.Errorf("run %d, %s, %s (kept as %s): %v", i, source, how, kept, err)
		}
		if d := time.Since(begun); d > slowest {
			slowest, which = d, fmt.Sprintf("%s, %s", source, how)
		}
		os.Remove(path)
	}
	t.Logf("%d runs; %d MB; the slowest took %v (%s)", runs, memory()>>20, slowest.Round(time.Millisecond), which)
}

// survives analyses a capture; an error is a panic, or too much memory.
func survives(path string, rng *rand.Rand) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	dir, err := os.MkdirTemp("", "davy-rows-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := Options{Paths: []string{path}, Out: dir, Messages: AllMessages, Workers: 1, Ceiling: []int{0, 0, 4}[rng.IntN(3)], Report: filepath.Join(dir, "page.html")}
	if rng.IntN(2) == 0 {
		o.Learn.Span = time.Minute
	}
	if _, err := Analyze(o); err != nil {
		return err
	}
	if n := memory(); n > mostMemory {
		return fmt.Errorf("%d MB", n>>20)
	}
	return nil
}

// memory is what the process has taken of the machine's and not given back.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// damage writes a damaged copy of a capture and says how.
func damage(t *testing.T, rng *rand.Rand, source, path string) string {
	t.Helper()
	if rng.IntN(2) == 0 {
		how, shots := damagedPackets(rng, readTape(t, source).shots)
		broken := &tape{shots: shots}
		if err := os.WriteFile(path, broken.bytes(t), 0o644); err != nil {
			t.Fatal(err)
		}
		return how
	}
	b, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	how := ""
	if rng.IntN(2) == 0 {
		b = b[:rng.IntN(len(b)+1)]
		how = fmt.Sprintf("cut after %d bytes", len(b))
	} else {
		n := 1 + rng.IntN(64)
		for range n {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		how = fmt.Sprintf("%d bytes changed", n)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return how
}

// damagedPackets changes, cuts, doubles, drops and reorders packets.
func damagedPackets(rng *rand.Rand, shots []shot) (string, []shot) {
	var out []shot
	share := 1 + rng.IntN(20) // one in so many
	for _, s := range shots {
		if rng.IntN(share) > 0 || len(s.data) == 0 {
			out = append(out, s)
			continue
		}
		s.data = slices.Clone(s.data)
		switch rng.IntN(7) {
		case 0, 1, 2:
			for range 1 + rng.IntN(4) {
				s.data[rng.IntN(len(s.data))] = byte(rng.Uint32())
			}
		case 3: // a slice
			s.wire, s.data = max(s.wire, len(s.data)), s.data[:rng.IntN(len(s.data)+1)]
		case 4: // shorter than its headers say
			s.data = s.data[:rng.IntN(len(s.data)+1)]
			s.wire = 0
		case 5:
			out = append(out, s)
		case 6: // lost
			continue
		}
		if n := len(out); n > 3 && rng.IntN(4) == 0 {
			at := n - 1 - rng.IntN(3)
			out = slices.Insert(out, at, s)
			continue
		}
		out = append(out, s)
	}
	return fmt.Sprintf("one in %d packets damaged", share), out
}

// TestWholeCorpus reads every capture there is as it is.
func TestWholeCorpus(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, path := range captures(t, 60) {
		if err := survives(path, rng); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	t.Logf("%d MB", memory()>>20)
}
