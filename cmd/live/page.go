//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/davylamp/davy"
)

// page is what a command has to tell, as it is printed.
type page struct{ b bytes.Buffer }

// say prints, and keeps what was printed.
func (p *page) say(format string, args ...any) {
	fmt.Fprintf(&p.b, format, args...)
	fmt.Printf(format, args...)
}

const pageHead = "# Davy live, measured from outside\n\nPrinted by `make trial` (cmd/live): do not edit. Each part says on which machine, and when it was measured.\n"

// write puts what was told into its part of a file, in place of what stood there.
func (p *page) write(path, part string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(pageHead), nil
	}
	if err != nil {
		return err
	}
	begin, end := "<!-- "+part+" -->\n", "<!-- end of "+part+" -->\n"
	body := begin + strings.TrimSpace(p.b.String()) + "\n\n" + machine() + "\n" + end
	before, rest, found := strings.Cut(string(text), begin)
	if found {
		_, after, _ := strings.Cut(rest, end)
		return os.WriteFile(path, []byte(before+body+after), 0o644)
	}
	return os.WriteFile(path, []byte(string(text)+"\n"+body), 0o644)
}

// machine says where it was measured.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	commit := ""
	if out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = " at " + strings.TrimSpace(string(out))
	}
	load := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = "; load " + strings.Fields(string(text))[0] + " when it ended"
	}
	return fmt.Sprintf("Measured with Davy %s%s on %d CPUs (%s)%s.", davy.Version, commit, runtime.NumCPU(), model, load)
}
