package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// corpus is the folder of shared captures; the test skips where there is none.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("DAVY_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the shared corpus is absent (DAVY_CORPUS)")
	}
	return dir
}

// captures lists the corpus' captures: all of them with DAVY_FULL=1, else every nth.
func captures(t testing.TB, nth int) (list []string) {
	dir := corpus(t)
	if os.Getenv("DAVY_FULL") == "1" {
		nth = 1
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.HasSuffix(path, ".pcap") || strings.HasSuffix(path, ".pcapng") || strings.HasSuffix(path, ".cap")) {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := list[:0]
	for i, f := range list {
		if i%nth == 0 {
			kept = append(kept, f)
		}
	}
	return kept
}

// digest hashes every file of an --out folder; what was measured of the run itself is left out.
func digest(t testing.TB, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == "summary.json" {
			var m map[string]any
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			for _, k := range []string{"elapsed_s", "cpu_s", "peak_bytes", "allocs_per_packet"} {
				delete(m, k)
			}
			text, _ = json.Marshal(m)
		}
		h := sha256.Sum256(text)
		sums[e.Name()] = hex.EncodeToString(h[:])
	}
	return sums
}

// analyze runs into a folder of its own.
func analyze(t testing.TB, o Options) (string, *Summary) {
	t.Helper()
	o.Out = t.TempDir()
	o.Messages = AllMessages
	if o.Learn == (Learn{}) && o.Baseline == "" {
		o.Learn.Span = time.Minute
	}
	sum, err := Analyze(o)
	if err != nil {
		t.Fatalf("%v: %v", o.Paths, err)
	}
	return o.Out, sum
}

// TestWorkersChangeNothing: with 1, 2 and 4 workers every file of --out is the same, with
// the usual ceilings and with every ceiling forced to 4 a shard; and those did evict.
func TestWorkersChangeNothing(t *testing.T) {
	evicted := uint64(0)
	for _, path := range captures(t, 40) {
		for _, ceiling := range []int{0, 4} {
			var want map[string]string
			for _, workers := range []int{1, 2, 4} {
				dir, sum := analyze(t, Options{Paths: []string{path}, Workers: workers, Ceiling: ceiling})
				if ceiling > 0 {
					evicted += sum.Evicted
				}
				got := digest(t, dir)
				os.RemoveAll(dir)
				if want == nil {
					want = got
					continue
				}
				for name, h := range want {
					if got[name] != h {
						t.Errorf("%s: %s differs with %d workers (ceiling %d)", path, name, workers, ceiling)
					}
				}
			}
		}
	}
	if evicted == 0 {
		t.Error("nothing was evicted with ceilings of 4: the test proves nothing")
	}
}

// TestStateContinues: A then B in one run says what A, and then B from A's state, say. With
// DAVY_FULL=1 each capture of the corpus is once the first and once the second of a pair
// drawn at random.
func TestStateContinues(t *testing.T) {
	files := captures(t, 60)
	first, second := files, append(slices.Clone(files[1:]), files[0])
	if os.Getenv("DAVY_FULL") == "1" {
		rng := rand.New(rand.NewPCG(20261122, 8))
		rng.Shuffle(len(second), func(i, j int) { second[i], second[j] = second[j], second[i] })
	}
	for i, a := range first {
		continued(t, a, second[i])
	}
}

// continued compares A and B in one run with A, and then B.
func continued(t *testing.T, a, b string) {
	t.Helper()
	both, _ := analyze(t, Options{Paths: []string{a, b}, Workers: 1})
	state := filepath.Join(t.TempDir(), "state")
	first, _ := analyze(t, Options{Paths: []string{a}, State: state, Workers: 1})
	second, _ := analyze(t, Options{Paths: []string{b}, State: state, Workers: 1})
	for _, name := range []string{"messages.ndjson", "findings.ndjson"} {
		want, _ := os.ReadFile(filepath.Join(both, name))
		x, _ := os.ReadFile(filepath.Join(first, name))
		y, _ := os.ReadFile(filepath.Join(second, name))
		if got := slices.Concat(x, y); string(got) != string(want) {
			t.Errorf("%s, %s: %s differs when continued:\n%s", a, b, name, firstDifference(string(want), string(got)))
		}
	}
	for _, name := range []string{"assets.ndjson", "links.ndjson", "incidents.ndjson"} {
		want, _ := os.ReadFile(filepath.Join(both, name))
		got, _ := os.ReadFile(filepath.Join(second, name))
		if string(got) != string(want) {
			t.Errorf("%s, %s: %s differs when continued:\n%s", a, b, name, firstDifference(string(want), string(got)))
		}
	}
	for _, dir := range []string{both, first, second} {
		os.RemoveAll(dir)
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) {
			return "ends early; missing: " + w[i]
		}
		if w[i] != g[i] {
			return "want " + w[i] + "\n got " + g[i]
		}
	}
	return "goes on: " + g[len(w)-1]
}
