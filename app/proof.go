package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/evidence"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/rule"
)

// From an incident to its packets: rows name the recording's files, the recording is read
// where they lie, and what was kept of files that are gone comes first.

// recorded is a file of a recording, with the earliest and latest stamp in it.
type recorded struct {
	File     uint32
	Path     string
	From, To int64
}

// recording is files as evidence reads them.
type recording struct{ files func() []recorded }

// Each reads the files that are wanted. One that is gone meanwhile has no frames.
func (r recording) Each(want []evidence.Span, f func(*evidence.Frame) error) error {
	batch := new(capture.Batch)
	for _, s := range r.files() {
		if !evidence.Wanted(want, s.File, s.From, s.To) {
			continue
		}
		in, err := capture.Open([]string{s.Path}, nil)
		if err != nil {
			return err
		}
		err = framesOf(in, batch, s.File, f)
		in.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func framesOf(in *capture.Input, batch *capture.Batch, file uint32, f func(*evidence.Frame) error) error {
	for {
		if err := in.Fill(batch); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for i := range batch.Records {
			r := &batch.Records[i]
			if err := f(&evidence.Frame{File: file, Frame: r.Frame, Stamp: r.Stamp, Interface: in.InterfaceName(r.Interface), Link: r.Link, Wire: r.Wire, Data: r.Data}); err != nil {
				return err
			}
		}
	}
}

// whoTalks names a frame's stations: the innermost two, the MACs of the frame, who sent the
// tunnel it came out of, and whom an ARP is about. Each selection has its own.
func whoTalks() evidence.Who {
	d, p := new(packet.Decoder), new(packet.Packet)
	return func(f *evidence.Frame, to []davy.Addr) []davy.Addr {
		p.Data, p.Wire, p.Link = f.Data, f.Wire, packet.LinkType(f.Link)
		d.Decode(p)
		for _, a := range []davy.Addr{p.Src, p.Dst, p.Outer} {
			if !a.IsZero() {
				to = append(to, a)
			}
		}
		for _, m := range []davy.MAC{p.SrcMAC, p.DstMAC} {
			if m != 0 && !m.Group() {
				to = append(to, davy.AddrOfMAC(m, 0))
			}
		}
		if a, b, ok := packet.ARP(p); ok {
			to = append(to, a, b)
		}
		return to
	}
}

// proofs makes evidence.
type proofs struct {
	recording recording
	keeper    *evidence.Keeper
	key       *evidence.Key
	rules     *rule.Set
	sensor    string
	limits    evidence.Limits
}

// caseOf is an incident with its findings as evidence knows them.
func (p *proofs) caseOf(i *davy.IncidentRow, findings []davy.FindingRow) *evidence.Case {
	c := &evidence.Case{ID: i.ID, Title: i.Title, Row: line(nil, i), Rules: rulesOf(p.rules, findings), Sensor: p.sensor}
	c.Severity, _ = davy.ParseSeverity(i.Severity)
	for k := range findings {
		f := &findings[k]
		e := evidence.Finding{ID: f.ID, Detector: f.Detector, Severity: f.Severity, Title: f.Title, Expected: f.Expected, Seen: f.Seen,
			File: fileNumber(f.File), Time: nanos(f.Time), Last: nanos(f.Last), Stations: evidence.Stations(f.Entities), Row: line(nil, f)}
		if len(f.Frames) > 0 {
			e.Frame = f.Frames[0]
		}
		e.Last = max(e.Last, e.Time)
		c.Findings = append(c.Findings, e)
	}
	return c
}

// fileNumber is the number in the name of a recording's file, 0 when it has none.
func fileNumber(name string) uint32 {
	base, _, _ := strings.Cut(path.Base(name), ".")
	n, _ := strconv.ParseUint(base, 10, 32)
	return uint32(n)
}

func nanos(text string) int64 {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return t.UnixNano()
}

// rulesOf are the rules that judged, each once. What is no rule is a detector written in Go:
// its version is that of the program.
func rulesOf(set *rule.Set, findings []davy.FindingRow) (list []evidence.Rule) {
	var had []string
	for i := range findings {
		f := &findings[i]
		if slices.Contains(had, f.Detector) {
			continue
		}
		had = append(had, f.Detector)
		rules := set.Of(f.Detector)
		for _, r := range rules {
			list = append(list, evidence.Rule{Detector: r.ID, Version: r.Version, Text: r.Text})
		}
		if len(rules) == 0 {
			v := programVersion()
			text := fmt.Appendf(nil, "id: %s\n# This detector has a memory and is written in Go: see the folder detect of Davy's source.\nversion: %q\n", f.Detector, v)
			list = append(list, evidence.Rule{Detector: f.Detector, Version: v, Text: text})
		}
	}
	return list
}

// programVersion is the release with the revision that it was built from, where that is known.
func programVersion() string {
	v := davy.Version
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v += "-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			v += "-changed"
		}
	}
	return v
}

// chosen are an incident's packets.
func (p *proofs) chosen(c *evidence.Case) (*evidence.Selection, error) {
	return evidence.Select(c.Findings, whoTalks(), evidence.Both{Older: p.keeper.Frames(c.ID), Newer: p.recording}, p.limits)
}

// Packets writes an incident's packets as pcapng with Davy's words at the frames.
func (p *proofs) Packets(w io.Writer, i *davy.IncidentRow, findings []davy.FindingRow) error {
	s, err := p.chosen(p.caseOf(i, findings))
	if err != nil {
		return err
	}
	if s.Len() == 0 {
		return errGone(i.ID)
	}
	return s.Packets(w)
}

// Bundle writes an incident's signed bundle; what was learned are rows of learnedAbout. There
// is one even where the packets are gone: it says so.
func (p *proofs) Bundle(w io.Writer, i *davy.IncidentRow, findings []davy.FindingRow, learned [][]byte, made time.Time) error {
	c := p.caseOf(i, findings)
	c.Learned, c.Made = learned, made.UnixNano()
	kept, err := p.keeper.Kept(c.ID)
	if err != nil {
		return err
	}
	c.LeftOut = kept.LeftOut
	s, err := p.chosen(c)
	if err != nil {
		return err
	}
	return evidence.Write(w, c, s, p.key)
}

func errGone(incident string) error {
	return &davy.Fault{Kind: davy.NotFound, Text: "the packets of " + incident + " are not recorded any more",
		Hint: "The ring overwrote them before they could be kept: give it more room, or look whether the disk was full then."}
}

// Keep keeps the packets of incidents that one file of the recording holds, before it is
// dropped, and makes room where there is too much.
func (p *proofs) Keep(file uint32, incidents []davy.IncidentRow, findings func(incident string) []davy.FindingRow) (dropped []evidence.Kept, err error) {
	var failed []error
	for i := range incidents {
		c := p.caseOf(&incidents[i], findings(incidents[i].ID))
		failed = append(failed, p.keeper.Keep(file, c, p.recording))
	}
	dropped, err = p.keeper.Bound()
	return dropped, errors.Join(append(failed, err)...)
}

// Messages decodes an incident's packets anew: rows of messages, oldest first, at most limit;
// more says that there are others, and missing in words what could not be decoded because its
// packets are gone. name tells what a file of the recording is called in rows.
func (p *proofs) Messages(ctx context.Context, i *davy.IncidentRow, findings []davy.FindingRow, limit int, name func(file uint32) string) (rows []json.RawMessage, more bool, missing string, err error) {
	s, err := p.chosen(p.caseOf(i, findings))
	if err != nil {
		return nil, false, "", err
	}
	var gone []string
	for _, c := range s.Counts {
		if c.Gone {
			gone = append(gone, c.Finding)
		}
	}
	if len(gone) > 0 {
		missing = "the first packets of " + strings.Join(gone, ", ") + " are not recorded any more"
	}
	f, err := os.CreateTemp("", "davy-incident-*.pcapng")
	if err != nil {
		return nil, false, "", err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(s.Packets(f), f.Close()); err != nil {
		return nil, false, "", err
	}
	places := make([]davy.Origin, 0, s.Len())
	s.Each(func(f *evidence.Frame, _ []string) error {
		places = append(places, davy.Origin{File: f.File, Frame: f.Frame})
		return nil
	})
	_, err = Analyze(Options{Paths: []string{f.Name()}, Messages: AllMessages, Dedup: -1, Tap: func(m *davy.Message) {
		if len(rows) == limit || ctx.Err() != nil {
			more = true
			return
		}
		k := *m
		if n := int(m.Origin.Frame); n >= 1 && n <= len(places) {
			k.Origin.Frame = places[n-1].Frame
			rows = append(rows, k.AppendBody(k.AppendHead(nil, name(places[n-1].File))))
		}
	}})
	return rows, more, missing, errors.Join(err, ctx.Err())
}

// learnedRow is what was learned about a link, and what was seen on it since that was not.
type learnedRow struct {
	davy.LinkRow
	New     bool                `json:"new,omitempty"` // the link itself was not learned
	Learned []davy.OperationRow `json:"learned,omitempty"`
	Since   []davy.OperationRow `json:"since,omitempty"`
}

// learnedAbout is what the engine has learned about the links between stations, one JSON
// value a link, as it is now. It belongs to the engine's goroutine.
func (e *engine) learnedAbout(stations []davy.Addr) (rows [][]byte) {
	named := func(a davy.Addr) bool {
		a.Scope = 0
		return slices.Contains(stations, a)
	}
	for _, s := range e.shards {
		for _, l := range s.links.All() {
			if !named(l.Key.Client) || !named(l.Key.Server) {
				continue
			}
			link := s.linkRow(l)
			r := learnedRow{LinkRow: link.Row(), New: e.learnUntil > 0 && l.First >= e.learnUntil}
			for i, o := range r.Operations {
				if link.Operations[i].News == 0 {
					r.Learned = append(r.Learned, o)
				} else {
					r.Since = append(r.Since, o)
				}
			}
			r.Operations = nil
			rows = append(rows, line(nil, r))
		}
	}
	slices.SortFunc(rows, func(a, b []byte) int { return strings.Compare(string(a), string(b)) })
	return rows
}
