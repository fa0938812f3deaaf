package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Bundle is what a bundle that was found whole says of itself.
type Bundle struct {
	Incident, Title string
	Made            string
	Sensor, Version string
	Key             string // fingerprint of who signed
	Packets         int
	LeftOut         uint64 // packets for which there was no room when they were kept
	Findings        []Count
	Rules           []string
}

// Refused is why a bundle is not what was signed.
type Refused struct{ Reasons []string }

func (r *Refused) Error() string { return strings.Join(r.Reasons, "\n") }

func refuse(format string, args ...any) *Refused {
	return &Refused{[]string{fmt.Sprintf(format, args...)}}
}

// Bounds of what is read: entries, and bytes of those that are held in memory.
const (
	maxEntries  = 512
	maxManifest = 4 << 20
	maxPieces   = 64 << 20
)

// Verify checks a bundle of size bytes. Trusted is the fingerprint of the key that has to
// have signed it; with "" any key may, and Bundle.Key is to be compared by who asks. What is
// not as it was signed gives a *Refused with the reasons.
func Verify(r io.ReaderAt, size int64, trusted string) (*Bundle, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		if b := make([]byte, 4); size > 4 && readAt(r, b) && string(b) == "PK\x03\x04" {
			return nil, refuse("it was cut short: the list of its entries, which stands at its end, is missing or damaged")
		}
		return nil, refuse("it is no evidence bundle: %v", err)
	}
	v := &verifying{files: map[string]*zip.File{}}
	if err := v.list(z, size); err != nil {
		return nil, err
	}
	if err := v.signature(trusted); err != nil {
		return nil, err
	}
	if err := v.entries(); err != nil {
		return nil, err
	}
	if err := v.exact(r, size); err != nil {
		return nil, err
	}
	return v.bundle(), nil
}

func readAt(r io.ReaderAt, b []byte) bool {
	n, _ := r.ReadAt(b, 0)
	return n == len(b)
}

type verifying struct {
	files    map[string]*zip.File
	text     []byte // of the manifest
	sigText  []byte
	manifest manifest
	made     time.Time
}

// list takes the entries of the zip, and refuses those that no bundle has.
func (v *verifying) list(z *zip.Reader, size int64) error {
	if len(z.File) > maxEntries {
		return refuse("it has %d entries; a bundle has at most %d", len(z.File), maxEntries)
	}
	var sum uint64
	for _, f := range z.File {
		sum += f.UncompressedSize64
		switch {
		case f.Name != plainPath(f.Name):
			return refuse("an entry is called %q, which is no name of a bundle's", f.Name)
		case v.files[f.Name] != nil:
			return refuse("%s is in it twice", f.Name)
		case f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64:
			return refuse("%s is packed: a bundle holds its entries as they are, so that it cannot unpack to more than it is", f.Name)
		case f.UncompressedSize64 > uint64(size) || sum > uint64(size):
			return refuse("%s claims %d bytes, in a bundle of %d", f.Name, f.UncompressedSize64, size)
		}
		v.files[f.Name] = f
	}
	return nil
}

func plainPath(s string) string {
	head, tail, ok := strings.Cut(s, "@")
	head = strings.TrimPrefix(head, rulesFolder)
	if ok {
		return rulesFolder + plain(head) + "@" + plain(tail)
	}
	return plain(head)
}

func (v *verifying) read(name string, most uint64) ([]byte, error) {
	f := v.files[name]
	switch {
	case f == nil:
		return nil, refuse("%s is missing", name)
	case f.UncompressedSize64 > most:
		return nil, refuse("%s has %d bytes; at most %d make sense", name, f.UncompressedSize64, most)
	}
	in, err := f.Open()
	if err != nil {
		return nil, refuse("%s cannot be read: %v", name, err)
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, int64(most)))
	if err != nil && !errors.Is(err, zip.ErrChecksum) { // the SHA-256 tells more
		return nil, refuse("%s cannot be read: %v", name, err)
	}
	return b, nil
}

// signature checks who signed the manifest, and reads it.
func (v *verifying) signature(trusted string) (err error) {
	if v.text, err = v.read(manifestName, maxManifest); err != nil {
		return err
	}
	if v.sigText, err = v.read(signatureName, 1024); err != nil {
		return err
	}
	first, second, _ := bytes.Cut(v.sigText, []byte("\n"))
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(first), publicForm))
	signature, err2 := base64.StdEncoding.DecodeString(strings.TrimSpace(string(second)))
	if err != nil || err2 != nil || len(public) != ed25519.PublicKeySize || len(signature) != ed25519.SignatureSize ||
		!bytes.Equal(v.sigText, signatureText(public, signature)) {
		return refuse("%s is no signature of Davy's: it was changed", signatureName)
	}
	if !ed25519.Verify(public, append([]byte(signed), v.text...), signature) {
		return refuse("%s is not the signature of %s by %s: one of the two was changed, or the key in it was", signatureName, manifestName, fingerprint(public))
	}
	if trusted != "" && trusted != fingerprint(public) {
		return refuse("it was signed by %s, not by %s, which is trusted", fingerprint(public), trusted)
	}
	d := json.NewDecoder(bytes.NewReader(v.text))
	d.DisallowUnknownFields()
	err = d.Decode(&v.manifest)
	if v.manifest.Form > form {
		return refuse("its form is %d and this Davy knows forms up to %d: verify it with a newer one", v.manifest.Form, form)
	}
	if err == nil {
		v.made, err = time.Parse(time.RFC3339, v.manifest.Made)
	}
	if err != nil || v.manifest.Key != fingerprint(public) {
		return refuse("%s is signed, and not as Davy writes it", manifestName)
	}
	return nil
}

// entries compares every entry with the manifest.
func (v *verifying) entries() error {
	var reasons []string
	sums := map[string]string{}
	var missing, wrong []row
	for _, e := range v.manifest.Entries {
		f := v.files[e.Name]
		if f == nil {
			missing = append(missing, e)
			continue
		}
		sum, err := hashOf(f)
		if err != nil {
			reasons = append(reasons, fmt.Sprintf("%s cannot be read: %v", e.Name, err))
		} else if sum != e.SHA256 || int64(f.UncompressedSize64) != e.Bytes {
			wrong = append(wrong, e)
		}
		sums[e.Name] = sum
	}
	for _, name := range v.names() {
		if _, known := sums[name]; known || name == manifestName || name == signatureName {
			continue
		}
		sum, _ := hashOf(v.files[name])
		if i := slices.IndexFunc(missing, func(e row) bool { return e.SHA256 == sum }); i >= 0 {
			reasons = append(reasons, fmt.Sprintf("%s was renamed: it is called %s", missing[i].Name, name))
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s was added: it is not in the manifest", name))
	}
	for _, e := range missing {
		reasons = append(reasons, fmt.Sprintf("%s was taken out", e.Name))
	}
	reasons = append(reasons, v.explain(wrong)...)
	if len(reasons) > 0 {
		return &Refused{reasons}
	}
	return nil
}

func (v *verifying) names() (list []string) {
	for name := range v.files {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func hashOf(f *zip.File) (string, error) {
	in, err := f.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil && !errors.Is(err, zip.ErrChecksum) {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// explain says of entries whose hash is wrong what in them is, where the signed pieces tell.
func (v *verifying) explain(wrong []row) (reasons []string) {
	var signed []pieces
	b, err := v.read(piecesName, maxPieces)
	if err != nil || slices.ContainsFunc(wrong, func(e row) bool { return e.Name == piecesName }) || json.Unmarshal(b, &signed) != nil {
		signed = nil
	}
	for _, e := range wrong {
		i := slices.IndexFunc(signed, func(p pieces) bool { return p.Entry == e.Name })
		if i < 0 {
			reasons = append(reasons, e.Name+" is not what was signed")
			continue
		}
		in, err := v.files[e.Name].Open()
		if err != nil {
			reasons = append(reasons, fmt.Sprintf("%s cannot be read: %v", e.Name, err))
			continue
		}
		is, broken := cut(e.Name, in)
		if errors.Is(broken, zip.ErrChecksum) {
			broken = nil
		}
		in.Close()
		reasons = append(reasons, differences(signed[i], is, broken)...)
	}
	return reasons
}

// exact writes the bundle anew and compares: there is one way to write it, so that nothing
// hides between entries or in their heads.
func (v *verifying) exact(r io.ReaderAt, size int64) error {
	list := []entry{text(manifestName, v.text), text(signatureName, v.sigText)}
	for _, e := range v.manifest.Entries {
		f := v.files[e.Name]
		list = append(list, entry{e.Name, func(w io.Writer) error {
			in, err := f.Open()
			if err != nil {
				return err
			}
			defer in.Close()
			_, err = io.Copy(w, in)
			return err
		}})
	}
	same := &comparing{r: r}
	err := pack(same, v.made, list)
	if err == nil && same.at != size {
		err = &differs{min(same.at, size)}
	}
	var d *differs
	if errors.As(err, &d) {
		return refuse("its entries are what was signed, and around them it holds something else, from byte %d on", d.at)
	}
	if err != nil {
		return refuse("it cannot be read again: %v", err)
	}
	return nil
}

// comparing is a writer that compares what is written with what it has.
type comparing struct {
	r   io.ReaderAt
	at  int64
	buf []byte
}

type differs struct{ at int64 }

func (d *differs) Error() string { return fmt.Sprintf("differs at byte %d", d.at) }

func (c *comparing) Write(b []byte) (int, error) {
	c.buf = slices.Grow(c.buf[:0], len(b))[:len(b)]
	n, _ := c.r.ReadAt(c.buf, c.at)
	for i := range b {
		if i >= n || b[i] != c.buf[i] {
			return i, &differs{c.at + int64(i)}
		}
	}
	c.at += int64(len(b))
	return len(b), nil
}

func (v *verifying) bundle() *Bundle {
	m := &v.manifest
	b := &Bundle{m.Incident, m.Title, m.Made, m.Sensor, m.Version, m.Key, m.Packets, m.LeftOut, m.Findings, nil}
	for _, e := range m.Entries {
		if rest, ok := strings.CutPrefix(e.Name, rulesFolder); ok {
			b.Rules = append(b.Rules, strings.TrimSuffix(rest, ".yaml"))
		}
	}
	return b
}
