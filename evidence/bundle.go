package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/davylamp/davy"
)

// A bundle is a zip whose entries are stored, not packed, in one order, with nothing between
// them: the same case is the same bytes, any zip program opens it, and it cannot unpack to
// more than it is. manifest.json holds the SHA-256 of every other entry, manifest.sig the
// Ed25519 signature over it. pieces.json holds a short hash of each packet and line, so that
// what was changed can be named.

// Names of a bundle's entries.
const (
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	incidentName  = "incident.json"
	findingsName  = "findings.ndjson"
	learnedName   = "learned.json"
	piecesName    = "pieces.json"
	packetsName   = "packets.pcapng"
	rulesFolder   = "rules/"
)

// form is the version of the form.
const form = 1

// signed goes before the manifest's bytes, so that the key signs nothing else by accident.
const signed = "davy evidence 1\n"

// manifest says what belongs to a bundle.
type manifest struct {
	Form     int     `json:"form"`
	Incident string  `json:"incident"`
	Title    string  `json:"title"`
	Made     string  `json:"made"`
	Sensor   string  `json:"sensor"`
	Version  string  `json:"version"` // Davy's
	Key      string  `json:"key"`     // fingerprint
	Packets  int     `json:"packets"`
	LeftOut  uint64  `json:"left_out_when_kept,omitempty"`
	Findings []Count `json:"findings"`
	Entries  []row   `json:"entries"`
}

type row struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// entry is what goes into the zip; write may be called more than once and writes the same.
type entry struct {
	name  string
	write func(io.Writer) error
}

func text(name string, b []byte) entry {
	return entry{name, func(w io.Writer) error { _, err := w.Write(b); return err }}
}

// Write writes the bundle of a case, with the packets that were selected for its findings.
func Write(w io.Writer, c *Case, s *Selection, k *Key) error {
	list := []entry{text(incidentName, line(c.Row)), text(findingsName, rows(c.Findings)), text(learnedName, array(c.Learned))}
	rules := slices.Clone(c.Rules)
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.name(), b.name()) })
	for i := range rules {
		if i == 0 || rules[i].name() != rules[i-1].name() {
			list = append(list, text(rules[i].name(), rules[i].Text))
		}
	}
	packets := entry{packetsName, s.Packets}
	pieces, err := piecesOf(append(slices.Clone(list), packets))
	if err != nil {
		return err
	}
	list = append(list, text(piecesName, pieces), packets)

	made := time.Unix(0, c.Made).UTC()
	m := manifest{Form: form, Incident: c.ID, Title: c.Title, Made: made.Format(time.RFC3339), Sensor: c.Sensor, Version: davy.Version,
		Key: k.Fingerprint(), Packets: s.Len(), LeftOut: c.LeftOut, Findings: s.Counts}
	for _, e := range list {
		sum := sha256.New()
		n := counter{w: sum}
		if err := e.write(&n); err != nil {
			return err
		}
		m.Entries = append(m.Entries, row{e.name, n.n, hex.EncodeToString(sum.Sum(nil))})
	}
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	signature := ed25519.Sign(k.private, append([]byte(signed), b...))
	return pack(w, made, append([]entry{text(manifestName, b), text(signatureName, signatureText(k.public(), signature))}, list...))
}

func signatureText(public ed25519.PublicKey, signature []byte) []byte {
	return fmt.Appendf(nil, "%s%s\n%s\n", publicForm, base64.StdEncoding.EncodeToString(public), base64.StdEncoding.EncodeToString(signature))
}

// pack writes the zip.
func pack(w io.Writer, made time.Time, list []entry) error {
	z := zip.NewWriter(w)
	for _, e := range list {
		sum := crc32.NewIEEE()
		n := counter{w: sum}
		if err := e.write(&n); err != nil {
			return err
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Store, CRC32: sum.Sum32(), CompressedSize64: uint64(n.n), UncompressedSize64: uint64(n.n), ReaderVersion: 20}
		h.SetMode(0o644)
		//lint:ignore SA1019 the form without an extra field: one way to write a time is enough
		h.ModifiedDate, h.ModifiedTime = dosTime(made)
		to, err := z.CreateRaw(h)
		if err != nil {
			return err
		}
		if err := e.write(to); err != nil {
			return err
		}
	}
	return z.Close()
}

// dosTime is how a zip tells a time (APPNOTE 4.4.6): two seconds exact, from 1980 on.
func dosTime(t time.Time) (date, clock uint16) {
	year := min(max(t.Year(), 1980), 2107) - 1980
	return uint16(year<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// name is the rule's entry, of plain letters only.
func (r *Rule) name() string {
	return rulesFolder + plain(r.Detector) + "@" + plain(r.Version) + ".yaml"
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, s)
}

// line ends a row's text with one line end.
func line(b []byte) []byte { return append(bytes.TrimRight(slices.Clone(b), "\n"), '\n') }

func rows(list []Finding) (b []byte) {
	for i := range list {
		b = append(b, line(list[i].Row)...)
	}
	return b
}

// array is JSON values as an array, one a line.
func array(list [][]byte) []byte {
	b := []byte("[\n")
	for i, v := range list {
		b = append(b, bytes.TrimSpace(v)...)
		if i < len(list)-1 {
			b = append(b, ',')
		}
		b = append(b, '\n')
	}
	return append(b, "]\n"...)
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
