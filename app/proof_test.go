package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/detect"
	"github.com/davylamp/davy/evidence"
	"github.com/davylamp/davy/plant"
)

// played is the simulated plant's campaign as a ring would hold it, in three files, with
// what Davy says of it.
type played struct {
	sum   *Summary
	files []recorded
}

func playCampaign(t *testing.T) *played {
	t.Helper()
	dir := t.TempDir()
	if _, _, err := plant.WriteFiles(plant.Options{Scenario: "bottling-campaign", Length: 72 * time.Minute, Seed: 1, Pace: plant.Slow}, filepath.Join(dir, "plant.pcapng")); err != nil {
		t.Fatal(err)
	}
	ring := filepath.Join(dir, "ring")
	if err := os.Mkdir(ring, 0o755); err != nil {
		t.Fatal(err)
	}
	c := &played{files: split(t, filepath.Join(dir, "plant.pcapng"), ring, 12_000)}
	var err error
	if c.sum, err = Analyze(Options{Paths: []string{ring}, Learn: Learn{Span: 24 * time.Minute}, Dedup: 50 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	return c
}

// split writes a capture as files of so many packets, numbered like a ring's.
func split(t *testing.T, path, to string, packets int) (files []recorded) {
	t.Helper()
	in, err := capture.Open([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out *os.File
	var w *capture.Writer
	n := 0
	if err := framesOf(in, new(capture.Batch), 0, func(f *evidence.Frame) error {
		if n%packets == 0 {
			number := uint32(len(files) + 1)
			files = append(files, recorded{File: number, Path: filepath.Join(to, fmt.Sprintf("%08d.pcapng", number)), From: f.Stamp, To: f.Stamp})
			if w != nil {
				w.Flush()
				out.Close()
			}
			if out, err = os.Create(files[number-1].Path); err != nil {
				return err
			}
			if w, err = capture.NewWriter(out); err != nil {
				return err
			}
			w.AddInterface(f.Interface, f.Link)
		}
		n++
		last := &files[len(files)-1]
		last.From, last.To = min(last.From, f.Stamp), max(last.To, f.Stamp)
		return w.Write(0, f.Stamp, f.Data, f.Wire)
	}); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	out.Close()
	return files
}

// story is the gravest incident with its findings.
func (c *played) story(t *testing.T) (davy.IncidentRow, []davy.FindingRow) {
	t.Helper()
	best := slices.MaxFunc(c.sum.IncidentRows, func(a, b davy.Incident) int { return int(a.Severity) - int(b.Severity) })
	var findings []davy.FindingRow
	for _, f := range c.sum.FindingRows {
		if slices.Contains(best.Findings, f.ID) {
			findings = append(findings, f.Row(c.sum.File(f.Origin.File)))
		}
	}
	if len(findings) < 3 {
		t.Fatalf("the campaign's incident has %d findings: nothing is proven", len(findings))
	}
	return best.Row(), findings
}

func prove(t *testing.T, c *played) *proofs {
	t.Helper()
	rules, err := detect.Rules()
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := evidence.OpenKey(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	all := evidence.Limits{Packets: 1 << 20, Bytes: 1 << 30} // nothing is left out, so that nothing may differ
	keeper := &evidence.Keeper{Folder: filepath.Join(t.TempDir(), "evidence"), Who: whoTalks(), Each: all, Total: 1 << 30}
	return &proofs{limits: all, recording: recording{func() []recorded { return c.files }}, keeper: keeper, key: key, rules: rules, sensor: "test"}
}

// TestWiresharkShowsDavysWords: in an incident's packets each finding's words stand at its
// first frame, which is the frame that the ring holds.
func TestWiresharkShowsDavysWords(t *testing.T) {
	c := playCampaign(t)
	p := prove(t, c)
	incident, findings := c.story(t)
	path := filepath.Join(t.TempDir(), "packets.pcapng")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Packets(out, &incident, findings); err != nil {
		t.Fatal(err)
	}
	out.Close()
	text, err := exec.Command("tshark", "-r", path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment").Output()
	if err != nil {
		t.Fatalf("tshark, which make test sets up: %v", err)
	}
	shown := map[string]string{} // finding to the time of the frame where it is told
	begins := regexp.MustCompile(`(?m)^(\d{10}\.\d{9})\t`)
	heads := begins.FindAllSubmatchIndex(text, -1)
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		for _, f := range findings {
			if bytes.Contains(text[h[1]:end], []byte("Davy "+f.ID+" ("+f.Detector+", "+f.Severity+"): "+f.Title)) {
				shown[f.ID] = string(text[h[2]:h[3]])
			}
		}
	}
	packets := len(heads)
	for _, f := range findings {
		if at := nanos(f.Time); shown[f.ID] != fmt.Sprintf("%d.%09d", at/1e9, at%1e9) {
			t.Errorf("%s of %s is told at the frame of %q", f.ID, f.Time, shown[f.ID])
		}
	}
	if packets < len(findings) || uint64(packets) > c.sum.Packets/2 {
		t.Errorf("%d packets of %d", packets, c.sum.Packets)
	}
	t.Logf("%d findings, %d of %d packets", len(findings), packets, c.sum.Packets)
}

// TestBundleOfTheCampaign: the incident's bundle is whole and names rules by their text; it
// is the very same when its packets had to be kept because the ring dropped its files.
func TestBundleOfTheCampaign(t *testing.T) {
	c := playCampaign(t)
	p := prove(t, c)
	incident, findings := c.story(t)
	learned := [][]byte{[]byte(`{"client":"10.1.0.1"}`)}
	made := time.Unix(1_800_000_000, 0)
	write := func() []byte {
		var b bytes.Buffer
		if err := p.Bundle(&b, &incident, findings, learned, made); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := write()
	got, err := evidence.Verify(bytes.NewReader(whole), int64(len(whole)), p.key.Fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	if got.Incident != incident.ID || got.Packets == 0 || len(got.Findings) != len(findings) {
		t.Errorf("%+v", got)
	}
	for _, f := range findings {
		for _, r := range p.rules.Of(f.Detector) {
			if want := fmt.Sprintf("%s@%x", r.ID, sha256.Sum256(r.Text))[:len(r.ID)+13]; !slices.Contains(got.Rules, want) {
				t.Errorf("rule %s is not in %v", want, got.Rules)
			}
		}
		if !slices.ContainsFunc(got.Rules, func(s string) bool { return strings.HasPrefix(s, f.Detector+"@") }) {
			t.Errorf("what judged %s by %s is not in %v", f.ID, f.Detector, got.Rules)
		}
	}
	for len(c.files) > 0 {
		oldest := c.files[0]
		if dropped, err := p.Keep(oldest.File, []davy.IncidentRow{incident}, func(string) []davy.FindingRow { return findings }); err != nil || len(dropped) > 0 {
			t.Fatal(dropped, err)
		}
		if err := os.Remove(oldest.Path); err != nil {
			t.Fatal(err)
		}
		c.files = c.files[1:]
		if now := write(); !bytes.Equal(now, whole) {
			t.Errorf("after file %d was dropped the bundle is another: %d bytes, %d before", oldest.File, len(now), len(whole))
		}
	}
	if err := p.keeper.Forget(incident.ID); err != nil {
		t.Fatal(err)
	}
	if err := p.Packets(io.Discard, &incident, findings); err == nil || !strings.Contains(err.Error(), "not recorded any more") {
		t.Errorf("packets that are gone: %v", err)
	}
}

// TestMessagesOfTheCampaign: decoded anew, the incident's packets hold the message of each
// finding, at the place that the finding names.
func TestMessagesOfTheCampaign(t *testing.T) {
	c := playCampaign(t)
	p := prove(t, c)
	incident, findings := c.story(t)
	name := func(file uint32) string { return fmt.Sprintf("%08d.pcapng", file) }
	rows, more, missing, err := p.Messages(context.Background(), &incident, findings, 1_000_000, name)
	if err != nil || more || missing != "" {
		t.Fatal(more, missing, err)
	}
	type place struct {
		File  string `json:"file"`
		Frame uint32 `json:"frame"`
		Verb  string `json:"verb"`
	}
	had := map[place]bool{}
	for _, r := range rows {
		var m place
		if err := json.Unmarshal(r, &m); err != nil {
			t.Fatal(err)
		}
		had[m] = true
	}
	judged := 0
	for _, f := range findings {
		if f.Verb == "" {
			continue // it judges no message
		}
		judged++
		if !had[place{filepath.Base(f.File), f.Frames[0], f.Verb}] {
			t.Errorf("%s: no message with %s at %s frame %d", f.ID, f.Verb, f.File, f.Frames[0])
		}
	}
	if judged == 0 {
		t.Error("no finding judges a message: nothing is proven")
	}
	few, more, _, err := p.Messages(context.Background(), &incident, findings, 3, name)
	if err != nil || len(few) != 3 || !more {
		t.Errorf("%d messages where 3 were asked for, more %v, %v", len(few), more, err)
	}
}

// TestLearnedAbout: what was learned of a link and what was seen since are told apart.
func TestLearnedAbout(t *testing.T) {
	c := playCampaign(t)
	_, findings := c.story(t)
	dir := filepath.Dir(c.files[0].Path)
	o := Options{Paths: []string{dir}, Learn: Learn{Span: 24 * time.Minute}, Dedup: 50 * time.Millisecond}
	e, err := newEngine(&o)
	if err != nil {
		t.Fatal(err)
	}
	if e.input, err = capture.Open(o.Paths, nil); err != nil {
		t.Fatal(err)
	}
	e.source = e.input
	if e.out, err = newOutput(""); err != nil {
		t.Fatal(err)
	}
	e.meter.start()
	if err := e.run(); err != nil {
		t.Fatal(err)
	}
	var learned, since int
	for _, f := range findings {
		for _, row := range e.learnedAbout(evidence.Stations(f.Entities)) {
			var r learnedRow
			if err := json.Unmarshal(row, &r); err != nil {
				t.Fatal(err)
			}
			learned += len(r.Learned)
			since += len(r.Since)
			if r.New && len(r.Learned) > 0 {
				t.Errorf("a link that is new has learned operations: %s", row)
			}
		}
	}
	if learned == 0 || since == 0 {
		t.Errorf("%d learned operations and %d since: one kind is missing", learned, since)
	}
}
