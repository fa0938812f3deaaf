package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/davylamp/davy/app"
)

// endOfEpisode is how many unlabelled packets end an episode.
const endOfEpisode = 30

// lemay measures the captures of A. Lemay and J. M. Fernandez, "Providing SCADA network data
// sets for intrusion detection research" (CSET 2016), whose every packet is labelled.
func (t *table) lemay() {
	dir := filepath.Join(t.corpus, "captures", "antoine-lemay__Modbus_dataset")
	var files []string
	check(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".pcap") {
			files = append(files, path)
		}
		return err
	}))
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".pcap")
		labels := filepath.Join(t.corpus, "oracles", "antoine-lemay__Modbus_dataset", name+"_labeled.csv")
		total, episodes := readLabels(labels)
		o := app.Options{Paths: []string{f}}
		if len(episodes) > 0 {
			o.Learn.Share = float64(episodes[0][0]-1) / float64(total)
		} else {
			o.Learn.Share = 0.5
		}
		t.judge(f, t.analyse(o, nil), episodes)
	}
}

// readLabels reads "packet;label" lines; a file that is absent labels nothing.
func readLabels(path string) (total int, episodes [][2]int) {
	if _, err := os.Stat(path); err != nil {
		return 0, nil
	}
	lines(path, func(b []byte) {
		n, label, _ := strings.Cut(strings.TrimSpace(string(b)), ";")
		frame, err := strconv.Atoi(n)
		if err != nil {
			return
		}
		total = max(total, frame)
		if label == "0" {
			return
		}
		if k := len(episodes) - 1; k >= 0 && frame-episodes[k][1] <= endOfEpisode+1 {
			episodes[k][1] = frame
		} else {
			episodes = append(episodes, [2]int{frame, frame})
		}
	})
	return total, episodes
}

func (t *table) judge(path string, found []finding, episodes [][2]int) {
	outside := 0
	var extra []string
	for _, f := range found {
		if !f.loud() {
			continue
		}
		inside := false
		for _, e := range episodes {
			inside = inside || f.Frames[0] <= e[1] && f.Frames[1] >= e[0]
		}
		if !inside {
			outside++
			extra = append(extra, fmt.Sprintf("%s %s at %d: %s", f.Detector, f.Severity, f.Frames[0], f.Seen))
		}
	}
	for _, e := range episodes {
		r := row{file: t.short(path), action: "labelled episode", expected: fmt.Sprintf("frames %d to %d", e[0], e[1])}
		for _, f := range found {
			if f.loud() && f.Frames[0] <= e[1] && f.Frames[1] >= e[0] && t.sends(path, &f, e) {
				r.ok, r.foundBy, r.frame = true, strings.TrimSpace(r.foundBy+" "+f.Detector), fmt.Sprint(f.Frames[0])
				break
			}
		}
		t.add(r)
	}
	t.add(row{file: t.short(path), action: "nothing else", expected: "at most one above low", foundBy: fmt.Sprint(outside), extra: strings.Join(extra, "; "), ok: outside <= 1})
}
