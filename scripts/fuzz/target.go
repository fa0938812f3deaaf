package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const module = "github.com/davylamp/davy/"

type target struct{ pkg, name string }

func (t target) String() string { return strings.TrimPrefix(t.pkg, module) + " " + t.name }

var declared = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`)

// list finds the fuzz targets in the tree's tests, sorted by package.
func list() (targets []target, err error) {
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			targets = append(targets, target{module + filepath.ToSlash(filepath.Dir(path)), string(m[1])})
		}
		return err
	})
	if err == nil && len(targets) == 0 {
		err = errors.New("no fuzz target: run it in the root of the tree")
	}
	return targets, err
}

type result struct {
	target
	executions int
	took       time.Duration
	mended     int    // inputs that once failed and are kept as seeds
	failure    string // what failed now
	commit     string
}

func (r result) String() string {
	said := "none"
	switch {
	case r.failure != "":
		said = "**" + strings.ReplaceAll(r.failure, "|", "/") + "**"
	case r.mended > 0:
		said = fmt.Sprintf("%d, mended", r.mended)
	}
	return fmt.Sprintf("| %s | %d | %v | %s | %s |", r.target, r.executions, r.took.Round(time.Second), said, r.commit)
}

var (
	progress = regexp.MustCompile(`fuzz: elapsed: .*execs: (\d+)`)
	telling  = regexp.MustCompile(`^(panic: |\S+\.go:\d+: |Failing input|fuzzing process hung|.*terminated unexpectedly)`)
)

// run fuzzes a target for a time. The time that counts is the test's own, without building.
func run(t target, span time.Duration, width int) result {
	// Making inputs of new coverage smaller takes most of the time where it is not bounded.
	args := []string{"test", t.pkg, "-run", "^$", "-fuzz", "^" + t.name + "$", "-fuzztime", span.String(), "-fuzzminimizetime", "10x"}
	if width > 0 {
		args = append(args, "-parallel", strconv.Itoa(width))
	}
	r := result{target: t}
	kept, _ := filepath.Glob(filepath.Join(strings.TrimPrefix(t.pkg, module), "testdata", "fuzz", t.name, "*"))
	r.mended = len(kept)
	begun := time.Now()
	out, err := exec.Command("go", args...).CombinedOutput()
	r.took = time.Since(begun)
	for l := range bytes.Lines(out) {
		l = bytes.TrimSpace(l)
		if m := progress.FindSubmatch(l); m != nil {
			r.executions, _ = strconv.Atoi(string(m[1]))
		}
		if f := bytes.Fields(l); len(f) == 3 && string(f[0]) == "ok" {
			if d, err := time.ParseDuration(string(f[2])); err == nil {
				r.took = d
			}
		}
		if err != nil && r.failure == "" && telling.Match(l) {
			r.failure = string(l)
		}
	}
	if err != nil && r.failure == "" && !bytes.Contains(out, []byte("context deadline exceeded")) {
		r.failure = err.Error() // but for go test's own stumble when its time ends while it makes an input smaller
	}
	if r.failure != "" {
		os.Stderr.Write(out[max(0, len(out)-4000):])
	}
	return r
}
