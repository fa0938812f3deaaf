package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// rowFile is a file of rows. When it cannot be written any further (the disk is full) the
// analysis goes on without it: what it holds then ends with a whole row, and closing it
// tells what happened.
type rowFile struct {
	*bufio.Writer
	file  *os.File
	at    int64 // bytes written
	whole int64 // of which belong to whole rows
	err   error
}

// bigBuffer is the size of the writers' buffers.
const bigBuffer = 256 << 10

func newRowFile(dir, name string) (*rowFile, error) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	r := &rowFile{file: f}
	r.Writer = bufio.NewWriterSize(disk{r}, bigBuffer)
	return r, nil
}

// disk is what stands under the buffer.
type disk struct{ *rowFile }

func (d disk) Write(p []byte) (int, error) {
	r := d.rowFile
	if r.err != nil {
		return len(p), nil
	}
	n, err := r.file.Write(p)
	if i := bytes.LastIndexByte(p[:n], '\n'); i >= 0 {
		r.whole = r.at + int64(i) + 1
	}
	r.at += int64(n)
	if err != nil {
		r.err = fmt.Errorf("%w; rows are missing from there on", err)
		if r.whole < r.at {
			r.err = errors.Join(r.err, r.file.Truncate(r.whole))
		}
	}
	return len(p), nil
}

// close writes what is left and tells what could not be written.
func (r *rowFile) close() error {
	r.Flush()
	return errors.Join(r.err, r.file.Close())
}
