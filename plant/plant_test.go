package plant

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

func digest(t *testing.T, opt Options) string {
	t.Helper()
	h := sha256.New()
	w, err := NewWriter(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(opt, w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestSameSeedSameBytes: a run depends on its options and on nothing else.
func TestSameSeedSameBytes(t *testing.T) {
	for _, opt := range []Options{
		{Scenario: "bottling", Length: 12 * time.Minute, Seed: 5},
		{Scenario: "bottling-campaign", Length: 30 * time.Hour, Seed: 5, Pace: Slow},
	} {
		first := digest(t, opt)
		if again := digest(t, opt); again != first {
			t.Errorf("%+v: %s, then %s", opt, first, again)
		}
		opt.Seed++
		if other := digest(t, opt); other == first {
			t.Errorf("%+v: another seed gave the same bytes", opt)
		}
	}
}

// TestCampaignAddsAndNothingElseDecides: without the campaign the people make the same
// decisions at the same times.
func TestCampaignAddsAndNothingElseDecides(t *testing.T) {
	plans := func(scenario string) (list []string) {
		_, r := lived(t, scenario, 3)
		for _, l := range r.Labels {
			if l.Class == Planned {
				list = append(list, l.From+" "+l.What)
			}
		}
		return list
	}
	with, without := plans("bottling-campaign"), plans("bottling")
	if len(with) == 0 || strings.Join(with, "\n") != strings.Join(without, "\n") {
		t.Errorf("planned work with the campaign %q, without %q", with, without)
	}
}

// TestTimeRunsForward: stamps never fall back, but for the one step of the sensor's clock,
// and nothing is written after its time.
func TestTimeRunsForward(t *testing.T) {
	steps := 0
	for seed := range uint64(6) {
		opt := Options{Scenario: "bottling-campaign", Length: 10 * time.Hour, Seed: seed, Pace: Slow, Start: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)}
		last, back := int64(0), 0
		w := build(opt, watch(func(stamp int64, _ int, _ []byte) error {
			if stamp < last {
				back++
				if last-stamp > int64(2*time.Second) {
					t.Errorf("seed %d: back by %v", seed, time.Duration(last-stamp))
				}
			}
			last = stamp
			return nil
		}), true)
		if err := w.run(); err != nil {
			t.Fatal(err)
		}
		stepped := 0
		for _, l := range w.told() {
			if strings.Contains(l.What, "sensor's clock") {
				stepped = 1
			}
		}
		if back > stepped { // a step that falls into a pause does not show
			t.Errorf("seed %d: %d steps back, %d labelled", seed, back, stepped)
		}
		if w.late != 0 {
			t.Errorf("seed %d: %d frames were entered after their time", seed, w.late)
		}
		steps += back
	}
	if steps == 0 {
		t.Error("no seed had a step of the sensor's clock: the test showed nothing")
	}
}

// TestSlowIsSmall: two weeks at the slow pace have at most 10 million packets and 1 GB. Six
// hours of a working day are the busiest quarter, so that they bound the whole.
func TestSlowIsSmall(t *testing.T) {
	w, err := NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Write(Options{Scenario: "bottling", Length: 6 * time.Hour, Seed: 1, Pace: Slow}, w)
	if err != nil {
		t.Fatal(err)
	}
	const quarters = 14 * 4
	if n := r.Frames * quarters; n > 10_000_000 || n < 4_000_000 {
		t.Errorf("%d frames in two weeks, by six hours", n)
	}
	if n := w.Bytes * quarters; n > 1_000_000_000 {
		t.Errorf("%d bytes of capture in two weeks, by six hours", n)
	}
}

// TestRealIsBusy: at the real pace the plant says some hundred packets a second.
func TestRealIsBusy(t *testing.T) {
	n := 0
	_, err := Write(Options{Scenario: "bottling", Length: 10 * time.Minute, Seed: 1}, watch(func(int64, int, []byte) error { n++; return nil }))
	if err != nil {
		t.Fatal(err)
	}
	if rate := n / 600; rate < 300 || rate > 900 {
		t.Errorf("%d packets a second", rate)
	}
}

// TestBoundedMemory: what waits for its time stays small, and so does the heap.
func TestBoundedMemory(t *testing.T) {
	var peak, base uint64
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base = m.HeapAlloc
	n := 0
	r, err := Write(Options{Scenario: "bottling-campaign", Length: 36 * time.Hour, Seed: 4, Pace: Slow}, watch(func(int64, int, []byte) error {
		if n++; n%100_000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if r.Held > 2000 {
		t.Errorf("%d frames waited at once", r.Held)
	}
	if peak == 0 || peak > base+64<<20 {
		t.Errorf("the heap grew from %d to %d bytes", base, peak)
	}
}

// TestRefusals: what cannot be lived through is refused in words, and the sink's error comes
// back.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{Scenario: "brewery", Length: time.Hour}, `no scenario "brewery"`},
		{Options{Scenario: "bottling", Length: time.Minute}, "too short"},
		{Options{Scenario: "bottling", Length: 10_000 * time.Hour}, "too long"},
		{Options{Scenario: "bottling", Length: time.Hour, Pace: 7}, "no pace"},
	} {
		if _, err := Write(c.opt, &keep{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.opt, err, c.want)
		}
	}
	full := errors.New("disk full")
	_, err := Write(Options{Scenario: "bottling", Length: time.Hour}, watch(func(int64, int, []byte) error { return full }))
	if !errors.Is(err, full) {
		t.Errorf("the sink's error became %v", err)
	}
	if _, err := ParsePace("fast"); err == nil {
		t.Error("pace fast was taken")
	}
	for _, days := range []float64{0, -1, 400} {
		if _, err := Days(days); err == nil {
			t.Errorf("%v days were taken", days)
		}
	}
}
