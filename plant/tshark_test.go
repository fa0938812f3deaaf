package plant

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTsharkReadsEveryFrame: an independent reader finds nothing malformed, no error and
// nothing it cannot name in a run with everything in it; but for the tunnel on port 445,
// which tshark takes for file sharing by its port.
func TestTsharkReadsEveryFrame(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	for _, opt := range []Options{
		{Scenario: "bottling", Length: 10 * time.Minute, Seed: 11},
		{Scenario: "bottling-campaign", Length: 6 * time.Hour, Seed: 12, Pace: Slow},
	} {
		r, names, err := WriteFiles(opt, filepath.Join(t.TempDir(), "plant.pcapng"))
		if err != nil {
			t.Fatal(err)
		}
		var tunnel *Label
		for _, l := range r.Labels {
			if l.Detector == "D16" {
				tunnel = l
			}
		}
		n := uint64(0)
		suspects(t, tshark, names.Capture, func(protocols, severity string) {
			n++
			const failure = "8388608"
			malformed := strings.Contains(protocols, "_ws.") || strings.Contains(severity, failure)
			unknown := strings.HasSuffix(protocols, ":data")
			if tunnel != nil && n >= tunnel.Frames[0] && n <= tunnel.Frames[1] && strings.Contains(protocols, ":nbss") {
				unknown = false
			}
			if malformed || unknown {
				t.Errorf("seed %d, frame %d: %s, severity %s", opt.Seed, n, protocols, severity)
			}
		})
		if n != r.Frames {
			t.Errorf("seed %d: tshark read %d frames of %d", opt.Seed, n, r.Frames)
		}
	}
}

// suspects runs tshark and tells of each frame its protocols and expert severities.
func suspects(t *testing.T, tshark, path string, each func(protocols, severity string)) {
	command := exec.Command(tshark, "-r", path, "-T", "fields", "-e", "frame.number", "-e", "frame.protocols", "-e", "_ws.expert.severity")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for last := 0; lines.Scan(); {
		f := strings.Split(lines.Text(), "\t")
		if number, _ := strconv.Atoi(f[0]); number != last+1 {
			t.Fatalf("after frame %d tshark tells of %q", last, f[0])
		}
		last++
		each(f[1], f[2])
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("tshark: %v", err)
	}
}
