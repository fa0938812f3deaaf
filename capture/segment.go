package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// retryAfter is how long a ring waits after nothing could be written.
const retryAfter = time.Second

// beginSegment opens the next segment, for a batch of a size, and makes room for it first.
func (g *Ring) beginSegment(size int64) error {
	if time.Now().Before(g.retry) {
		return g.why
	}
	for g.shrink(max(size, g.config.SegmentBytes)) {
	}
	file := g.current.File + 1
	path := filepath.Join(g.config.Dir, segmentName(file))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	g.file, g.frame = f, 0
	clear(g.ids)
	clear(g.named)
	for _, c := range g.counts {
		c.begun, c.told = c.now, c.now
	}
	g.mu.Lock()
	g.current = Segment{File: file, Path: path}
	g.mu.Unlock()
	if g.out, err = NewWriter(segmentFile{g}); err != nil {
		return err
	}
	return g.out.mark(markSegment, 0, uint64(file))
}

// segmentFile is the open segment's file. Where the disk is full the oldest segments give way.
type segmentFile struct{ g *Ring }

func (s segmentFile) Write(p []byte) (n int, err error) {
	for {
		var m int
		m, err = s.g.file.Write(p[n:])
		if n += m; err == nil || !full(err) {
			return n, err
		}
		s.g.tell("the ring: the disk is full: older packets give way")
		if !s.g.drop() {
			return n, err
		}
	}
}

// endSegment closes the segment that is written.
func (g *Ring) endSegment() error {
	for _, c := range g.counts {
		if err := g.count(c); err != nil {
			return g.fail(err, 0)
		}
	}
	c := g.current
	from, to, packets := c.closed()
	if err := g.out.mark(markClosed, 0, from, to, packets); err != nil {
		return g.fail(err, 0)
	}
	if err := g.out.Flush(); err != nil {
		return g.fail(err, 0)
	}
	if err := g.file.Close(); err != nil {
		return g.fail(err, 0)
	}
	g.mu.Lock()
	g.current.Bytes = g.out.written
	c = g.current
	g.segments = append(g.segments, c)
	g.current = Segment{File: c.File}
	g.mu.Unlock()
	g.file, g.out = nil, nil
	if !g.config.Plain {
		select {
		case g.packs <- c:
		default: // the packing is behind: this one stays as it is
		}
	}
	return nil
}

// fail gives the open segment up after an error: it is cut to what is whole in it. fresh is
// how many packets of the batch in hand the segment does not count yet.
func (g *Ring) fail(err error, fresh uint64) error {
	lost := g.current.Packets + fresh
	kept := g.current
	if g.file != nil {
		g.file.Close()
		kept.Packets = 0
		if s, e := mend(kept); e == nil && s.Packets > 0 {
			kept = s
			lost -= min(lost, s.Packets)
		} else {
			os.Remove(kept.Path)
		}
	} else {
		lost, kept.Packets = fresh, 0
	}
	if g.file, g.out = nil, nil; err != g.why {
		g.retry, g.why = time.Now().Add(retryAfter), err
	}
	text := fmt.Sprintf("the ring cannot be written (%s): packets are not kept", reasonOnly(err))
	g.mu.Lock()
	if kept.Packets > 0 {
		g.segments = append(g.segments, kept)
	}
	g.current = Segment{File: g.current.File}
	g.stats.Lost += lost
	g.stats.Failing = text
	g.mu.Unlock()
	g.tell(text)
	return errors.New(text)
}

func reasonOnly(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// tell says a thing once, until another is to be said or writing works again.
func (g *Ring) tell(text string) {
	if text != g.told {
		g.told = text
		g.config.Tell(text)
	}
}

// works ends the trouble there was.
func (g *Ring) works() {
	if g.told == "" {
		return
	}
	if g.why != nil {
		g.config.Tell("the ring is written again")
	}
	g.told, g.why = "", nil
	g.mu.Lock()
	g.stats.Failing = ""
	g.mu.Unlock()
}

// shrink drops the oldest segment if there is not room for so many bytes more.
func (g *Ring) shrink(more int64) bool {
	g.mu.Lock()
	over := g.bytes()+more > g.config.MaxBytes
	g.mu.Unlock()
	return over && g.drop()
}

// drop removes the oldest closed segment; it says false where there is none.
func (g *Ring) drop() bool {
	g.mu.Lock()
	if len(g.segments) == 0 {
		g.mu.Unlock()
		return false
	}
	oldest := g.segments[0]
	g.mu.Unlock()
	if g.config.BeforeDrop != nil {
		g.config.BeforeDrop(oldest)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.segments = append(g.segments[:0], g.segments[1:]...)
	g.stats.Dropped++
	if err := os.Remove(oldest.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		g.config.Tell(fmt.Sprintf("the ring: an old segment cannot be removed: %v", err))
	}
	return true
}

// mend cuts a segment that was not closed to its last whole block, and closes it.
func mend(s Segment) (Segment, error) {
	in, err := Open([]string{s.Path}, nil)
	if err != nil {
		return s, err
	}
	defer in.Close()
	s.Packets, s.From, s.To = 0, 0, 0
	b := Batch{bare: true}
	for in.Fill(&b) != io.EOF {
		for i := range b.Records {
			s.grow(b.Records[i].Stamp, b.Records[i].Stamp, 1)
		}
	}
	for _, n := range append(in.Errors(), in.Warnings()...) {
		if (n.Kind == Truncated || n.Kind == Corrupt) && n.Offset >= 0 {
			if err := os.Truncate(s.Path, n.Offset); err != nil {
				return s, err
			}
		}
	}
	if s.Packets == 0 {
		return s, nil
	}
	f, err := os.OpenFile(s.Path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return s, err
	}
	defer f.Close()
	from, to, packets := s.closed()
	end := seal(appendMark(beginBlock(nil, blockCustom), markClosed, 0, from, to, packets))
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	s.Bytes = info.Size()
	// Where there is no room for it the segment is looked through again next time.
	if _, err := f.Write(end); err != nil {
		return s, os.Truncate(s.Path, s.Bytes)
	}
	s.Bytes += closedLen
	return s, nil
}
