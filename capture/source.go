package capture

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// readSize is the longest run of bytes that is looked at in one piece: the longest packet
	// kept, with its headers.
	readSize = 512 << 10
	// readStep is how much is asked for at once. It is less than MaxPacket: then nothing lies
	// in the buffer behind the kept part of what is too long for it, and how full a batch gets
	// does not depend on the pieces that the bytes come in.
	readStep = 128 << 10
	// maxWindow is how far back zstd may refer; what `zstd --ultra -22` uses. It bounds
	// memory: a file that wants more is refused with an error that says so.
	maxWindow = 128 << 20
)

// source is a file's bytes, unpacked. They are read straight into the batch that is filled,
// so that records need no copy.
type source struct {
	in     io.Reader
	raw    raw
	closer io.Closer
	packed bool

	batch  *Batch // where the bytes go
	buf    []byte // the batch's
	r, w   int    // buf[r:w] is read and not used yet
	base   int64  // offset in the unpacked data of buf[0]; negative where an earlier file stands there
	err    error  // why there is no more: io.EOF, or what went wrong
	noRoom bool   // the batch has no room for what was wanted
	tail   []byte // what was not used when the last batch was handed on

	limit int64 // unpacked bytes that may be read; then the source seems to end

	packedBuf *bufio.Reader // the packed bytes; these four are kept for the next file
	gzip      *gzip.Reader
	zstd      *zstd.Decoder
	passed    []byte // where bytes go that nobody wants
}

// fillInto makes b the batch that is filled; it begins with what the last one left over.
func (s *source) fillInto(b *Batch) {
	s.batch, s.buf = b, b.buf[:min(len(b.buf), MaxBytes)]
	s.r, s.w = 0, copy(s.buf, s.tail)
	s.noRoom = false
}

// widen lets the batch hold all that a ring wrote of one, whose blocks are longer than the
// records it came from may have been: batches end where they ended.
func (s *source) widen() { s.buf = s.batch.buf }

// handOn lets go of the batch.
func (s *source) handOn() {
	s.tail = append(s.tail[:0], s.buf[s.r:s.w]...)
	s.base += int64(s.r)
	s.r, s.w = 0, 0
	s.batch, s.buf = nil, nil
}

// forget lets go of the batch and of what is left of the file.
func (s *source) forget() {
	s.r = s.w
	s.handOn()
}

// roomForFile says whether there is room for the beginning of another file.
func (s *source) roomForFile() bool { return len(s.buf)-s.r >= readSize }

// start forgets the last file. What the batch holds of it stays.
func (s *source) start() {
	s.in, s.closer, s.packed, s.err = nil, nil, false, nil
	s.raw = raw{}
	if !s.batch.borrowed() {
		s.r = 0
	}
	s.w = s.r
	s.base = -int64(s.r)
}

// raw is the file itself: it counts what is read and keeps its own error apart from those
// of unpacking.
type raw struct {
	in   io.Reader
	head []byte // read already, to see how the file is packed
	n    int64
	err  error
}

func (f *raw) Read(p []byte) (int, error) {
	if len(f.head) > 0 {
		n := copy(p, f.head)
		f.head = f.head[n:]
		return n, nil
	}
	n, err := f.in.Read(p)
	f.n += int64(n)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// attach begins a new file. How it is packed is told by its first bytes, never by its name.
func (s *source) attach(in io.Reader, closer io.Closer) {
	s.raw = raw{in: in}
	s.closer = closer
	var magic [4]byte
	n, err := io.ReadFull(&s.raw, magic[:])
	s.in = &s.raw
	if err != nil { // a file this short is no capture; what is there is kept to be told
		s.w += copy(s.buf[s.w:], magic[:n])
		s.err = io.EOF
		if s.raw.err != nil {
			s.err = s.raw.err
		}
		return
	}
	isGzip := magic[0] == 0x1f && magic[1] == 0x8b        // RFC 1952, 2.3.1
	isZstd := magic == [4]byte{0x28, 0xb5, 0x2f, 0xfd} || // RFC 8878, 3.1.1
		magic[0]&0xf0 == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18 // 3.1.2
	if !isGzip && !isZstd {
		s.w += copy(s.buf[s.w:], magic[:])
		return
	}
	s.packed = true
	s.raw.head = append([]byte(nil), magic[:]...)
	if s.packedBuf == nil {
		s.packedBuf = bufio.NewReaderSize(&s.raw, 64<<10)
	} else {
		s.packedBuf.Reset(&s.raw)
	}
	if isGzip {
		s.err = s.openGzip()
	} else {
		s.err = s.openZstd()
	}
}

func (s *source) openGzip() (err error) {
	if s.gzip == nil {
		s.gzip, err = gzip.NewReader(s.packedBuf)
	} else {
		err = s.gzip.Reset(s.packedBuf)
	}
	s.in = s.gzip
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *source) openZstd() (err error) {
	if s.zstd == nil {
		// One at a time: no goroutine, and the same reads on every run.
		s.zstd, err = zstd.NewReader(s.packedBuf, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	} else {
		err = s.zstd.Reset(s.packedBuf)
	}
	s.in = s.zstd
	return err
}

// want returns the unused bytes, at least n of them unless the source ends before, for which
// err says why, or the batch has no room. n is at most readSize.
func (s *source) want(n int) []byte {
	if s.w-s.r < n && s.err == nil {
		s.more(n)
	}
	return s.buf[s.r:s.w]
}

func (s *source) more(n int) {
	if s.noRoom = s.r+n > len(s.buf); s.noRoom {
		if s.batch.borrowed() {
			return
		}
		s.base += int64(s.r)
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r, s.noRoom = 0, false
	}
	for s.w-s.r < n && s.err == nil {
		s.w += s.read(s.buf[s.w:min(len(s.buf), max(s.r+n, s.w+readStep))])
	}
}

// read reads once, within the limit.
func (s *source) read(room []byte) (n int) {
	left := s.limit - s.base - int64(s.w)
	if left <= 0 {
		s.err = io.EOF
		return 0
	}
	if int64(len(room)) > left {
		room = room[:left]
	}
	for range 100 {
		if n, s.err = s.in.Read(room); n > 0 || s.err != nil {
			return n
		}
	}
	s.err = io.ErrNoProgress
	return 0
}

// pass moves the next bytes to p, past the batch, and says how many there were.
func (s *source) pass(p []byte) int {
	n := copy(p, s.buf[s.r:s.w])
	s.r += n
	for n < len(p) && s.err == nil {
		m := s.read(p[n:])
		s.base += int64(m)
		n += m
	}
	return n
}

// skip passes over n bytes and says how many there were.
func (s *source) skip(n int64) int64 {
	if s.passed == nil {
		s.passed = make([]byte, 64<<10)
	}
	left := n
	for left > 0 {
		m := int64(s.pass(s.passed[:min(left, int64(len(s.passed)))]))
		if left -= m; m == 0 {
			break
		}
	}
	return n - left
}

func (s *source) offset() int64 { return s.base + int64(s.r) }

// rawRead is how many bytes were read of the file as it lies on the disk.
func (s *source) rawRead() int64 { return s.raw.n }

// cause says what ended the source: Truncated, Corrupt or Unreadable, with its sentence; a
// clean end is "".
func (s *source) cause() (Kind, string) {
	switch {
	case s.raw.err != nil:
		return Unreadable, reason(s.raw.err)
	case s.err == nil || s.err == io.EOF:
		return Truncated, ""
	case !s.packed:
		return Unreadable, reason(s.err)
	case errors.Is(s.err, io.ErrUnexpectedEOF):
		return Truncated, "the compressed data ends before its end mark"
	}
	return Corrupt, "the compressed data cannot be unpacked: " + s.err.Error()
}

// close closes the file and forgets it; the buffers stay for the next.
func (s *source) close() {
	if s.closer != nil {
		s.closer.Close()
		s.closer = nil
	}
	if s.zstd != nil {
		s.zstd.Reset(nil) // lets go of the file
	}
}
