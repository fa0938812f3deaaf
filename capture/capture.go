// Package capture is the door through which captures come in: it reads pcap and pcapng
// files, packed with gzip or zstd or not, folders of them and standard input, and hands
// their packets on in batches, in one order that does not depend on how fast it reads. It
// also writes pcapng, and keeps packets in a ring of pcapng files (see Ring). What comes from
// interfaces is the work of capture/live.
//
// What is wrong with a file is told and never stops the other files: a file that was cut is
// read to its last whole packet, a damaged one as far as it goes. Memory is bounded whatever
// a file claims, and nothing is allocated per packet.
//
// The package looks at no packet's inside and judges nothing. It never sends, it opens only
// what it was given, and it starts no goroutine but the one that packs a ring's segments.
package capture

import (
	"errors"
	"io"
	"math"
	"os"
	"sync/atomic"
)

// Limits of a batch and of a packet.
const (
	// MaxRecords is how many records a batch holds at most.
	MaxRecords = 4096
	// MaxBytes is how many bytes of a file, headers included, a batch holds at most.
	MaxBytes = 4 << 20
	// MaxPacket is how many bytes of one packet are kept. It is libpcap's own limit
	// (MAXIMUM_SNAPLEN). A longer packet arrives sliced, with its length on the wire.
	MaxPacket = 256 << 10
)

// Stamps outside these bounds (1684 and 2255) are moved to the nearer one, with a warning:
// inside them the addition of a year cannot overflow.
const (
	MinStamp = -9_000_000_000_000_000_000
	MaxStamp = 9_000_000_000_000_000_000
)

// Record is one packet as the capture holds it.
type Record struct {
	Stamp     int64  // the capture's own time stamp, ns since the epoch
	File      uint32 // number of the file in reading order, from 0: see Input.Name
	Frame     uint32 // 1-based number of the packet in its file
	Interface uint16 // number of the interface in the whole input: see Input.InterfaceName
	Link      uint16 // libpcap LINKTYPE (www.tcpdump.org/linktypes.html)
	Wire      int    // length on the wire, never below len(Data)
	Data      []byte // borrowed from the batch, until it is filled again
}

// Batch is a run of records of one PATH. The zero Batch is ready; it is made to be filled
// again and again.
type Batch struct {
	Records []Record
	Path    int  // index of the PATH, in the order given to Open
	PathEnd bool // this is the PATH's last batch; it may be an empty one
	// Tick says, where it is not 0, that message time has come this far (ns since the epoch)
	// although no packet says so. It holds after the batch's records.
	Tick int64

	buf   []byte // what was read of the files; Data points into it
	limit int    // records to stop at; 0 means MaxRecords
	bare  bool   // count only: the bytes of packets that were taken may go
}

func (b *Batch) reset() {
	if b.limit == 0 {
		b.limit = MaxRecords
	}
	if b.buf == nil {
		size := MaxBytes + ringRoom
		if b.bare {
			size = readSize
		}
		b.buf = make([]byte, size)
		b.Records = make([]Record, 0, b.limit)
	}
	b.Records = b.Records[:0]
	b.PathEnd, b.Tick = false, 0
}

// full says whether there is no place for another record.
func (b *Batch) full() bool { return len(b.Records) >= b.limit }

// borrowed says whether records point into the buffer, so that nothing in it may move.
func (b *Batch) borrowed() bool { return len(b.Records) > 0 && !b.bare }

// file is one file of the input. Its number is its index in Input.files, but in a Replay.
type file struct {
	name   string // as reported
	path   string // as opened; "-" is standard input
	size   int64  // bytes, 0 where they cannot be told beforehand
	number uint32 // of its records: see Record.File
}

// Input is everything that was given to read, in order. Its methods are for one goroutine,
// but for Progress, which any may call.
type Input struct {
	files  []file
	ends   []int // per PATH: the number of the first file that is not its
	stdin  io.Reader
	reader reader
	path   int
	next   int  // number of the file to open next
	open   bool // reader is in the middle of files[next-1]
	closed bool

	interfaces interfaces
	warnings   []Notice
	errors     []Notice
	skipped    int
	dropped    uint64
	total      int64
	before     int64 // bytes of the files that are done
	done       atomic.Int64
}

// Open prepares the reading of paths: capture files, folders of them, and "-" for stdin.
// Folders are listed, and their captures put in order, here; the other files are opened when
// their turn comes. What cannot be read is told by Errors; Open itself fails only on paths
// that make no sense: none at all, or "-" twice or with no stdin.
func Open(paths []string, stdin io.Reader) (*Input, error) {
	if len(paths) == 0 {
		return nil, errors.New("no capture was named: name files, folders, or - for standard input")
	}
	dashes := 0
	for _, p := range paths {
		if p == "-" {
			dashes++
		}
	}
	if dashes > 1 {
		return nil, errors.New("standard input (-) was named twice; it can be read once")
	}
	if dashes == 1 && stdin == nil {
		return nil, errors.New("standard input (-) was named and there is none")
	}
	in := &Input{stdin: stdin}
	known := true
	for _, p := range paths {
		known = in.list(p) && known
		in.ends = append(in.ends, len(in.files))
	}
	for i := range in.files {
		in.files[i].number = uint32(i)
	}
	if known {
		for _, f := range in.files {
			in.total += f.size
		}
	}
	return in, nil
}

// list adds the files of one PATH and says whether their size is known beforehand.
func (in *Input) list(path string) (known bool) {
	if path == "-" {
		in.files = append(in.files, file{name: path, path: path})
		return false
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		in.fail(Notice{path, Unreadable, -1, reason(err)})
	case info.IsDir():
		in.listFolder(path, info)
	case info.Mode().IsRegular():
		in.files = append(in.files, file{name: path, path: path, size: info.Size()})
	default: // a pipe or a device: read as it comes
		in.files = append(in.files, file{name: path, path: path})
		return false
	}
	return true
}

// Fill fills b with the next records: at most MaxRecords, at most MaxBytes, of one PATH. At
// the end of everything it returns io.EOF, and after Close os.ErrClosed; there are no other
// errors. Each PATH has a last batch with PathEnd, also one that could not be read; a ring's
// segments have more, where the PATHs ended that were read into the ring.
func (in *Input) Fill(b *Batch) error {
	if in.closed {
		return os.ErrClosed
	}
	b.reset()
	if in.path == len(in.ends) {
		return io.EOF
	}
	b.Path = in.path
	r := &in.reader
	r.src.fillInto(b)
	defer r.src.handOn()
	if in.open && r.segment > 0 {
		r.src.widen()
	}
	for {
		switch {
		case in.open && !r.fill(b):
			in.done.Store(in.before + r.src.rawRead())
			return nil
		case in.open:
			in.finish()
		case in.next == in.ends[in.path]:
			b.PathEnd = true
			in.path++
			return nil
		case b.borrowed() && !r.src.roomForFile():
			return nil
		default:
			in.begin()
		}
	}
}

// begin opens the next file.
func (in *Input) begin() {
	f := in.files[in.next]
	r := &in.reader
	r.start(f.number, &in.interfaces)
	r.src.limit = math.MaxInt64
	in.next++
	in.open = true
	if f.path == "-" {
		r.src.attach(in.stdin, nil)
		return
	}
	h, err := os.Open(f.path)
	if err != nil {
		r.fail(Unreadable, -1, "%s", reason(err))
		return
	}
	r.src.attach(h, h)
}

// finish closes the file and takes over what its reading found.
func (in *Input) finish() {
	f := &in.files[in.next-1]
	in.dropped = addSaturating(in.dropped, in.reader.finish())
	for i := range in.reader.notices {
		n := in.reader.notices[i].told(f.name)
		if n.Kind.severe() {
			in.errors = append(in.errors, n)
		} else {
			in.warnings = append(in.warnings, n)
		}
	}
	in.before += max(f.size, in.reader.src.rawRead())
	in.done.Store(in.before)
	in.open = false
}

func (in *Input) warn(n Notice) { in.warnings = append(in.warnings, n) }
func (in *Input) fail(n Notice) { in.errors = append(in.errors, n) }

// Close closes what is open. It is safe to call more than once.
func (in *Input) Close() error {
	if !in.closed {
		in.closed = true
		in.reader.src.close()
	}
	return nil
}

// Files is how many files there are; their numbers are 0 to Files()-1.
func (in *Input) Files() int { return len(in.files) }

// Name is a file's path as it was given, or folder/relative path for one in a folder.
func (in *Input) Name(file uint32) string { return in.files[file].name }

// InterfaceName is the name that captures give an interface, or "#" and its index in the
// file where they give none.
func (in *Input) InterfaceName(n uint16) string { return in.interfaces.names[n] }

// Interfaces are the names of the interfaces so far, by their numbers.
func (in *Input) Interfaces() []string { return in.interfaces.names }

// Continue numbers the interfaces as if an earlier input, whose interfaces these are, had
// been read before. It comes before the first Fill.
func (in *Input) Continue(interfaces []string) {
	in.interfaces = newInterfaces(interfaces)
}

// Warnings tells what was odd about files that could be read, so far.
func (in *Input) Warnings() []Notice { return in.warnings }

// Errors tells which inputs could not be read, or not to their end, so far.
func (in *Input) Errors() []Notice { return in.errors }

// Skipped is how many files in folders were no captures.
func (in *Input) Skipped() int { return in.skipped }

// Dropped is how many packets the captures themselves say they lost (pcapng: interface
// statistics and the packets' drop counts), in the files that are done.
func (in *Input) Dropped() uint64 { return in.dropped }

// Progress is how many bytes of the input's files are read, as they lie on the disk, and how
// many there are; total is 0 where that is not known (standard input, pipes).
func (in *Input) Progress() (done, total int64) { return in.done.Load(), in.total }

// CountPackets counts the packets that Fill would hand on for these paths. Standard input
// and pipes cannot be read twice, so they are refused; what is wrong with a file is left to
// the reading proper to tell.
func CountPackets(paths []string) (int64, error) {
	for _, p := range paths {
		if p == "-" {
			return 0, errors.New("standard input (-) cannot be counted before it is read")
		}
		if info, err := os.Stat(p); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return 0, errors.New(p + " is no plain file and cannot be counted before it is read")
		}
	}
	in, err := Open(paths, nil)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var n int64
	b := &Batch{bare: true}
	for {
		if err := in.Fill(b); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n += int64(len(b.Records))
	}
}
