package plant

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// Names are the files that belong to a capture, beside it.
type Names struct{ Capture, Site, Windows, Labels string }

// NamesFor takes the capture's path; what follows replaces its ".pcapng".
func NamesFor(capture string) Names {
	stem := strings.TrimSuffix(capture, ".pcapng")
	return Names{capture, stem + ".site.yaml", stem + ".windows.ndjson", stem + ".labels.ndjson"}
}

// WriteFiles lives through the scenario and writes the capture at path with the site, the
// windows and the labels beside it. On an error it leaves what was written so far.
func WriteFiles(opt Options, path string) (*Result, Names, error) {
	n := NamesFor(path)
	if err := opt.Check(); err != nil {
		return nil, n, err // before anything that stands there is lost
	}
	var result *Result
	err := create(n.Capture, func(w io.Writer) error {
		capture, err := NewWriter(w)
		if err != nil {
			return err
		}
		if result, err = Write(opt, capture); err != nil {
			return err
		}
		return capture.Close()
	})
	if err != nil {
		return nil, n, err
	}
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{n.Site, result.Site.WriteYAML},
		{n.Windows, func(w io.Writer) error { return writeRows(w, result.Windows) }},
		{n.Labels, func(w io.Writer) error { return writeRows(w, result.Labels) }},
	} {
		if err := create(f.path, f.write); err != nil {
			return nil, n, err
		}
	}
	return result, n, nil
}

func create(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
