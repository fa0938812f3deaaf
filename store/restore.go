package store

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/davylamp/davy"
)

// Restored says what a restore did.
type Restored struct {
	Manifest Manifest
	Aside    string // where what was there before lies now; "" when there was nothing
}

// Restore brings a backup back into a data folder that nobody uses. Nothing is touched
// before the whole backup is proven to be as it was made; what was there is moved aside,
// never deleted. Everybody has to sign in again.
func Restore(data, file string) (r Restored, err error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return r, damaged(file, "it is no backup, or cut off: "+err.Error())
	}
	defer z.Close()
	if r.Manifest, err = manifest(file, &z.Reader); err != nil {
		return r, err
	}
	lock, _, err := takeLock(filepath.Join(data, FileName))
	if err != nil {
		return r, err
	}
	defer func() { _ = lock.Truncate(0); lock.Close() }()
	scratch, err := os.MkdirTemp(data, ".restore-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(scratch)
	for _, e := range r.Manifest.Files {
		if err := unpack(file, &z.Reader, e, scratch); err != nil {
			return r, err
		}
	}
	if err := sound(file, scratch); err != nil {
		return r, err
	}
	names := slices.Clone(kept)
	if _, err := os.Stat(filepath.Join(scratch, evidenceDir)); err == nil {
		names = append(names, evidenceDir) // else the packets that are there stay
	}
	if r.Aside, err = aside(data, names); err != nil {
		return r, err
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(scratch, name), filepath.Join(data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
	}
	return r, noteRestore(filepath.Join(data, FileName), r.Manifest)
}

func damaged(file, text string) error {
	return &davy.Fault{Kind: davy.Broken, Text: "the backup " + file + " is refused: " + text, Hint: "take another backup; the data folder was not touched"}
}

// manifest reads what a backup says it holds, and compares that with the names in it.
func manifest(file string, z *zip.Reader) (m Manifest, err error) {
	text, err := entry(z, manifestName, 16<<20)
	if err != nil {
		return m, damaged(file, "its manifest cannot be read: "+err.Error())
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != z.Comment {
		return m, damaged(file, "its manifest was changed")
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, damaged(file, "its manifest cannot be read: "+err.Error())
	}
	if m.Form != backupForm {
		return m, &davy.Fault{Kind: davy.Invalid, Text: fmt.Sprintf("the backup %s has form %d, made by davy %s; this davy reads form %d", file, m.Form, m.Version, backupForm), Hint: "use the davy that made it"}
	}
	told := map[string]bool{manifestName: true}
	for _, e := range m.Files {
		top, _, _ := strings.Cut(e.Name, "/")
		if !filepath.IsLocal(filepath.FromSlash(e.Name)) || !slices.Contains(append(slices.Clone(kept), evidenceDir), top) || told[e.Name] {
			return m, damaged(file, fmt.Sprintf("%.80q has no place in a data folder", e.Name))
		}
		told[e.Name] = true
	}
	if !told[FileName] {
		return m, damaged(file, "it holds no database")
	}
	for _, f := range z.File {
		if !told[f.Name] {
			return m, damaged(file, fmt.Sprintf("%.80q was added to it", f.Name))
		}
		delete(told, f.Name)
	}
	for name := range told {
		return m, damaged(file, fmt.Sprintf("%.80q is missing", name))
	}
	return m, nil
}

func entry(z *zip.Reader, name string, most int64) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// unpack writes a file of the backup and compares it with the manifest.
func unpack(file string, z *zip.Reader, e Entry, scratch string) error {
	in, err := z.Open(e.Name)
	if err != nil {
		return damaged(file, e.Name+": "+err.Error())
	}
	defer in.Close()
	to := filepath.Join(scratch, filepath.FromSlash(e.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	h := sha256.New()
	into := &writeErr{w: out}
	n, err := io.Copy(io.MultiWriter(into, h), io.LimitReader(in, e.Size+1))
	if werr := errors.Join(into.err, out.Sync(), out.Close()); werr != nil {
		return fmt.Errorf("%s: %w", to, werr)
	}
	if err != nil {
		return damaged(file, e.Name+": "+err.Error())
	}
	if n != e.Size || hex.EncodeToString(h.Sum(nil)) != e.SHA256 {
		return damaged(file, e.Name+" is not what was backed up")
	}
	return nil
}

// writeErr remembers that it was writing that failed, not the backup.
type writeErr struct {
	w   io.Writer
	err error
}

func (w *writeErr) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.err = err
	return n, err
}

// sound opens the database of the backup before anything is moved.
func sound(file, scratch string) error {
	db, err := open(filepath.Join(scratch, FileName), true)
	if err != nil {
		return err
	}
	defer db.shut() //nolint:errcheck // only read
	if err := db.Check(); err != nil {
		return damaged(file, err.Error())
	}
	n, err := db.form()
	if err == nil && n > len(steps()) {
		err = db.newer(n)
	}
	return err
}

// aside moves what a restore replaces out of the way.
func aside(data string, names []string) (string, error) {
	dir := filepath.Join(data, "before-restore-"+time.Now().UTC().Format("20060102T150405.000"))
	moved := false
	for _, name := range append(slices.Clone(names), FileName+"-wal", FileName+"-shm") {
		from := filepath.Join(data, name)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !moved {
			if err := os.Mkdir(dir, 0o700); err != nil {
				return "", err
			}
			moved = true
		}
		if err := os.Rename(from, filepath.Join(dir, name)); err != nil {
			return dir, err
		}
	}
	if !moved {
		return "", nil
	}
	return dir, nil
}

// noteRestore ends all sessions and writes the restore into the audit trail. The caller
// holds the folder.
func noteRestore(path string, m Manifest) error {
	db, err := open(path, false)
	if err != nil {
		return err
	}
	db.head = readHead(path)
	if err = db.migrate(); err == nil {
		err = db.trustHead()
	}
	if err == nil {
		err = db.change(davy.Itself, "restore", "", "a backup of "+m.Made, func(tx *tx) error { return tx.do(`DELETE FROM sessions`) })
	}
	return errors.Join(err, db.shut())
}
