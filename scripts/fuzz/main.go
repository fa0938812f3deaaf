// Fuzz runs every fuzz target of the tree, for -time each and for at least -count
// executions, and prints a table of executions, time and findings. With -write it keeps the
// table in docs/fuzz.md: the rows of the targets that ran are replaced, the others stay.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	var (
		span  = flag.Duration("time", 3*time.Minute, "how long each target runs at least")
		count = flag.Int("count", 0, "how many executions each target makes at least")
		only  = flag.String("only", "", "run only targets whose package or name contains one of these words, with commas between, in their order")
		jobs  = flag.Int("jobs", 1, "how many targets run side by side")
		width = flag.Int("parallel", 0, "how many workers a target has (0: one a processor)")
		write = flag.Bool("write", false, "keep the table in docs/fuzz.md")
		into  = flag.String("into", "docs/fuzz.md", "the file that -write keeps")
	)
	flag.Parse()
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
	targets, err := list()
	if err != nil {
		fail(err)
	}
	commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		fail(fmt.Errorf("git rev-parse: %w", err))
	}
	fmt.Print(head)
	var (
		wait sync.WaitGroup
		one  sync.Mutex
		room = make(chan bool, max(*jobs, 1))
		bad  bool
	)
	for _, t := range wanted(targets, strings.Split(*only, ",")) {
		room <- true
		wait.Go(func() {
			defer func() { <-room }()
			r := measure(t, *span, *count, *width)
			r.commit = strings.TrimSpace(string(commit))
			one.Lock()
			defer one.Unlock()
			bad = bad || r.failure != ""
			fmt.Println(r)
			if *write {
				if err := keep(*into, targets, r); err != nil {
					fmt.Fprintln(os.Stderr, "fuzz:", err)
					bad = true
				}
			}
		})
	}
	wait.Wait()
	if bad {
		os.Exit(1)
	}
}

func wanted(targets []target, words []string) (list []target) {
	for _, word := range words {
		for _, t := range targets {
			if strings.Contains(t.String(), word) && !slices.Contains(list, t) {
				list = append(list, t)
			}
		}
	}
	return list
}

// measure runs a target until it has had both its time and its executions, or failed. Where
// the seeds alone took the time, it is given twice as much.
func measure(t target, span time.Duration, count, width int) result {
	r := run(t, span, width)
	for next := 2 * span; r.failure == "" && r.executions == 0 && next <= 16*span; next *= 2 {
		more := run(t, next, width)
		r.executions, r.took, r.failure = more.executions, r.took+more.took, more.failure
	}
	if r.failure == "" && r.executions == 0 {
		r.failure = "nothing was executed"
	}
	for r.failure == "" && r.executions < count {
		left := float64(count-r.executions) / float64(r.executions) * float64(r.took)
		more := run(t, time.Duration(left*1.05)+5*time.Second, width)
		r.executions, r.took, r.failure = r.executions+more.executions, r.took+more.took, more.failure
		if more.executions == 0 {
			break
		}
	}
	return r
}
