package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/davylamp/davy"
)

// through writes an answer in pieces and reads what the wire got.
func through(t *testing.T, encoding, kind, text string) (string, http.Header) {
	t.Helper()
	rec := httptest.NewRecorder()
	w := &response{ResponseWriter: rec, encoding: encoding}
	w.Header().Set("Content-Type", kind)
	for part := range strings.SplitSeq(text, "\n") {
		if _, err := io.WriteString(w, part+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.finish(); err != nil {
		t.Fatal(err)
	}
	var from io.Reader = rec.Body
	switch rec.Header().Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	case "zstd":
		z, err := zstd.NewReader(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		from = z
	}
	out, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), rec.Header()
}

// TestAnswersAreCompressedWhereItPays: and arrive as they were sent, whatever the encoding
// and the length.
func TestAnswersAreCompressedWhereItPays(t *testing.T) {
	for _, encoding := range []string{"", "gzip", "zstd"} {
		for _, n := range []int{0, 1, 20, 200, 20000} {
			text := strings.Repeat("a line of some length\n", n)
			for _, kind := range []string{"application/json", "application/zip", "application/problem+json"} {
				got, h := through(t, encoding, kind, text)
				if got != text+"\n" {
					t.Fatalf("%s %s of %d bytes came as %d", encoding, kind, len(text), len(got))
				}
				want := ""
				if kind == "application/json" && len(text) >= small {
					want = encoding
				}
				if h.Get("Content-Encoding") != want {
					t.Errorf("%s %s of %d bytes is sent as %q", encoding, kind, len(text), h.Get("Content-Encoding"))
				}
			}
		}
	}
	for accept, want := range map[string]string{"": "", "identity": "", "gzip": "gzip", "gzip, deflate, br, zstd": "zstd", "zstd;q=0, gzip;q=0.5": "gzip", "gzip; q=0": "", "br": "", "*": "", ";;;,,,": "", "ZSTD": "zstd"} {
		if got := encodingFor(accept); got != want {
			t.Errorf("Accept-Encoding %q: %q", accept, got)
		}
	}
}

// hundredAssets is a page as the console asks for it.
func hundredAssets() []byte {
	page := Page[Asset]{Total: 20000, Next: "abc"}
	for i := range 100 {
		page.Items = append(page.Items, Asset{AssetRow: davy.AssetRow{ID: fmt.Sprint("A-", i), Scope: "site", Addresses: []string{fmt.Sprintf("10.%d.%d.%d", i%7, i*31%256, i*17%256)},
			MACs: []string{fmt.Sprintf("00:1b:1b:%02x:%02x:%02x", i, i*7%256, i*13%256)}, Name: fmt.Sprint("PLC filler ", i), Kind: "controller", Vendor: "Siemens AG", Model: "S7-1500",
			Firmware: fmt.Sprintf("V2.%d.%d", i%9, i%4), Level: "1", Zone: "cell 3", First: "2026-11-22T08:00:00.000000000Z", Last: "2026-11-25T22:40:00.123456789Z",
			Evidence: []davy.EvidenceRow{{Attribute: "vendor", Value: "Siemens AG", Source: "MAC address", Confidence: 60, First: "2026-11-22T08:00:00.000000000Z", Last: "2026-11-25T22:40:00.123456789Z", Count: uint64(i * 977)}}}})
	}
	b, _ := json.Marshal(page)
	return b
}

// BenchmarkCompress says what compressing a page costs and saves.
func BenchmarkCompress(b *testing.B) {
	text := hundredAssets()
	for _, encoding := range []string{"", "gzip", "zstd"} {
		b.Run("as "+encoding, func(b *testing.B) {
			size := 0
			for b.Loop() {
				var out bytes.Buffer
				rec := httptest.NewRecorder()
				rec.Body = &out
				w := &response{ResponseWriter: rec, encoding: encoding}
				w.Header().Set("Content-Type", "application/json")
				if _, err := w.Write(text); err != nil {
					b.Fatal(err)
				}
				if err := w.finish(); err != nil {
					b.Fatal(err)
				}
				size = out.Len()
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// TestPace: a long request may last for as long as it moves, and no longer.
func TestPace(t *testing.T) {
	start := time.Now()
	for _, c := range []struct {
		after time.Duration
		moved int64
		want  time.Duration
	}{
		{0, 0, silence},
		{10 * time.Minute, 100 << 20, 10*time.Minute + silence}, // fast enough: only silence ends it
		{55 * time.Second, 10, 2 * silence},                     // a byte now and then holds no slot
		{10 * time.Minute, slowest * 60, 2*silence + time.Minute},
	} {
		p := &pace{start: start, moved: c.moved}
		if got := p.end(start.Add(c.after)).Sub(start); got != c.want {
			t.Errorf("after %v and %d bytes it ends at %v, not %v", c.after, c.moved, got, c.want)
		}
	}
}
