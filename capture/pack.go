package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const (
	// A closed segment is packed where that saves a fifth; that is judged by its beginning.
	packSample = 4 << 20
	partSuffix = ".part"
	// tailMagic begins a skippable frame (RFC 8878, 3.1.2), which holds behind the packed
	// bytes what a closed segment says of itself.
	tailMagic = 0x184d2a5d
	tailLen   = 8 + 4 + 24
)

var errNoSaving = errors.New("packing saves too little")

// find lists the segments there are.
func (g *Ring) find() error {
	entries, err := os.ReadDir(g.config.Dir)
	if err != nil {
		return fmt.Errorf("the ring's folder cannot be read: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(g.config.Dir, e.Name())
		if strings.HasSuffix(e.Name(), partSuffix) {
			os.Remove(path) // of a packing that did not end
			continue
		}
		s := Segment{Path: path}
		if n, err := fmt.Sscanf(e.Name(), "%08d.pcapng", &s.File); n != 1 || err != nil || segmentName(s.File) != e.Name() || s.File == 0 {
			continue
		}
		g.current.File = max(g.current.File, s.File)
		if err := s.look(); err != nil {
			before := s.Bytes
			if s, err = mend(s); err != nil || s.Packets == 0 {
				g.config.Tell(fmt.Sprintf("the ring: %s holds no packet and was taken out", g.Name(s.File)))
				os.Remove(path)
				continue
			}
			g.config.Tell(fmt.Sprintf("the ring: %s was not closed; %d packets are whole in it (%d bytes of %d)", g.Name(s.File), s.Packets, min(before, s.Bytes-closedLen), before))
		}
		g.segments = append(g.segments, s)
	}
	slices.SortFunc(g.segments, func(a, b Segment) int { return int(int64(a.File) - int64(b.File)) })
	return nil
}

// look reads what a closed segment says of itself.
func (s *Segment) look() error {
	f, err := os.Open(s.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	s.Bytes = info.Size()
	var end [closedLen]byte
	if _, err := f.ReadAt(end[:], max(0, s.Bytes-closedLen)); err != nil {
		return err
	}
	tail := end[closedLen-tailLen:]
	if u32(tail, false) == tailMagic && u32(tail[4:], false) == tailLen-8 && string(tail[8:12]) == markMagic {
		s.readClosed(tail[12:])
		return nil
	}
	if m, ok := readMark(end[8:], false); ok && u32(end[:], false) == blockCustom && m.kind == markClosed {
		s.readClosed(m.payload)
		return nil
	}
	return errors.New("not closed")
}

// packAll packs closed segments as they come.
func (g *Ring) packAll() {
	for s := range g.packs {
		size, err := pack(s)
		if err == nil {
			err = g.replace(s, size)
		}
		if err != nil {
			os.Remove(s.Path + partSuffix)
			if err != errNoSaving && !errors.Is(err, os.ErrNotExist) {
				g.config.Tell(fmt.Sprintf("the ring: %s cannot be packed: %v", g.Name(s.File), err))
			}
		}
	}
}

// replace puts the packed segment in the place of the plain one, unless it was dropped.
func (g *Ring) replace(s Segment, size int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.segments {
		if g.segments[i].File == s.File {
			g.segments[i].Bytes = size
			return os.Rename(s.Path+partSuffix, s.Path)
		}
	}
	return errNoSaving
}

// pack packs a segment into a file beside it. Its first bytes are written last, so that
// nobody takes it for a capture before it is whole.
func pack(s Segment) (size int64, err error) {
	in, err := os.Open(s.Path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	part, err := os.OpenFile(s.Path+partSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	defer part.Close()
	out := &counted{to: part}
	z, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(z, io.LimitReader(in, packSample))
	if err != nil {
		return 0, err
	}
	if err := z.Flush(); err != nil || saves(n, out.n) != nil {
		return 0, errors.Join(err, saves(n, out.n))
	}
	if _, err := io.Copy(z, in); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	from, to, packets := s.closed()
	tail := binary.LittleEndian.AppendUint32(nil, tailMagic)
	tail = binary.LittleEndian.AppendUint32(tail, tailLen-8)
	tail = append(tail, markMagic...)
	for _, v := range []uint64{from, to, packets} {
		tail = binary.LittleEndian.AppendUint64(tail, v)
	}
	if _, err := out.Write(tail); err != nil {
		return 0, err
	}
	if err := saves(s.Bytes, out.n); err != nil {
		return 0, err
	}
	_, err = part.WriteAt(out.head[:], 0)
	return out.n, errors.Join(err, part.Sync())
}

func saves(plain, packed int64) error {
	if packed > plain/5*4 {
		return errNoSaving
	}
	return nil
}

// counted writes on, but zeros for the first four bytes, which it keeps.
type counted struct {
	to   io.Writer
	n    int64
	head [4]byte
}

func (c *counted) Write(p []byte) (int, error) {
	if c.n < int64(len(c.head)) {
		held := copy(c.head[c.n:], p)
		if _, err := c.to.Write(make([]byte, held)); err != nil {
			return 0, err
		}
		c.n += int64(held)
		n, err := c.to.Write(p[held:])
		c.n += int64(n)
		return held + n, err
	}
	n, err := c.to.Write(p)
	c.n += int64(n)
	return n, err
}
