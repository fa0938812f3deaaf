package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
)

// uploads are captures that people hand in. Each is read by an analysis of its own, one after
// the other, and leaves a report.
type uploads struct {
	*house
	dir  string
	show func(api.Capture)

	mu       sync.Mutex
	running  string // id of the one that is read
	cancel   context.CancelFunc
	progress float64
	wake     chan struct{}
}

func (u *uploads) path(id, end string) string { return filepath.Join(u.dir, filepath.Base(id)+end) }

// Captures lists them, the newest first.
func (u *uploads) Captures() ([]api.Capture, error) {
	p, err := u.db.Captures(davy.Query{Limit: 500})
	list := make([]api.Capture, 0, len(p.Items))
	for _, r := range p.Items {
		list = append(list, u.captureOf(r))
	}
	return list, err
}

// Capture finds one.
func (u *uploads) Capture(id string) (api.Capture, error) {
	r, err := u.db.Capture(id)
	return u.captureOf(r), err
}

func captureOf(r davy.CaptureRow) api.Capture {
	return api.Capture{ID: r.ID, Name: r.Name, Size: r.Size, SHA256: r.SHA256, State: r.State, Progress: r.Progress, Error: r.Error, Summary: r.Summary, Time: r.Added, By: r.By}
}

// captureOf is a capture as far as it is read by now.
func (u *uploads) captureOf(r davy.CaptureRow) api.Capture {
	c := captureOf(r)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running == r.ID {
		c.Progress = u.progress
	}
	return c
}

// Take copies a capture to the disk and queues it.
func (u *uploads) Take(_ context.Context, by api.Principal, name string, body io.Reader) (api.Capture, error) {
	f, err := os.CreateTemp(u.dir, "upload-*")
	if err != nil {
		return api.Capture{}, err
	}
	defer os.Remove(f.Name()) // but for one that was renamed
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), body)
	if err := errors.Join(err, f.Close()); err != nil {
		return api.Capture{}, err
	}
	u.mu.Lock() // until the capture has its name, nobody reads it
	defer u.mu.Unlock()
	r, err := u.db.AddCapture(by, davy.CaptureRow{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil)), State: "queued", By: by.Name})
	if err != nil {
		return api.Capture{}, err
	}
	if err := os.Rename(f.Name(), u.path(r.ID, ".capture")); err != nil {
		return api.Capture{}, err
	}
	select {
	case u.wake <- struct{}{}:
	default:
	}
	return captureOf(r), nil
}

// Report is the page of a finished analysis.
func (u *uploads) Report(id string) (io.ReadCloser, error) {
	f, err := os.Open(u.path(id, ".html"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &api.Fault{What: api.Missing, Text: "there is no report of " + id, Next: "wait until the capture is read"}
	}
	return f, err
}

// Remove stops the reading of a capture, and deletes it with its report.
func (u *uploads) Remove(by api.Principal, id string) error {
	if err := u.db.DeleteCapture(by, id); err != nil {
		return err
	}
	u.mu.Lock()
	if u.running == id {
		u.cancel()
	}
	u.mu.Unlock()
	u.forget(id)
	return nil
}

// work reads what is queued until the context ends. What was being read when Davy was
// stopped is read anew.
func (u *uploads) work(ctx context.Context) {
	for {
		u.mu.Lock()
		p, err := u.db.Captures(davy.Query{Where: map[string][]string{"state": {"queued", "reading"}}, Sort: "added", Limit: 1})
		u.mu.Unlock()
		if err != nil {
			u.log.Error("uploads", "error", err)
		}
		if len(p.Items) > 0 && ctx.Err() == nil {
			u.read(ctx, p.Items[0])
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-u.wake:
		case <-time.After(30 * time.Second):
		}
	}
}

// read analyses one capture.
func (u *uploads) read(ctx context.Context, r davy.CaptureRow) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	u.mu.Lock()
	u.running, u.cancel, u.progress = r.ID, cancel, 0
	u.mu.Unlock()
	if !u.put(&r, "reading") {
		return // removed before it was begun
	}
	s, err := Analyze(Options{Paths: []string{u.path(r.ID, ".capture")}, Messages: NoMessages, Site: u.options.Site, Windows: u.options.Windows, Dedup: u.options.Dedup,
		Learn: u.options.Learn, Workers: 1, Report: u.path(r.ID, ".html"), Context: ctx, Progress: func(done, total int64, _ uint64) {
			u.mu.Lock()
			u.progress = float64(done) / float64(max(1, total))
			r.Progress = u.progress
			u.mu.Unlock()
			u.show(u.captureOf(r))
		}})
	u.mu.Lock()
	u.running = ""
	u.mu.Unlock()
	if ctx.Err() != nil { // removed, or Davy stops: then it is read anew
		if _, err := u.db.Capture(r.ID); gone(err) {
			u.forget(r.ID)
		}
		return
	}
	r.Progress, r.Ended = 1, text(time.Now())
	if s != nil {
		r.Summary, _ = json.Marshal(s)
		for _, n := range s.Errors {
			err = errors.Join(err, errors.New(n.Text))
		}
	}
	if r.Error = ""; err != nil {
		r.Error = err.Error()
	}
	if s == nil || s.Packets == 0 && len(s.Errors) > 0 {
		u.put(&r, "failed")
		return
	}
	u.put(&r, "done")
}

// put writes and shows how far a capture is; false where it was removed meanwhile.
func (u *uploads) put(r *davy.CaptureRow, state string) bool {
	r.State = state
	if err := u.db.PutCapture(*r); err != nil {
		if gone(err) {
			u.forget(r.ID)
			return false
		}
		u.log.Error("upload", "id", r.ID, "error", err)
	}
	u.show(u.captureOf(*r))
	return true
}

// gone says whether an error means that the capture is not there any more.
func gone(err error) bool {
	var f *davy.Fault
	return errors.As(err, &f) && f.Kind == davy.NotFound
}

// forget deletes what is kept of a capture; it may not be there yet, or any more.
func (u *uploads) forget(id string) {
	for _, end := range []string{".capture", ".html"} {
		os.Remove(u.path(id, end))
	}
}
