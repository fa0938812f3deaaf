package evidence

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestBundleIsWhole: what was written verifies, by itself and against the key; it is the same
// bytes each time.
func TestBundleIsWhole(t *testing.T) {
	k := key(t)
	b := bundle(t, k)
	if !bytes.Equal(b, bundle(t, k)) {
		t.Error("the same case gave other bytes")
	}
	for _, trusted := range []string{"", k.Fingerprint()} {
		got, err := Verify(bytes.NewReader(b), int64(len(b)), trusted)
		if err != nil {
			t.Fatal(err)
		}
		if got.Incident != "I-3" || got.Packets != 25 || got.Key != k.Fingerprint() || strings.Join(got.Rules, " ") != "D20@4f2a D29@0.1.0" || got.Sensor != "hall 3" || got.Made != "2027-01-15T08:01:40Z" {
			t.Errorf("%+v", got)
		}
	}
	want := refusal(b, key(t).Fingerprint())
	if len(want) != 1 || !strings.HasPrefix(want[0], "it was signed by "+k.Fingerprint()+", not by ") {
		t.Errorf("another key is trusted, and it says %q", want)
	}
}

// TestLearnedIsJSON: what was learned is an array, also when it is empty.
func TestLearnedIsJSON(t *testing.T) {
	for _, list := range [][][]byte{nil, made().Learned} {
		var v []any
		if err := json.Unmarshal(array(list), &v); err != nil || len(v) != len(list) {
			t.Errorf("%v of %d", err, len(v))
		}
	}
}

// TestOtherPrograms: unzip tests a bundle, and tshark shows Davy's words at the frames.
func TestOtherPrograms(t *testing.T) {
	k := key(t)
	path := inFolder(t, "bundle.zip", bundle(t, k))
	if _, err := exec.LookPath("unzip"); err == nil {
		if out, err := exec.Command("unzip", "-t", path).CombinedOutput(); err != nil {
			t.Errorf("unzip: %v\n%s", err, out)
		}
	}
	var b bytes.Buffer
	if err := chosen(t, made().Findings, plant(), Defaults).Packets(&b); err != nil {
		t.Fatal(err)
	}
	packets := inFolder(t, "packets.pcapng", b.Bytes())
	out, err := exec.Command("tshark", "-r", packets, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;", "-e", "frame.number", "-e", "frame.time_epoch", "-e", "ip.src", "-e", "frame.interface_name",
		"-e", "frame.comment", "-Y", `frame.comment contains "New writer"`).Output()
	if err != nil {
		t.Fatalf("tshark, which make test sets up: %v", err)
	}
	got := strings.SplitN(string(out), "\n1800", 2)[0]
	if want := "1|1800000010.000000000|192.0.2.9|mirror|Davy F-7 (D29, high): New writer"; !strings.HasPrefix(got, want) || strings.Count(string(out), "192.0.2.9|mirror") != 25 {
		t.Errorf("tshark shows\n%s\nwant it to begin %s", out, want)
	}
}

// TestKey: a key is made once, is nobody else's to read, and a damaged one is refused.
func TestKey(t *testing.T) {
	folder := t.TempDir()
	a, fresh, err := OpenKey(folder)
	if err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	b, fresh, err := OpenKey(folder)
	if err != nil || fresh || !bytes.Equal(a.private, b.private) {
		t.Fatal("the key did not last", err)
	}
	if got, err := Fingerprint(a.Public()); err != nil || got != a.Fingerprint() {
		t.Errorf("of the public key: %s %v", got, err)
	}
	if got, err := Fingerprint(" " + a.Fingerprint() + "\n"); err != nil || got != a.Fingerprint() {
		t.Errorf("of the fingerprint: %s %v", got, err)
	}
	for _, bad := range []string{"", "SHA256:abcd", publicForm + "abcd", "md5:" + a.Fingerprint()} {
		if got, err := Fingerprint(bad); err == nil {
			t.Errorf("%q is taken for the fingerprint %s", bad, got)
		}
	}
	if len(a.public()) != ed25519.PublicKeySize {
		t.Error("no public key")
	}
}
