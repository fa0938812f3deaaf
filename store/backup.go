package store

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davylamp/davy"
)

// What a backup holds of a data folder: the database with the end of its audit trail, what
// the engine learned, and the keys. Packets (ring, captures) are not in it; the kept
// packets of incidents are, when asked for.
const (
	stateName    = "state.davy"
	manifestName = "manifest.json"
)

var (
	kept        = []string{FileName, FileName + ".audit", stateName, "keys", "tls"}
	evidenceDir = "evidence"
)

// Manifest says what a backup holds. It stands last in the file, and its own SHA-256 in the
// file's comment.
type Manifest struct {
	Form    int     `json:"form"` // of the backup
	Version string  `json:"version"`
	Made    string  `json:"made"`
	Files   []Entry `json:"files"`
}

// Entry is a file of a backup.
type Entry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const backupForm = 1

// BackupOptions say how a backup is made.
type BackupOptions struct {
	Evidence bool          // with the kept packets of incidents
	Wait     time.Duration // how long to wait for a running davy to save what it learned; 0: 90 s
	Say      func(string)  // told what is waited for, and what is not as it should be
}

// Backup writes what a data folder holds into one file, also while davy up runs. An existing
// file is not overwritten.
func Backup(data, file string, o BackupOptions) (m Manifest, err error) {
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if _, err := os.Lstat(file); err == nil {
		return m, &davy.Fault{Kind: davy.Taken, Text: file + " is there already", Hint: "choose another name; a backup is not overwritten"}
	}
	scratch, err := os.MkdirTemp(filepath.Dir(file), ".davy-backup-")
	if err != nil {
		return m, fmt.Errorf("where the backup is to go: %w", err)
	}
	defer os.RemoveAll(scratch)
	began := time.Now()
	if err := copyDatabase(data, scratch, o.Say); err != nil {
		return m, err
	}
	if err := awaitState(data, began, o); err != nil {
		return m, err
	}
	part := filepath.Join(scratch, "backup")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, err
	}
	m, err = pack(f, data, scratch, o)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = &davy.Fault{Kind: davy.Full, Text: "no room for the backup in " + filepath.Dir(file), Hint: "free space there, or choose another place", Err: err}
		}
		return m, err
	}
	return m, os.Rename(part, file)
}

// copyDatabase makes a whole copy of one moment, and the end of its audit trail. A trail
// that is broken is copied with what shows it.
func copyDatabase(data, scratch string, say func(string)) error {
	from, to := filepath.Join(data, FileName), filepath.Join(scratch, FileName)
	look, err := Look(from)
	if err != nil {
		return err
	}
	defer look.shut() //nolint:errcheck // only read
	plain, err := sql.Open("sqlite", dsn(look.path, ""))
	if err != nil {
		return err
	}
	defer plain.Close()
	if _, err := plain.Exec("VACUUM INTO ?1", to); err != nil {
		return look.fault(err)
	}
	made, err := Look(to)
	if err != nil {
		return err
	}
	defer made.shut() //nolint:errcheck // only read
	if err := made.Check(); err != nil {
		return err
	}
	made.head = readHead(from)
	if _, err := made.VerifyAudit(); err != nil {
		// The head may have moved on since the copy was made: then the trail is whole by itself.
		own := &head{path: to + ".audit"}
		made.head = own
		if _, alone := made.VerifyAudit(); alone != nil || look.headBroken() {
			say(err.Error() + "; the backup holds the trail as it is")
			text, e := os.ReadFile(from + ".audit")
			if e == nil {
				e = writeFile(to+".audit", text)
			}
			return e
		}
	}
	made.head = &head{path: to + ".audit"}
	var last link
	if err := made.read(func(tx *tx) (err error) { last, err = lastLink(tx); return err }); err != nil {
		return err
	}
	return made.head.save(last)
}

// headBroken looks whether the trail and its head disagree in the original.
func (db *DB) headBroken() bool {
	db.head = readHead(db.path)
	_, err := db.VerifyAudit()
	return err != nil
}

// awaitState waits until a running davy has saved what it learned after the database was
// copied, so that the numbers it gives after a restore are not those that were given.
func awaitState(data string, since time.Time, o BackupOptions) error {
	if !running(data) {
		return nil
	}
	if o.Wait == 0 {
		o.Wait = 90 * time.Second
	}
	state := filepath.Join(data, stateName)
	o.Say("davy up is running: waiting until it has saved what it learned (each minute)")
	for until := time.Now().Add(o.Wait); time.Now().Before(until) && running(data); time.Sleep(200 * time.Millisecond) {
		if info, err := os.Stat(state); err == nil && info.ModTime().After(since) {
			return nil
		}
	}
	if running(data) {
		o.Say("it was not saved: the backup holds what was learned before")
	}
	return nil
}

// running reports whether a process holds the data folder.
func running(data string) bool {
	f, err := os.Open(filepath.Join(data, FileName+".lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil {
		return true
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return false
}

// pack writes the files and the manifest.
func pack(w io.Writer, data, scratch string, o BackupOptions) (Manifest, error) {
	m := Manifest{Form: backupForm, Version: davy.Version, Made: string(davy.AppendTime(nil, time.Now().UnixNano()))}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	tops := kept
	if o.Evidence {
		tops = append(append([]string{}, kept...), evidenceDir)
	}
	for _, name := range tops {
		root := filepath.Join(data, name)
		if strings.HasPrefix(name, FileName) {
			root = filepath.Join(scratch, name)
		}
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && p == root {
				return nil // not every folder has everything
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			e, err := packFile(z, p, path.Join(name, filepath.ToSlash(rel)))
			if err == nil {
				m.Files = append(m.Files, e)
			}
			return err
		})
		if err != nil {
			return m, err
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	f, err := z.Create(manifestName)
	if err == nil {
		_, err = f.Write(text)
	}
	if err == nil {
		sum := sha256.Sum256(text)
		err = z.SetComment(hex.EncodeToString(sum[:]))
	}
	return m, errors.Join(err, z.Close())
}

func packFile(z *zip.Writer, from, name string) (e Entry, err error) {
	in, err := os.Open(from)
	if err != nil {
		return e, err
	}
	defer in.Close()
	out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return e, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), in)
	return Entry{Name: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}
