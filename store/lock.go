package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davylamp/davy"
)

// How often, and after how long, a lock that is held is tried again.
const (
	lockTries = 20
	lockWait  = 50 * time.Millisecond
)

// takeLock makes this process the only one to write. The lock goes with the process,
// however it ends; the file keeps the process's number until a clean end, so that the
// next one knows whether there was none.
func takeLock(path string) (f *os.File, clean bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, false, &davy.Fault{Text: "the data folder cannot be made: " + err.Error(), Hint: "name a folder of your own with --data", Err: err}
	}
	f, err = os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, &davy.Fault{Text: "the data folder cannot be written: " + err.Error(), Hint: "name a folder of your own with --data", Err: err}
	}
	told := make([]byte, 32)
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for tries := 0; errors.Is(err, syscall.EWOULDBLOCK) && tries < lockTries; tries++ {
		time.Sleep(lockWait) // one that has just ended, or a program that it was starting, may still hold it
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	n, _ := f.ReadAt(told, 0)
	who := strings.TrimSpace(string(told[:n]))
	if err != nil {
		f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, false, err
		}
		return nil, false, &davy.Fault{Kind: davy.Taken, Text: fmt.Sprintf("%s is in use by another davy (process %s)", filepath.Dir(path), who),
			Hint: "stop that process, or name another folder with --data", Err: err}
	}
	_ = f.Truncate(0)
	if _, err := f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0); err != nil {
		f.Close()
		if errors.Is(err, syscall.ENOSPC) {
			return nil, false, &davy.Fault{Kind: davy.Full, Text: "no room on the disk of " + filepath.Dir(path), Hint: "free space there", Err: err}
		}
		return nil, false, err
	}
	return f, n == 0, nil
}
