package api

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// What Davy's own certificate is: browsers take none that holds for longer.
const (
	certDays  = 825
	renewDays = 30
	certOwner = "Davy"
)

// Certificate is what the server shows: one that stands in a folder as cert.pem and key.pem.
// One that Davy made is made anew before it ends, and when it does not name a host; one
// that people put there is used as it is.
type Certificate struct {
	dir   string
	hosts []string
	owner string // whose name it bears; "" is Davy's
	Made  bool   // Davy made it just now
	Note  string // what is wrong with a certificate that people put there; "" is nothing

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time
}

// OpenCertificate reads the certificate of a folder or makes one for these names and
// addresses.
func OpenCertificate(dir string, hosts []string) (*Certificate, error) {
	c := &Certificate{dir: dir, hosts: hosts}
	return c, c.load(time.Now())
}

// Get is what tls.Config asks for each connection. Once an hour it looks whether the
// certificate is to be made anew, or was changed.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) > time.Hour || now.Before(c.looked) {
		if err := c.load(now); err != nil && c.current == nil {
			return nil, err
		}
	}
	return c.current, nil
}

// Fingerprint is the SHA-256 of the certificate as browsers show it.
func (c *Certificate) Fingerprint() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.Sum256(c.current.Certificate[0])
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

func (c *Certificate) load(now time.Time) error {
	c.looked = now
	cert, key := filepath.Join(c.dir, "cert.pem"), filepath.Join(c.dir, "key.pem")
	pair, err := tls.LoadX509KeyPair(cert, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if present(cert) != present(key) {
			return fmt.Errorf("%s holds only one of cert.pem and key.pem; put the other there, or take it away and a certificate is made", c.dir)
		}
		return c.make(now)
	case err != nil:
		return fmt.Errorf("the certificate in %s cannot be used: %w; mend the files, or take both away and one is made", c.dir, err)
	}
	c.Note = ""
	leaf := pair.Leaf
	late := now.Add(renewDays * 24 * time.Hour).After(leaf.NotAfter)
	names := slices.IndexFunc(c.hosts, func(h string) bool { return leaf.VerifyHostname(h) != nil })
	if own := slices.Contains(leaf.Issuer.Organization, certOwner); own && (late || names >= 0 || now.Before(leaf.NotBefore)) {
		return c.make(now)
	}
	switch {
	case now.After(leaf.NotAfter):
		c.Note = "the certificate ended on " + leaf.NotAfter.UTC().Format(time.DateOnly)
	case late:
		c.Note = "the certificate ends on " + leaf.NotAfter.UTC().Format(time.DateOnly)
	}
	c.current = &pair
	return nil
}

func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// make makes a certificate and writes it, the key first and for nobody else to read.
func (c *Certificate) make(now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	name := pkix.Name{Organization: []string{cmp.Or(c.owner, certOwner)}, CommonName: "Davy sensor"}
	t := &x509.Certificate{SerialNumber: serial, Subject: name, Issuer: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certDays*24*time.Hour - time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, h := range c.hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(c.dir, "key.pem"), keyPEM, 0o600); err != nil {
		return err
	}
	if err := replace(filepath.Join(c.dir, "cert.pem"), certPEM, 0o644); err != nil {
		return err
	}
	c.current, c.Made = &pair, true
	return nil
}

// replace writes a file so that a crash leaves the old or the new one.
func replace(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // there is none once it has its name
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Hosts are the names and addresses under which a server that listens there is reached.
func Hosts(listen string) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil && name != "" && name != "localhost" {
		hosts = append(hosts, name)
	}
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	switch {
	case err == nil && host != "" && ip == nil && !slices.Contains(hosts, host):
		hosts = append(hosts, host)
	case ip != nil && !ip.IsUnspecified():
		if !slices.Contains(hosts, ip.String()) {
			hosts = append(hosts, ip.String())
		}
	case ip != nil || host == "":
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			return hosts
		}
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
				hosts = append(hosts, n.IP.String())
			}
		}
	}
	return hosts
}
