package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/wire"
)

// A saved file is a first line that names its form and version, and sections packed with
// zstd. A state holds all of them; a baseline only what was learned.
const (
	magic        = "davy saved 1\n"
	maxUnpacked  = 4 << 30
	engineState  = "engine"
	learnedShard = "learned"
)

type sections map[string][]byte

// load reads a saved file; nil when there is none yet.
func load(path string) (sections, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	packed, ok := bytes.CutPrefix(text, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("%s was not saved by this version of davy: it does not begin with %q", path, magic)
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxUnpacked), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	r := wire.NewReader(plain)
	s := sections{}
	for n := r.Count(2); n > 0; n-- {
		name := r.String()
		s[name] = r.Blob()
	}
	if r.Short() || r.Len() > 0 {
		return nil, fmt.Errorf("%s is damaged: cut short", path)
	}
	return s, nil
}

// store writes a saved file in one step: there is the old one or the new one, never half.
func (s sections) store(path string) error {
	w := wire.Writer{}
	names := slices.Sorted(maps.Keys(s))
	w.Count(len(names))
	for _, n := range names {
		w.String(n)
		w.Blob(s[n])
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	text := z.EncodeAll(w.B, []byte(magic))
	f, err := os.CreateTemp(filepath.Dir(path), ".davy-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// begin loads what the run starts from: the state of the run it continues, or what another
// run learned.
func (e *engine) begin() error {
	if e.options.State != "" {
		s, err := load(e.options.State)
		if err != nil {
			return fmt.Errorf("--state: %w", err)
		}
		if s != nil {
			if s[engineState] == nil {
				return fmt.Errorf("--state: %s is a baseline; give it to --baseline", e.options.State)
			}
			return e.restore(s)
		}
	}
	if e.options.Baseline == "" {
		return nil
	}
	s, err := load(e.options.Baseline)
	if err == nil && s == nil {
		err = errors.New("there is no such file")
	}
	if err != nil {
		return fmt.Errorf("--baseline %s: %w", e.options.Baseline, err)
	}
	e.options.Learn = Learn{}
	return e.relearn(s)
}

// finish saves what later runs start from.
func (e *engine) finish() error {
	if path := e.options.SaveBaseline; path != "" {
		if err := e.learnedSections().store(path); err != nil {
			return fmt.Errorf("--save-baseline: %w", err)
		}
	}
	if path := e.options.State; path != "" {
		if err := e.allSections().store(path); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
	}
	return nil
}

// learnedSections are what is usual: who is there, who talks to whom, and what they say.
func (e *engine) learnedSections() sections {
	s := sections{"assets": e.assets.AppendState(nil, false)}
	for i, sh := range e.shards {
		s[shardName("links", i)] = sh.links.AppendState(nil, false)
		s[shardName(learnedShard, i)] = sh.learned.AppendState(nil, false)
	}
	return s
}

func shardName(what string, i int) string { return fmt.Sprintf("%s %02d", what, i) }

func (e *engine) relearn(s sections) error {
	err := e.assets.LoadState(s["assets"], e.known)
	for i, sh := range e.shards {
		err = errors.Join(err, sh.links.LoadState(s[shardName("links", i)]), sh.learned.LoadState(s[shardName(learnedShard, i)], e.known))
	}
	return err
}

// allSections are everything that the next packet could depend on.
func (e *engine) allSections() sections {
	w := wire.Writer{}
	w.U8(1)
	for _, v := range []uint64{e.number, e.learnCount, uint64(e.files) + uint64(e.filesRead())} {
		w.Uvarint(v)
	}
	for _, v := range []int64{e.learnUntil, e.now, e.hour} {
		w.Varint(v)
	}
	w.Bool(e.started)
	w.Count(len(e.source.Interfaces()))
	for _, name := range e.source.Interfaces() {
		w.String(name)
	}
	s := sections{engineState: w.B, "assets": e.assets.AppendState(nil, true), "board": e.board.AppendState(nil), "book": e.book.AppendState(nil),
		"clock": e.clock.AppendState(nil), "fragments": e.decoder.Fragments.AppendState(nil), "copies": e.dedup.AppendState(nil)}
	for i, sh := range e.shards {
		s[shardName("links", i)] = sh.links.AppendState(nil, true)
		s[shardName(learnedShard, i)] = sh.learned.AppendState(nil, true)
		s[shardName("sums", i)] = sh.sums.AppendState(nil)
		s[shardName("table", i)] = sh.table.AppendState(nil, sh.appendTalk)
		s[shardName("shard", i)] = sh.appendState(nil)
		s[shardName("judge", i)] = sh.judge.AppendState(nil)
	}
	return s
}

// filesRead is how many files this run has numbered.
func (e *engine) filesRead() int {
	if e.input == nil {
		return 0 // the ring's segments keep their own numbers
	}
	return e.input.Files()
}

func (e *engine) restore(s sections) error {
	r := wire.NewReader(s[engineState])
	if r.U8() != 1 {
		return errors.New("--state: saved by another version of davy")
	}
	e.number, e.learnCount, e.files = r.Uvarint(), r.Uvarint(), uint32(r.Uvarint())
	e.learnUntil, e.now, e.hour = r.Varint(), r.Varint(), r.Varint()
	e.started = r.Bool()
	for n := r.Count(1); n > 0; n-- {
		e.interfaces = append(e.interfaces, r.String())
	}
	if r.Short() {
		return errors.New("--state: damaged")
	}
	err := errors.Join(e.assets.LoadState(s["assets"], e.known), e.board.LoadState(s["board"]), e.book.LoadState(s["book"]),
		e.clock.LoadState(s["clock"]), e.decoder.Fragments.LoadState(s["fragments"]), e.dedup.LoadState(s["copies"]))
	for i, sh := range e.shards {
		err = errors.Join(err, sh.links.LoadState(s[shardName("links", i)]), sh.learned.LoadState(s[shardName(learnedShard, i)], e.known),
			sh.judge.LoadState(s[shardName("judge", i)]), sh.sums.LoadState(s[shardName("sums", i)]), sh.loadState(s[shardName("shard", i)]))
		if err != nil {
			return fmt.Errorf("--state: %w", err)
		}
		byHash := map[uint64]*inventory.Link{}
		for _, l := range sh.links.All() {
			byHash[l.Hash] = l
		}
		load := func(r *wire.Reader, c *packet.Conversation) error { return sh.loadTalk(r, c, byHash) }
		if err := sh.table.LoadState(s[shardName("table", i)], load); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
		sh.base = sh.table.Stats()
		e.covered.TCP, e.covered.OneWay = e.covered.TCP+sh.base.Streams, e.covered.OneWay+sh.base.OneWay
	}
	return nil
}

// appendTalk saves what a shard keeps with a conversation.
func (s *shard) appendTalk(w *wire.Writer, c *packet.Conversation) {
	t := c.User.(*talk)
	s.set.AppendSession(w, t.session)
	for _, l := range t.links {
		if l == nil || l.Gone() {
			w.U64(0)
		} else {
			w.U64(l.Hash)
		}
	}
	for _, b := range []bool{t.named, t.linked, t.asked} {
		w.Bool(b)
	}
	w.U8(t.payloads)
	for d := range 2 {
		w.Uvarint(t.packets[d])
		w.Uvarint(t.bytes[d])
	}
}

func (s *shard) loadTalk(r *wire.Reader, c *packet.Conversation, links map[uint64]*inventory.Link) (err error) {
	t := new(talk)
	if t.session, err = s.set.LoadSession(r); err != nil {
		return err
	}
	t.links = [2]*inventory.Link{links[r.U64()], links[r.U64()]}
	t.named, t.linked, t.asked = r.Bool(), r.Bool(), r.Bool()
	t.payloads = r.U8()
	for d := range 2 {
		t.packets[d], t.bytes[d] = r.Uvarint(), r.Uvarint()
	}
	c.User = t
	return nil
}

// appendState saves a shard's filters and the announcements it waits for.
func (s *shard) appendState(dst []byte) []byte {
	w := wire.Writer{B: append(dst, 1)}
	s.seen.append(&w)
	s.told.append(&w)
	w.Count(len(s.expected))
	for i := range s.expected {
		appendExpectation(&w, &s.expected[i])
	}
	w.Uvarint(s.lost)
	return w.B
}

func (s *shard) loadState(b []byte) error {
	r := wire.NewReader(b)
	if r.U8() != 1 {
		return errors.New("saved by another version of davy")
	}
	s.seen.load(&r)
	s.told.load(&r)
	for n := r.Count(10); n > 0; n-- {
		s.expected = append(s.expected, loadExpectation(&r))
	}
	s.lost = r.Uvarint()
	if r.Short() || r.Len() > 0 {
		return errors.New("damaged")
	}
	return nil
}
