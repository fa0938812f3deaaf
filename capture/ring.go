package capture

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// RingConfig says where a ring of packets lies and how large it may grow.
type RingConfig struct {
	Dir          string
	MaxBytes     int64  // of all segments on the disk; 0: 2 GiB
	SegmentBytes int64  // a segment is closed at about so many; 0: 64 MiB, or an eighth of MaxBytes
	First        uint32 // segments are numbered from here, or above those there; 0: from 1
	Plain        bool   // closed segments are never packed
	// BeforeDrop is called with the oldest segment before it is removed, while it can still be read.
	BeforeDrop func(Segment)
	// Tell is called, from any goroutine, with what a person should know: a segment cut
	// after an unclean stop, a full disk.
	Tell func(text string)
}

// Segment is one file of a ring.
type Segment struct {
	File     uint32 // its number, never used again
	Path     string
	From, To int64 // earliest and latest stamp in it
	Packets  uint64
	Bytes    int64 // on the disk, as far as written
}

// RingStats are a ring's counters since it was opened, but for the first two.
type RingStats struct {
	Segments int
	Bytes    int64  // on the disk
	Dropped  uint64 // segments that gave way to newer ones
	Lost     uint64 // packets that could not be written
	Failing  string // why nothing can be written just now, else ""
}

// Ring keeps the last packets in a folder of pcapng files, its segments. A packet's place in
// them, segment and frame, is its name for good. Beside the packets it keeps what else
// decides what comes of them (how far message time had come, where batches and PATHs
// ended), so that reading it again gives what the first reading gave.
//
// Record, Flush, Sync, Drops, Position and Close are for one goroutine; the other methods
// are for any.
type Ring struct {
	config RingConfig
	file   *os.File // of the segment that is written, nil: none is open
	out    *Writer
	frame  uint32            // last frame of the segment
	ids    map[ringKey]int   // interfaces of the segment
	last   ringKey           // the last looked up
	lastID int               // and what was found
	named  map[string]int    // one interface of the segment for each name
	counts map[string]*drops // by interface
	retry  time.Time         // nothing is tried before
	why    error             // why nothing could be written
	told   string            // last trouble told

	mu       sync.Mutex
	current  Segment
	segments []Segment // closed, by number
	stats    RingStats
	packs    chan Segment
	packing  sync.WaitGroup
}

// ringKey tells a segment's interfaces apart. Stamps before 1970 have one of their own, since
// pcapng knows them only by an offset.
type ringKey struct {
	number, link uint16
	early        bool
}

// earlyOffset is that offset in seconds: MinStamp.
const earlyOffset = MinStamp / 1e9

// OpenRing opens a ring, or makes one. What an unclean stop left half written is cut to its
// last whole packet; writing goes on in a new segment.
func OpenRing(c RingConfig) (*Ring, error) {
	if c.MaxBytes == 0 {
		c.MaxBytes = 2 << 30
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = min(64<<20, c.MaxBytes/8)
	}
	if c.SegmentBytes < 1<<12 || c.MaxBytes < 2*c.SegmentBytes {
		return nil, fmt.Errorf("a ring of %d bytes with segments of %d is too small: expected at least two segments of 4096", c.MaxBytes, c.SegmentBytes)
	}
	if c.Tell == nil {
		c.Tell = func(string) {}
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the ring's folder cannot be made: %w", err)
	}
	g := &Ring{config: c, ids: map[ringKey]int{}, named: map[string]int{}, counts: map[string]*drops{}, packs: make(chan Segment, 64)}
	if err := g.find(); err != nil {
		return nil, err
	}
	g.current.File = max(g.current.File, max(c.First, 1)-1)
	g.packing.Go(g.packAll)
	return g, nil
}

// Record writes a batch's records and gives them their File and Frame, then what else the
// batch says. iface names the records' interfaces. A batch lies in one segment.
//
// An error says that packets of this batch, or of those not flushed, are not kept: they are
// counted, their numbers are not used again, and the next Record tries anew.
func (g *Ring) Record(b *Batch, iface func(uint16) string) error {
	if len(b.Records) == 0 && b.Tick == 0 && !b.PathEnd {
		return nil
	}
	size := int64(closedLen + 4096)
	for i := range b.Records {
		size += int64(len(b.Records[i].Data)) + blockOverhead + enhancedFixedLen + 3
	}
	ends := g.out != nil && (g.out.written+size > g.config.SegmentBytes && g.frame > 0 || len(g.ids)+MaxRecords > maxInterfaces)
	var err error
	if ends {
		err = g.endSegment()
	}
	if g.out == nil {
		err = errors.Join(err, g.beginSegment(size))
	}
	from, to := int64(MaxStamp), int64(MinStamp)
	failed := g.out == nil
	for i := range b.Records {
		r := &b.Records[i]
		g.frame++
		r.File, r.Frame = g.current.File, g.frame
		from, to = min(from, r.Stamp), max(to, r.Stamp)
		if !failed {
			if e := g.write(r, iface); e != nil {
				err, failed = errors.Join(err, e), true
			}
		}
	}
	if failed {
		return g.fail(err, uint64(len(b.Records)))
	}
	flags := uint8(0)
	if b.PathEnd {
		flags = markPathEnd
	}
	if e := g.out.mark(markBatch, flags, uint64(b.Tick)); e != nil {
		return g.fail(errors.Join(err, e), 0)
	}
	g.mu.Lock()
	g.current.grow(from, to, uint64(len(b.Records)))
	g.current.Bytes = g.out.written
	g.mu.Unlock()
	return err
}

func (s *Segment) grow(from, to int64, packets uint64) {
	if s.Packets == 0 {
		s.From, s.To = from, to
	} else if packets > 0 {
		s.From, s.To = min(s.From, from), max(s.To, to)
	}
	s.Packets += packets
}

// write writes one record.
func (g *Ring) write(r *Record, iface func(uint16) string) error {
	key := ringKey{r.Interface, r.Link, r.Stamp < 0}
	if len(g.ids) == 0 || key != g.last {
		id, known := g.ids[key]
		if !known {
			var err error
			if id, err = g.describe(key, iface(r.Interface)); err != nil {
				return err
			}
		}
		g.last, g.lastID = key, id
	}
	stamp := r.Stamp
	if key.early {
		stamp -= MinStamp
	}
	return g.out.Write(g.lastID, stamp, r.Data, r.Wire)
}

func (g *Ring) describe(key ringKey, name string) (id int, err error) {
	offset := int64(0)
	if key.early {
		offset = earlyOffset
	}
	name = name[:min(len(name), maxName)]
	if id, err = g.out.addInterface(name, key.link, offset); err != nil {
		return 0, err
	}
	g.ids[key] = id
	if _, told := g.named[name]; !told {
		g.named[name] = id
	}
	return id, nil
}

// Position is the place of the last record: what Replay goes on after.
func (g *Ring) Position() (file, frame uint32) { return g.current.File, g.frame }

// Name is a segment's name in rows: the folder's last name, and the file's.
func (g *Ring) Name(file uint32) string {
	return filepath.Base(g.config.Dir) + "/" + segmentName(file)
}

func segmentName(file uint32) string { return fmt.Sprintf("%08d.pcapng", file) }

// Segments lists the segments, oldest first; the last may be the one that is written.
func (g *Ring) Segments() []Segment {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := append([]Segment(nil), g.segments...)
	if g.current.Path != "" {
		list = append(list, g.current)
	}
	return list
}

// Stats are the counters so far.
func (g *Ring) Stats() RingStats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.stats
	s.Segments, s.Bytes = len(g.segments), g.bytes()
	if g.current.Path != "" {
		s.Segments++
		s.Bytes += g.current.Bytes
	}
	return s
}

// bytes are those of the closed segments. It is called with mu held.
func (g *Ring) bytes() (n int64) {
	for i := range g.segments {
		n += g.segments[i].Bytes
	}
	return n
}

// Flush hands everything on to the operating system: what was flushed survives the end of
// this process, however it comes.
func (g *Ring) Flush() error {
	if g.out == nil {
		return nil
	}
	if err := g.out.Flush(); err != nil {
		return g.fail(err, 0)
	}
	g.works()
	return nil
}

// Sync flushes and waits until it is on the disk: that survives a loss of power, too.
func (g *Ring) Sync() error {
	if err := g.Flush(); err != nil || g.file == nil {
		return err
	}
	return g.file.Sync()
}

// Close closes the segment and waits for what is being packed.
func (g *Ring) Close() error {
	if g.packs == nil {
		return os.ErrClosed
	}
	var err error
	if g.out != nil {
		err = g.endSegment()
	}
	close(g.packs)
	g.packing.Wait()
	g.packs = nil
	return err
}
