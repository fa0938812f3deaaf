package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

// Keeper keeps the packets of incidents that a recording is about to overwrite, in a folder
// for each incident: one pcapng a file of the recording, which any reader of captures opens.
// What is kept can be read again like the recording itself.
//
// Which incidents are kept is for its caller to say: those that nobody has closed. When all
// room is taken, what is least grave makes way, and of that the oldest; it is counted.
type Keeper struct {
	Folder string
	Who    Who
	Each   Limits // for one incident
	Total  int64  // bytes, for all
}

// Kept says what is kept of an incident.
type Kept struct {
	Incident string        `json:"incident"`
	Severity davy.Severity `json:"severity"`
	Last     int64         `json:"last"` // stamp of the newest packet
	Packets  int           `json:"packets"`
	Bytes    int64         `json:"bytes"` // of the files
	LeftOut  uint64        `json:"left_out,omitempty"`
	Files    []uint32      `json:"files"` // of the recording, that they were taken from
}

// KeptAll is what is kept of all incidents.
type KeptAll struct {
	Incidents []Kept
	Bytes     int64
}

const keptName = "kept.json"

// Keep takes an incident's packets out of one file of a recording, before that is dropped.
// Doing so again changes nothing.
func (k *Keeper) Keep(file uint32, c *Case, frames Frames) error {
	folder, err := k.folder(c.ID)
	if err != nil {
		return err
	}
	state, err := k.Kept(c.ID)
	if err != nil {
		return err
	}
	if slices.Contains(state.Files, file) {
		return nil
	}
	room := Limits{Packets: k.Each.Packets - state.Packets, Bytes: k.Each.Bytes - int(state.Bytes)}
	only := inFile{file, frames}
	s, err := Select(c.Findings, k.Who, only, Limits{max(0, room.Packets), max(0, room.Bytes)})
	if err != nil || s.Len() == 0 {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, n := range s.Counts {
		state.LeftOut += n.LeftOut
	}
	path := filepath.Join(folder, fmt.Sprintf("%08d.pcapng", file))
	if err := placing(path, 0o600, func(f *os.File) error { return s.Packets(f) }); err != nil {
		return fmt.Errorf("cannot keep packets of %s: %w", c.ID, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	state.Incident, state.Severity = c.ID, c.Severity
	state.Files = append(state.Files, file) // a file that is not named is kept anew, and whole
	state.Packets += s.Len()
	state.Bytes += info.Size()
	for i := range s.packets {
		state.Last = max(state.Last, s.packets[i].Stamp)
	}
	b, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return place(filepath.Join(folder, keptName), 0o600, append(b, '\n'))
}

// Bound makes room when what is kept has grown beyond the total, and says how much was
// dropped. The least grave goes first, then the oldest.
func (k *Keeper) Bound() (dropped []Kept, err error) {
	all, err := k.All()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all.Incidents, func(a, b Kept) int {
		if a.Severity != b.Severity {
			return int(a.Severity) - int(b.Severity)
		}
		return int(min(1, max(-1, a.Last-b.Last)))
	})
	for _, i := range all.Incidents {
		if all.Bytes <= k.Total {
			break
		}
		if err := k.Forget(i.Incident); err != nil {
			return dropped, err
		}
		all.Bytes -= i.Bytes
		dropped = append(dropped, i)
	}
	return dropped, nil
}

// All says what is kept.
func (k *Keeper) All() (all KeptAll, err error) {
	list, err := os.ReadDir(k.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	for _, d := range list {
		if !d.IsDir() {
			continue
		}
		s, err := k.Kept(d.Name())
		if err != nil {
			return all, err
		}
		if s.Incident != "" {
			all.Incidents = append(all.Incidents, s)
			all.Bytes += s.Bytes
		}
	}
	return all, err
}

// Forget drops what is kept of an incident.
func (k *Keeper) Forget(incident string) error {
	folder, err := k.folder(incident)
	if err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

// Frames are the packets that are kept of an incident, as a recording.
func (k *Keeper) Frames(incident string) Frames { return keptFrames{k, incident} }

// folder is an incident's; its name comes from outside where a browser asks.
func (k *Keeper) folder(incident string) (string, error) {
	if incident == "" || incident != plain(incident) || strings.Trim(incident, ".") == "" {
		return "", fmt.Errorf("%q is no incident's name", incident)
	}
	return filepath.Join(k.Folder, incident), nil
}

// Kept says what is kept of an incident; the zero Kept: nothing.
func (k *Keeper) Kept(incident string) (s Kept, err error) {
	folder, err := k.folder(incident)
	if err != nil {
		return s, err
	}
	b, err := os.ReadFile(filepath.Join(folder, keptName))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return s, fmt.Errorf("what is kept of %s cannot be read: %w", incident, err)
	}
	return s, nil
}

type keptFrames struct {
	keeper   *Keeper
	incident string
}

// Each hands on everything: it was picked already.
func (k keptFrames) Each(_ []Span, f func(*Frame) error) error {
	folder, err := k.keeper.folder(k.incident)
	if err != nil {
		return err
	}
	list, err := filepath.Glob(filepath.Join(folder, "*.pcapng")) // sorted: their numbers have eight digits
	if err != nil {
		return err
	}
	for _, path := range list {
		if err := readKept(path, f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func readKept(path string, f func(*Frame) error) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return readPackets(in, func(p *Frame, words []string) error {
		if len(words) == 0 || !placed(words[len(words)-1], p) {
			return errors.New("a packet does not say where it was recorded")
		}
		return f(p)
	})
}

const placeWords = "recorded in file %d as frame %d"

// placed reads back where a packet was recorded.
func placed(words string, p *Frame) bool {
	rest, ok := strings.CutPrefix(words, "recorded in file ")
	file, frame, ok2 := strings.Cut(rest, " as frame ")
	a, err := strconv.ParseUint(file, 10, 32)
	b, err2 := strconv.ParseUint(frame, 10, 32)
	p.File, p.Frame = uint32(a), uint32(b)
	return ok && ok2 && err == nil && err2 == nil
}

// inFile is one file of a recording.
type inFile struct {
	file   uint32
	frames Frames
}

func (o inFile) Each(_ []Span, f func(*Frame) error) error {
	only := []Span{{File: o.file, From: 1, To: 0}}
	return o.frames.Each(only, func(p *Frame) error {
		if p.File != o.file {
			return nil
		}
		return f(p)
	})
}

// Both is two recordings as one, of which the first holds what is older: what was kept, then
// what is still in the ring. A frame that is in both comes once.
type Both struct{ Older, Newer Frames }

// Each hands on the frames of both.
func (b Both) Each(want []Span, f func(*Frame) error) error {
	type at struct{ file, frame uint32 }
	had := map[at]bool{}
	if err := b.Older.Each(want, func(p *Frame) error {
		had[at{p.File, p.Frame}] = true
		return f(p)
	}); err != nil {
		return err
	}
	return b.Newer.Each(want, func(p *Frame) error {
		if had[at{p.File, p.Frame}] {
			return nil
		}
		return f(p)
	})
}
