package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/detect"
)

// TestPageIsCurrent: docs/detectors.md is what the detectors say now.
func TestPageIsCurrent(t *testing.T) {
	want, err := page()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("../../docs/detectors.md"); err != nil || string(got) != want {
		t.Errorf("docs/detectors.md is not what the detectors say (%v): run make generate", err)
	}
}

// promised are the detectors that the first release has.
var promised = strings.Fields("D01 D03 D04 D07 D08 D11 D13 D16 D20 D21 D22 D24 D25 D26 D28 D29 D33 D34 D36 D38 D46")

func detectors(t *testing.T) []detect.Detector {
	t.Helper()
	rules, err := detect.Rules()
	if err != nil {
		t.Fatal(err)
	}
	return detect.Detectors(rules)
}

func TestPromisedDetectors(t *testing.T) {
	list := detectors(t)
	for _, p := range promised {
		if !slices.ContainsFunc(list, func(d detect.Detector) bool { return d.Number == p }) {
			t.Errorf("there is no %s", p)
		}
	}
	for _, d := range list {
		for _, w := range d.Where {
			if _, err := os.Stat("../../detect/" + w); err != nil {
				t.Errorf("%s: %v", d.Number, err)
			}
		}
		for _, a := range d.Attack {
			if davy.Technique(a) == "" {
				t.Errorf("%s: nobody says what the technique %s is called", d.Number, a)
			}
		}
		if d.Least > d.Usual || d.Usual > d.Most {
			t.Errorf("%s: %s is not between %s and %s", d.Number, d.Usual, d.Least, d.Most)
		}
	}
}

// TestTechniquesExist: MITRE knows each technique that a detector names, by this name, and
// has not withdrawn it.
func TestTechniquesExist(t *testing.T) {
	corpus := os.Getenv("DAVY_CORPUS")
	if corpus == "" {
		corpus = "../../../shared/data"
	}
	text, err := os.ReadFile(filepath.Join(corpus, "knowledge/attack-ics/ics-attack.json"))
	if err != nil {
		t.Skip("corpus: no ATT&CK for ICS beside the repository")
	}
	var all struct {
		Objects []struct {
			Type, Name string
			Revoked    bool
			Deprecated bool `json:"x_mitre_deprecated"`
			References []struct {
				ID string `json:"external_id"`
			} `json:"external_references"`
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, o := range all.Objects {
		if o.Type == "attack-pattern" && !o.Revoked && !o.Deprecated && len(o.References) > 0 {
			names[o.References[0].ID] = o.Name
		}
	}
	for _, d := range detectors(t) {
		for _, a := range d.Attack {
			if names[a] != davy.Technique(a) {
				t.Errorf("%s: %s is %q, and MITRE calls it %q", d.Number, a, davy.Technique(a), names[a])
			}
		}
	}
}
