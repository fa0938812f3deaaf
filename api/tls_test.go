package api

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func opened(t *testing.T, dir string, hosts ...string) *Certificate {
	t.Helper()
	c, err := OpenCertificate(dir, hosts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCertificateIsKept: what was made once is used again, its key is nobody else's, and it
// names what it was made for.
func TestCertificateIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	a := opened(t, dir, "localhost", "127.0.0.1", "davy.plant")
	if !a.Made || len(a.Fingerprint()) != 32*3-1 {
		t.Fatalf("made: %v, fingerprint %q", a.Made, a.Fingerprint())
	}
	b := opened(t, dir, "davy.plant")
	if b.Made || b.Fingerprint() != a.Fingerprint() {
		t.Error("the second start made another certificate")
	}
	leaf := a.current.Leaf
	for _, h := range []string{"localhost", "127.0.0.1", "davy.plant"} {
		if err := leaf.VerifyHostname(h); err != nil {
			t.Error(err)
		}
	}
	if days := leaf.NotAfter.Sub(leaf.NotBefore).Hours() / 24; days > certDays {
		t.Errorf("it holds for %v days", days)
	}
	for _, name := range []string{"key.pem"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestCertificateIsMadeAnew: before it ends, when it lacks a name, and while a server runs.
func TestCertificateIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	a := opened(t, dir, "localhost")
	if b := opened(t, dir, "localhost", "10.1.2.3"); !b.Made || b.Fingerprint() == a.Fingerprint() {
		t.Error("a certificate that lacks an address was kept")
	}
	old := &Certificate{dir: dir, hosts: []string{"localhost"}}
	if err := old.make(time.Now().Add(-(certDays - renewDays + 1) * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	print := old.Fingerprint()
	if _, err := old.Get(nil); err != nil || old.Fingerprint() == print {
		t.Errorf("a certificate that ends in %d days was kept: %v", renewDays-1, err)
	}
}

// TestForeignCertificateIsNotTouched: what people put there is theirs, also when it ends.
func TestForeignCertificateIsNotTouched(t *testing.T) {
	dir := t.TempDir()
	theirs := &Certificate{dir: dir, hosts: []string{"davy.plant"}, owner: "Plant CA"}
	if err := theirs.make(time.Now().Add(-(certDays + 1) * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	c := opened(t, dir, "localhost")
	if c.Made || c.Fingerprint() != theirs.Fingerprint() || !strings.Contains(c.Note, "ended") {
		t.Errorf("made: %v, note %q", c.Made, c.Note)
	}
}

// TestDamagedCertificateIsNamed: the error says what is wrong and what to do.
func TestDamagedCertificateIsNamed(t *testing.T) {
	dir := t.TempDir()
	opened(t, dir, "localhost")
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCertificate(dir, nil); err == nil || !strings.Contains(err.Error(), "take both away") {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, "cert.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCertificate(dir, nil); err == nil || !strings.Contains(err.Error(), "only one of") {
		t.Error(err)
	}
}

// TestHosts: the names and addresses that a certificate is made for.
func TestHosts(t *testing.T) {
	for listen, want := range map[string]string{"127.0.0.1:8443": "127.0.0.1", "davy.plant:8443": "davy.plant", "10.9.8.7:1": "10.9.8.7", "[fd00::1]:1": "fd00::1", ":8443": "localhost", "nonsense": "localhost"} {
		if got := strings.Join(Hosts(listen), " "); !strings.Contains(got+" ", want+" ") {
			t.Errorf("%s: %s lacks %s", listen, got, want)
		}
	}
}
