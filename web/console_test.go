package web

import (
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestConsoleIsBuiltFromItsSources: what is embedded was built from what lies in
// web/console. It counts as seal.mjs does, which writes the sum.
func TestConsoleIsBuiltFromItsSources(t *testing.T) {
	var names []string
	err := filepath.WalkDir("console", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return filepath.SkipDir
		case !d.IsDir() && !strings.HasSuffix(name, ".tsbuildinfo"):
			names = append(names, strings.TrimPrefix(filepath.ToSlash(name), "console/"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(names, cmp.Compare[string])
	whole := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile("console/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(whole, "%s\x00%x\n", name, sha256.Sum256(text))
	}
	kept, err := os.ReadFile("dist/SOURCES.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(whole.Sum(nil)); got != strings.TrimSpace(string(kept)) {
		t.Errorf("the console's sources have the sum %s, and it was built from %s: run make console", got, kept)
	}
}

// TestLockFileNamesNoRegistry: where packages come from is the business of who builds.
func TestLockFileNamesNoRegistry(t *testing.T) {
	text, err := os.ReadFile("console/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"resolved"`) {
		t.Error("package-lock.json says where packages were fetched from")
	}
}

func ask(method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Console().ServeHTTP(w, r)
	return w.Result()
}

// TestConsoleServes: the page for every screen's address, files with their types, kept for
// ever when their name carries a hash, packed for whoever takes it.
func TestConsoleServes(t *testing.T) {
	read := func(r *http.Response) string {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	page := read(ask("GET", "/"))
	for _, path := range []string{"/incidents/I-1", "/assets/A-7/unit%203", "/assets", "/setup", "/at/10.0.0.1", "/index.html"} {
		r := ask("GET", path)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || r.Header.Get("Cache-Control") != "no-cache" || read(r) != page {
			t.Errorf("%s is not the page: %d %v", path, r.StatusCode, r.Header)
		}
	}
	names := regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1)
	if len(names) < 2 {
		t.Fatalf("the page names %q", names)
	}
	for _, name := range names {
		plain, packed := ask("GET", name), ask("GET", name, "Accept-Encoding", "br, gzip")
		if !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") || plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %v, packed %v", name, plain.Header, packed.Header)
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); err != nil || string(b) != read(plain) {
			t.Errorf("%s packed is not %s: %v", name, name, err)
		}
		if r := ask("GET", name, "If-None-Match", plain.Header.Get("ETag")); r.StatusCode != 304 || read(r) != "" {
			t.Errorf("%s is sent again to who has it: %d", name, r.StatusCode)
		}
	}
	for path, status := range map[string]int{"/assets/gone-12345678.js": 404, "/SOURCES.sha256": 200} {
		if r := ask("GET", path); r.StatusCode != status || status == 200 && read(r) != page {
			t.Errorf("%s answers %d", path, r.StatusCode)
		}
	}
	if r := ask("POST", "/"); r.StatusCode != 405 {
		t.Errorf("POST answers %d", r.StatusCode)
	}
	if r := ask("HEAD", "/"); r.StatusCode != 200 || read(r) != "" {
		t.Errorf("HEAD answers %d with a body", r.StatusCode)
	}
}

// TestPageFetchesNothingFromElsewhere, and runs no script that stands in it.
func TestPageFetchesNothingFromElsewhere(t *testing.T) {
	b, err := built.ReadFile("dist/index.html")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, bad := range []string{"http:", "https:", "//", "javascript:", "onload=", "style="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, script := range regexp.MustCompile(`(?s)<script[^>]*>(.*?)</script>`).FindAllStringSubmatch(page, -1) {
		if script[1] != "" {
			t.Errorf("a script stands in the page: %q", script[1])
		}
	}
}
