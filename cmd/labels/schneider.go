package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/davylamp/davy/app"
)

// action is what a file's name says is done in it, as verbs that say so.
func action(path string) (name string, verbs []string) {
	base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".pcapng"), ".pcap")
	switch dir := filepath.Base(filepath.Dir(path)); {
	case strings.HasPrefix(base, "normal"):
		return "benign", nil
	case strings.HasPrefix(base, "download"), base == "a1":
		return "download", []string{"download"}
	case strings.HasPrefix(base, "upload"):
		return "upload", []string{"upload"}
	case dir == "change_mode", base == "run2stop", base == "stop2run":
		if base == "run2stop" {
			return "stop", []string{"stop"}
		}
		if base == "stop2run" {
			return "start", []string{"start"}
		}
		return "change of mode", []string{"start", "stop"}
	}
	return "write", []string{"write"}
}

// schneider measures the M221 and M340 captures of the ICS-Traffic set by their names.
func (t *table) schneider() {
	for _, family := range []string{"M221_flow", "M340_flow"} {
		var all, benign []string
		dir := filepath.Join(t.corpus, "captures", "Lemorn1__ICS-Traffic", "databases", family)
		check(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all = append(all, path)
				if name, _ := action(path); name == "benign" {
					benign = append(benign, path)
				}
			}
			return err
		}))
		for _, f := range all {
			others := slices.DeleteFunc(slices.Clone(benign), func(b string) bool { return b == f })
			baseline := filepath.Join(t.tmp, "benign.davy")
			_, err := app.Analyze(app.Options{Paths: others, Site: t.site, Learn: app.Learn{Share: 1}, SaveBaseline: baseline, Messages: app.NoMessages, Workers: 1})
			check(err)
			t.judgeAction(f, baseline)
		}
	}
}

func (t *table) judgeAction(path, baseline string) {
	name, verbs := action(path)
	first := 1 << 60 // frame of the action: the first request with its verb
	found := t.analyse(app.Options{Paths: []string{path}, Site: t.site, Baseline: baseline}, func(m map[string]any) {
		verb, _ := m["verb"].(string)
		if frame := int(m["frame"].(float64)); m["protocol"] == "umas" && slices.Contains(verbs, verb) && m["reply"] == nil {
			first = min(first, frame)
		}
	})
	r := row{file: t.short(path), action: name, expected: "nothing above low", ok: true}
	if name != "benign" {
		r.expected, r.ok = "above low, verb "+strings.Join(verbs, " or "), false
	}
	var extra []string
	for _, f := range found {
		if !f.loud() {
			continue
		}
		switch {
		case name == "benign", f.Frames[0] < first:
			r.ok = false
			extra = append(extra, fmt.Sprintf("%s %s at %d: %s", f.Detector, f.Severity, f.Frames[0], f.Seen))
		case slices.Contains(verbs, f.Verb) && r.foundBy == "":
			r.ok, r.foundBy, r.frame = len(extra) == 0, f.Detector+" "+f.Verb, fmt.Sprint(f.Frames[0])
		}
	}
	r.extra = strings.Join(extra, "; ")
	t.add(r)
}
