//go:build linux

// Live measures `davy up` from outside, as who uses it meets it: a process that is started
// and killed, packets on a wire, HTTPS and server-sent events. It knows nothing of Davy's
// inside. Each of its commands prints a table, and with -write puts it into docs/live.md:
//
//	live peers     real programs talk over a switch with a mirror port; is each seen and named?
//	live latency   from a packet on the wire to the finding at the browser
//	live soak      ten minutes at 50,000 packets a second: memory, and whether every packet is accounted for
//	live kill      kill -9 at random moments: is everything there that was shown?
//	live failures  a full disk, an occupied port, a corrupt database, a lost interface, a clock set back
//
// With -short it does little enough for CI. It runs in network namespaces of its own and
// sends nothing beyond them; it needs root for that.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what all commands understand.
type options struct {
	davy    string // the binary to measure
	short   bool
	write   string // the page, "" when nothing is to be written
	page    page
	runs    int
	most    time.Duration // for the kills; 0: without end
	modules string        // folder with node_modules for peers written for Node
}

// errMissing says that the machine lacks what a command needs: who tests skips then.
var errMissing = errors.New("missing")

const exitMissing = 3

var commands = map[string]func(*options) error{"peers": peers, "kill": kill, "failures": failures, "latency": latency, "soak": soak}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "inside" { // of a namespace: see lab.go
		os.Exit(inside(os.Args[2], os.Args[3:]))
	}
	var names []string
	for n := range commands {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: live", strings.Join(names, "|"), "[flags]")
		os.Exit(2)
	}
	var o options
	set := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	set.StringVar(&o.davy, "davy", "bin/davy", "the binary to measure")
	set.BoolVar(&o.short, "short", false, "little enough for CI")
	set.StringVar(&o.write, "write", "", "put the table into this page")
	set.IntVar(&o.runs, "runs", 0, "how often; 0: as the acceptance asks, or few with -short")
	set.DurationVar(&o.most, "most", 0, "end the kills after so long, and say how many they were")
	set.StringVar(&o.modules, "modules", os.Getenv("DAVY_PEERS"), "folder with the node_modules of peers that run on Node")
	set.Parse(os.Args[2:])
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	done := make(chan error, 1)
	go func() {
		err := commands[os.Args[1]](&o)
		if err == nil {
			err = o.page.write(o.write, os.Args[1])
		}
		done <- err
	}()
	var err error
	select {
	case err = <-done:
	case <-stop:
		err = errors.New("interrupted")
	}
	tidy()
	switch {
	case errors.Is(err, errMissing):
		fmt.Println("live:", err)
		os.Exit(exitMissing)
	case err != nil:
		fmt.Println("live:", err)
		os.Exit(1)
	}
}
