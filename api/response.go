package api

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// small is how long an answer must be before it is compressed: a shorter one fits a packet
// or two anyway.
const small = 1400

// response holds the first bytes of an answer back until it is known whether it is worth to
// be compressed.
type response struct {
	http.ResponseWriter
	encoding string // "zstd", "gzip" or ""
	status   int
	held     []byte
	packer   io.WriteCloser
	sent     bool // the header is gone
}

// Unwrap gives http.ResponseController the connection's own writer.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begun says whether something was sent that cannot be taken back.
func (w *response) begun() bool { return w.sent }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *response) Write(b []byte) (int, error) {
	switch {
	case w.packer != nil:
		return w.packer.Write(b)
	case w.sent:
		return w.ResponseWriter.Write(b)
	case len(w.held)+len(b) < small:
		w.held = append(w.held, b...)
		return len(b), nil
	}
	if err := w.send(); err != nil {
		return 0, err
	}
	return w.Write(b)
}

// Flush sends what is held; only streams ask for it.
func (w *response) Flush() {
	if !w.sent {
		w.encoding = ""
		if w.send() != nil {
			return
		}
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// send writes the header and what is held.
func (w *response) send() error {
	w.sent = true
	h := w.Header()
	if w.encoding != "" && compressible(h.Get("Content-Type")) {
		h.Set("Content-Encoding", w.encoding)
		h.Del("Content-Length")
		w.packer = packer(w.encoding, w.ResponseWriter)
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.ResponseWriter.WriteHeader(w.status)
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.Write(held)
	return err
}

// finish ends the answer.
func (w *response) finish() error {
	if w.packer != nil {
		return w.packer.Close()
	}
	if w.sent {
		return nil
	}
	w.encoding = ""
	if w.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(w.held)))
	}
	return w.send()
}

func compressible(kind string) bool {
	return strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/openapi+json") || strings.HasPrefix(kind, "text/")
}

// encodingFor chooses what the browser takes; zstd is the faster one.
func encodingFor(accept string) string {
	best := ""
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if q = strings.ReplaceAll(q, " ", ""); q == "q=0" || strings.HasPrefix(q, "q=0.0") {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "zstd":
			return "zstd"
		case "gzip":
			best = "gzip"
		}
	}
	return best
}

var (
	gzips = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return w }}
	zstds = sync.Pool{New: func() any {
		// One goroutine and a small window: answers are short, and a browser takes up to 8 MiB.
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(512<<10), zstd.WithLowerEncoderMem(true))
		return w
	}}
)

// lent is a compressor of a pool that goes back when the answer ends.
type lent struct {
	io.WriteCloser
	back func()
}

func (l lent) Close() error {
	err := l.WriteCloser.Close()
	l.back()
	return err
}

func packer(encoding string, to io.Writer) io.WriteCloser {
	if encoding == "zstd" {
		w := zstds.Get().(*zstd.Encoder)
		w.Reset(to)
		return lent{w, func() { w.Reset(nil); zstds.Put(w) }}
	}
	w := gzips.Get().(*gzip.Writer)
	w.Reset(to)
	return lent{w, func() { w.Reset(io.Discard); gzips.Put(w) }}
}

// marshal escapes what a browser could take for markup, should it ever be shown as a page.
func marshal(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }
