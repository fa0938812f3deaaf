// Fuzz runs every fuzz target of the tree in turn, for -time each and for at least -count
// executions, and prints a table of executions and findings.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	span := flag.Duration("time", 3*time.Minute, "how long each target runs at least")
	count := flag.Int("count", 0, "how many executions each target makes at least")
	only := flag.String("only", "", "run only targets whose package or name contains this")
	flag.Parse()
	targets, err := list()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
	commit, _ := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	fmt.Printf("Commit %s, at least %v and %d executions each.\n\n| target | executions | time | findings |\n|---|---|---|---|\n", strings.TrimSpace(string(commit)), *span, *count)
	bad := false
	for _, t := range targets {
		if !strings.Contains(t.pkg+" "+t.name, *only) {
			continue
		}
		execs, took, failure := run(t, *span)
		for failure == "" && execs < *count && execs > 0 {
			more, spent, f := run(t, time.Duration(float64(took)*float64(*count-execs)/float64(execs))+5*time.Second)
			execs, took, failure = execs+more, took+spent, f
		}
		said := "none"
		if failure != "" {
			said, bad = failure, true
		}
		fmt.Printf("| %s %s | %d | %v | %s |\n", strings.TrimPrefix(t.pkg, "github.com/davylamp/davy/"), t.name, execs, took.Round(time.Second), said)
	}
	if bad {
		os.Exit(1)
	}
}

type target struct{ pkg, name string }

// list asks the tests for their fuzz targets.
func list() (targets []target, err error) {
	out, err := exec.Command("go", "test", "-list", "^Fuzz", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go test -list: %w", err)
	}
	var names []string
	for _, l := range strings.Split(string(out), "\n") {
		switch f := strings.Fields(l); {
		case strings.HasPrefix(l, "Fuzz"):
			names = append(names, l)
		case len(f) >= 2 && f[0] == "ok":
			for _, n := range names {
				targets = append(targets, target{f[1], n})
			}
			names = nil
		}
	}
	return targets, nil
}

var executions = regexp.MustCompile(`execs: (\d+)`)

func run(t target, span time.Duration) (execs int, took time.Duration, failure string) {
	begun := time.Now()
	out, err := exec.Command("go", "test", t.pkg, "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", span.String()).CombinedOutput()
	for _, m := range executions.FindAllSubmatch(out, -1) {
		execs, _ = strconv.Atoi(string(m[1]))
	}
	if err != nil {
		lines := bytes.Split(out, []byte("\n"))
		for _, l := range lines {
			if s := string(bytes.TrimSpace(l)); strings.HasPrefix(s, "panic") || strings.Contains(s, "Failing input") || strings.Contains(s, "_test.go:") {
				return execs, time.Since(begun), s
			}
		}
		return execs, time.Since(begun), "failed: " + err.Error()
	}
	return execs, time.Since(begun), ""
}
