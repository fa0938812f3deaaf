package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var built embed.FS

// kinds are the types of the files that a built console holds. They are not looked up on the
// machine, whose tables may differ.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2", ".json": "application/json",
}

// file is one file of the console, as it goes over the wire.
type file struct {
	kind, tag string
	plain     []byte
	packed    func() []byte // by gzip; nil when that saves nothing
}

// Console serves the built console: its files, and its page for every other path, since the
// addresses of screens exist in the browser alone. Files whose name carries a hash are kept
// by browsers for ever; the page is asked for each time.
func Console() http.Handler {
	files := map[string]*file{}
	fs.WalkDir(built, "dist", func(name string, d fs.DirEntry, err error) error {
		kind := kinds[path.Ext(name)]
		if err != nil || d.IsDir() || kind == "" {
			return err
		}
		text, err := built.ReadFile(name)
		sum := sha256.Sum256(text)
		files[strings.TrimPrefix(name, "dist")] = &file{kind, `"` + hex.EncodeToString(sum[:12]), text, sync.OnceValue(func() []byte { return pack(text) })}
		return err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The console is only read.", http.StatusMethodNotAllowed)
			return
		}
		f, hashed := files[r.URL.Path], strings.HasPrefix(r.URL.Path, "/assets/") && path.Ext(r.URL.Path) != ""
		switch {
		case f == nil && hashed && strings.Count(r.URL.Path, "/") == 2 && kinds[path.Ext(r.URL.Path)] != "":
			http.Error(w, "This file is of another version of the console. Load the page again.", http.StatusNotFound)
			return
		case f == nil:
			f, hashed = files["/index.html"], false
		}
		if f == nil {
			http.Error(w, "This program was built without the console. Run make console, and build it again.", http.StatusNotFound)
			return
		}
		f.serve(w, r, hashed)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, hashed bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	text, tag := f.plain, f.tag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if p := f.packed(); p != nil {
			text, tag = p, f.tag+`-gzip"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if r.Method == http.MethodGet {
		w.Write(text)
	}
}

// pack packs text once; it is served often.
func pack(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(text)
	z.Close()
	if b.Len() > len(text)*9/10 {
		return nil
	}
	return b.Bytes()
}
