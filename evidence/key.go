package evidence

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Key signs bundles. It belongs to one sensor and never leaves its data folder; the public
// half stands in every bundle.
type Key struct{ private ed25519.PrivateKey }

// The key's two files in the folder of keys, and how their one line begins.
const (
	secretFile = "evidence.key"
	publicFile = "evidence.pub"
	secretForm = "davy-evidence-secret-ed25519 "
	publicForm = "davy-evidence-ed25519 "
)

// OpenKey reads the key of a folder, or makes one at the first start; made tells which.
func OpenKey(folder string) (k *Key, made bool, err error) {
	path := filepath.Join(folder, secretFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(folder)
	}
	if err != nil {
		return nil, false, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("%s can be read by others: whoever has it can sign evidence; run chmod 600 on it if nobody did read it, else delete it and a new key is made", path)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(text)), strings.TrimSpace(secretForm))
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	if !ok || err != nil || len(seed) != ed25519.SeedSize {
		return nil, false, fmt.Errorf("%s holds no evidence key: restore it from a backup, or delete it and a new key is made", path)
	}
	k = &Key{ed25519.NewKeyFromSeed(seed)}
	return k, false, k.publish(folder)
}

func makeKey(folder string) (*Key, bool, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, false, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, false, err
	}
	k := &Key{private}
	secret := secretForm + base64.StdEncoding.EncodeToString(private.Seed()) + "\n"
	if err := place(filepath.Join(folder, secretFile), 0o600, []byte(secret)); err != nil {
		return nil, false, err
	}
	return k, true, k.publish(folder)
}

// publish keeps the public half beside the secret one, to be handed out.
func (k *Key) publish(folder string) error {
	path := filepath.Join(folder, publicFile)
	if old, err := os.ReadFile(path); err == nil && string(old) == k.Public()+"\n" {
		return nil
	}
	return place(path, 0o644, []byte(k.Public()+"\n"))
}

// Public is the public half as one line of text.
func (k *Key) Public() string { return publicForm + base64.StdEncoding.EncodeToString(k.public()) }

// Fingerprint is what people compare: SHA-256 of the public half.
func (k *Key) Fingerprint() string { return fingerprint(k.public()) }

func (k *Key) public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

func fingerprint(public []byte) string {
	sum := sha256.Sum256(public)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Fingerprint reads what somebody trusts: a fingerprint, or the line of a public key.
func Fingerprint(text string) (string, error) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "SHA256:"); ok {
		if sum, err := base64.RawStdEncoding.DecodeString(rest); err == nil && len(sum) == sha256.Size {
			return text, nil
		}
	}
	if rest, ok := strings.CutPrefix(text, publicForm); ok {
		if public, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil && len(public) == ed25519.PublicKeySize {
			return fingerprint(public), nil
		}
	}
	return "", errors.New("is neither a fingerprint (SHA256:…) nor a public key of Davy's (keys/" + publicFile + ")")
}

// place writes a file whole or not at all.
func place(path string, mode fs.FileMode, text []byte) error {
	return placing(path, mode, func(f *os.File) error {
		_, err := f.Write(text)
		return err
	})
}

func placing(path string, mode fs.FileMode, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(mode), write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
