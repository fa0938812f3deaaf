package evidence

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// refusal are the reasons why a bundle is refused, nil when it is not.
func refusal(b []byte, trusted string) []string {
	_, err := Verify(bytes.NewReader(b), int64(len(b)), trusted)
	var r *Refused
	if errors.As(err, &r) {
		return r.Reasons
	}
	if err != nil {
		return []string{"not a refusal: " + err.Error()}
	}
	return nil
}

type file struct {
	name string
	b    []byte
}

func unpacked(t testing.TB, b []byte) (list []file) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file{f.Name, text})
	}
	return list
}

func packed(t testing.TB, list []file) []byte {
	t.Helper()
	var entries []entry
	for _, f := range list {
		entries = append(entries, text(f.name, f.b))
	}
	var out bytes.Buffer
	if err := pack(&out, time.Unix(0, made().Made).UTC(), entries); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// split is a packets file as its blocks.
func split(t testing.TB, b []byte) (list [][]byte) {
	t.Helper()
	if err := blocks(bytes.NewReader(b), func(_ uint32, b []byte) error {
		list = append(list, slices.Clone(b))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// in changes one entry.
func in(name string, change func(b []byte) []byte) func([]file) []file {
	return func(list []file) []file {
		for i := range list {
			if list[i].name == name {
				list[i].b = change(list[i].b)
			}
		}
		return list
	}
}

func replace(was, is string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(was), []byte(is), 1) }
}

// TestRefused: each change that somebody could make is refused, with the reason. The zip
// itself is always whole, so that only the evidence is wrong.
func TestRefused(t *testing.T) {
	k, other := key(t), key(t)
	whole := bundle(t, k)
	if got := refusal(packed(t, unpacked(t, whole)), ""); got != nil {
		t.Fatalf("unpacked and packed again it is refused: %v", got)
	}
	packets := func(change func(list [][]byte) [][]byte) func([]file) []file {
		return in(packetsName, func(b []byte) []byte { return bytes.Join(change(split(t, b)), nil) })
	}
	for _, c := range []struct {
		what   string
		change func([]file) []file
		want   []string
	}{
		{"one packet byte", packets(func(l [][]byte) [][]byte { l[2+16][60] ^= 1; return l }), []string{"packets.pcapng: packet 17 is not what was signed"}},
		{"what Davy said at a packet", in(packetsName, replace("F-7 goes on", "F-8 goes on")), []string{"packets.pcapng: packet 2 is not what was signed"}},
		{"a packet taken out", packets(func(l [][]byte) [][]byte { return slices.Delete(l, 2+3, 2+4) }), []string{"packets.pcapng: packet 4 was taken out"}},
		{"the first packets taken out", packets(func(l [][]byte) [][]byte { return slices.Delete(l, 2, 2+3) }), []string{"packets.pcapng: packets 1 to 3 were taken out"}},
		{"the last packets taken out", packets(func(l [][]byte) [][]byte { return l[:2+20] }), []string{"packets.pcapng: packets 21 to 25 were taken out"}},
		{"all packets taken out", packets(func(l [][]byte) [][]byte { return l[:2] }), []string{"packets.pcapng: packets 1 to 25 were taken out"}},
		{"a packet added", packets(func(l [][]byte) [][]byte {
			strange := slices.Clone(l[7])
			strange[40] ^= 1
			return slices.Insert(l, 8, strange)
		}), []string{"packets.pcapng: packet 7 was added"}},
		{"two packets exchanged", packets(func(l [][]byte) [][]byte { l[4], l[5] = l[5], l[4]; return l }), []string{"packets.pcapng: packet 3 was taken out", "packets.pcapng: packet 4 was added"}},
		{"the interface renamed", packets(func(l [][]byte) [][]byte { l[1][20] ^= 1; return l }), []string{"packets.pcapng: what stands before its first packet is not what was signed"}},
		{"packets cut", in(packetsName, func(b []byte) []byte { return b[:len(b)-5] }), []string{"packets.pcapng: packet 25 was taken out", "packets.pcapng: after packet 24: ends inside a block"}},
		{"a learned entry changed", in(learnedName, replace(`"browse"`, `"write"`)), []string{"learned.json: line 3 is not what was signed"}},
		{"a learned entry taken out", in(learnedName, replace(`{"client":"192.0.2.2","server":"192.0.2.1","op":"read"},`+"\n", "")), []string{"learned.json: line 2 was taken out"}},
		{"a learned entry added", in(learnedName, replace("[\n", "[\n{\"client\":\"192.0.2.9\"},\n")), []string{"learned.json: line 2 was added"}},
		{"the rule", in("rules/D20@4f2a.yaml", replace("changed", "read")), []string{"rules/D20@4f2a.yaml: line 2 is not what was signed"}},
		{"the finding", in(findingsName, replace("wrote", "read")), []string{"findings.ndjson: line 1 is not what was signed"}},
		{"the incident", in(incidentName, replace("F-7", "F-8")), []string{"incident.json: line 1 is not what was signed"}},
		{"the hashes that only help", in(piecesName, replace(`"incident.json"`, `"incident.jsox"`)), []string{"pieces.json is not what was signed"}},
		{"a packet and the hashes that only help", func(l []file) []file {
			return in(piecesName, replace(`"hashes"`, `"hasches"`))(in(packetsName, replace("write 2", "wrote 2"))(l))
		}, []string{"pieces.json is not what was signed", "packets.pcapng is not what was signed"}},
		{"the signature", in(signatureName, func(b []byte) []byte {
			b[len(b)-20] ^= 1
			return b
		}), nil},
		{"the key in the signature", in(signatureName, func(b []byte) []byte {
			return append([]byte(other.Public()+"\n"), b[bytes.IndexByte(b, '\n')+1:]...)
		}), []string{"manifest.sig is not the signature of manifest.json by " + other.Fingerprint() + ": one of the two was changed, or the key in it was"}},
		{"the manifest", in(manifestName, replace("hall 3", "hall 4")), []string{"manifest.sig is not the signature of manifest.json by " + k.Fingerprint() + ": one of the two was changed, or the key in it was"}},
		{"the manifest and its hash of a packet", in(manifestName, replace(`"packets": 25`, `"packets": 24`)), []string{"manifest.sig is not the signature of manifest.json by " + k.Fingerprint() + ": one of the two was changed, or the key in it was"}},
		{"a signature of another form", in(signatureName, replace("\n", "\r\n")), []string{"manifest.sig is no signature of Davy's: it was changed"}},
		{"a file added", func(l []file) []file { return append(l, file{"rules/D99@1.yaml", []byte("id: D99\n")}) }, []string{"rules/D99@1.yaml was added: it is not in the manifest"}},
		{"a file added by a name that leads out", func(l []file) []file { return append(l, file{"../../etc/passwd", nil}) }, []string{`an entry is called "../../etc/passwd", which is no name of a bundle's`}},
		{"a file renamed", func(l []file) []file { l[5].name = "rules/D20@5.yaml"; return l }, []string{"rules/D20@4f2a.yaml was renamed: it is called rules/D20@5.yaml"}},
		{"a file taken out", func(l []file) []file { return slices.Delete(l, 4, 5) }, []string{"learned.json was taken out"}},
		{"a file twice", func(l []file) []file { return append(l, l[4]) }, []string{"learned.json is in it twice"}},
		{"the manifest taken out", func(l []file) []file { return l[1:] }, []string{"manifest.json is missing"}},
		{"the signature taken out", func(l []file) []file { return slices.Delete(l, 1, 2) }, []string{"manifest.sig is missing"}},
		{"another order", func(l []file) []file { l[4], l[5] = l[5], l[4]; return l }, nil},
		{"too many files", func(l []file) []file {
			for i := range maxEntries {
				l = append(l, file{"rules/D1@" + strings.Repeat("x", i) + ".yaml", nil})
			}
			return l
		}, []string{"it has 521 entries; a bundle has at most 512"}},
	} {
		got := refusal(packed(t, c.change(unpacked(t, whole))), "")
		if len(got) == 0 || c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// TestEveryByteCounts: there is no byte of a bundle that may be another.
func TestEveryByteCounts(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, made(), chosen(t, made().Findings, plant(), Limits{Packets: 12, Bytes: 1 << 20}), key(t)); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	for i := range b {
		b[i] ^= 1 << (i % 8)
		if got := refusal(b, ""); got == nil {
			t.Errorf("byte %d of %d may be another", i, len(b))
		}
		b[i] ^= 1 << (i % 8)
	}
	for n := 0; n < len(b); n += 5 {
		if got := refusal(b[:n], ""); got == nil {
			t.Errorf("the first %d bytes are enough", n)
		}
	}
	if got := refusal(b[:len(b)/2], ""); !strings.HasPrefix(got[0], "it was cut short") {
		t.Errorf("of half a bundle it says %q", got)
	}
	if got := refusal([]byte("this is a letter, not a bundle"), ""); !strings.HasPrefix(got[0], "it is no evidence bundle") {
		t.Errorf("of a letter it says %q", got)
	}
	for what, other := range map[string][]byte{"bytes before it": append([]byte("#!/bin/sh\n"), b...), "bytes behind it": append(slices.Clone(b), 0),
		"a comment": append(append(slices.Clone(b[:len(b)-2]), 5, 0), "hello"...)} {
		if got := refusal(other, ""); got == nil {
			t.Errorf("%s are not seen", what)
		}
	}
}

// TestBombs: a small zip that unpacks to much is refused before anything is unpacked.
func TestBombs(t *testing.T) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range unpacked(t, bundle(t, key(t))) {
		w, err := z.Create(f.name) // deflated
		if err != nil {
			t.Fatal(err)
		}
		if f.name == packetsName {
			f.b = make([]byte, 32<<20)
		}
		if _, err := w.Write(f.b); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	if out.Len() > 1<<20 {
		t.Fatalf("%d bytes are no bomb", out.Len())
	}
	if n := testing.AllocsPerRun(1, func() { refusal(out.Bytes(), "") }); n > 2000 {
		t.Errorf("%v allocations", n)
	}
	if got := refusal(out.Bytes(), ""); len(got) != 1 || !strings.HasPrefix(got[0], "manifest.json is packed") {
		t.Errorf("it says %q", got)
	}
	var liar bytes.Buffer
	z = zip.NewWriter(&liar)
	w, err := z.CreateRaw(&zip.FileHeader{Name: packetsName, CompressedSize64: 1 << 40, UncompressedSize64: 1 << 40})
	if err == nil {
		_, err = w.Write([]byte("little"))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	if got := refusal(liar.Bytes(), ""); len(got) != 1 || !strings.HasPrefix(got[0], "packets.pcapng claims 1099511627776 bytes") {
		t.Errorf("of one that claims a terabyte it says %q", got)
	}
}

// FuzzVerify: whatever is given, the answer is a refusal.
func FuzzVerify(f *testing.F) {
	b := bundle(f, key(f))
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Verify(bytes.NewReader(b), int64(len(b)), ""); err != nil && refusal(b, "") == nil {
			t.Error(err)
		}
	})
}
