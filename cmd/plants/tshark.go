package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/davylamp/davy/plant"
)

// reading is what tshark says of a capture's frames.
type reading struct {
	frames, malformed, unknown int
	first                      string // the first frame it dislikes
}

// malformation is tshark's group of experts' words for malformed packets (PI_MALFORMED).
const malformation = "117440512"

// failure is tshark's expert severity for what cannot be (PI_ERROR).
const failure = "8388608"

// tunnels are the frames of attacks whose protocol hides behind another's port: tshark takes
// them for what the port says, and its word does not count there.
func tunnels(labels []*plant.Label) (list [][2]uint64) {
	for _, l := range labels {
		if l.Detector == "D16" {
			list = append(list, l.Frames)
		}
	}
	return list
}

// readByTshark has tshark read the first frames of a capture, all of them when limit is 0.
// Malformed is what its dissectors or experts call so; unknown what ends in plain data.
func readByTshark(path string, limit int, hidden [][2]uint64) (*reading, error) {
	args := []string{"-n", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "frame.protocols", "-e", "_ws.expert.severity", "-e", "_ws.expert.group"}
	if limit > 0 {
		args = append(args, "-c", strconv.Itoa(limit))
	}
	command := exec.Command("tshark", args...)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	r := &reading{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Split(lines.Text(), "\t")
		if len(f) < 4 {
			continue
		}
		n, _ := strconv.ParseUint(f[0], 10, 64)
		r.frames++
		malformed := strings.Contains(f[1], "_ws.") || strings.Contains(f[2], failure) || strings.Contains(f[3], malformation)
		unknown := strings.HasSuffix(f[1], ":data")
		for _, h := range hidden {
			if n >= h[0] && n <= h[1] && strings.Contains(f[1], ":nbss") {
				unknown = false
			}
		}
		if malformed {
			r.malformed++
		}
		if unknown {
			r.unknown++
		}
		if (malformed || unknown) && r.first == "" {
			r.first = fmt.Sprintf("frame %d: %s", n, f[1])
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return r, command.Wait()
}

// realHour has tshark read an hour with the machines' own cycles, the campaign in it.
func realHour(dir string, seed uint64) (*reading, error) {
	made, names, err := plant.WriteFiles(plant.Options{Scenario: "bottling-campaign", Length: time.Hour, Seed: seed, Pace: plant.Real}, filepath.Join(dir, "hour.pcapng"))
	if err != nil {
		return nil, err
	}
	return readByTshark(names.Capture, 0, tunnels(made.Labels))
}
