// Plants measures Davy on the simulated plant: for each seed, with the intruder's campaign
// and without, it writes the capture, analyses it as davy analyze would, and compares the
// findings with the labels. It prints the tables in docs/plants.md. With -tshark an
// independent reader looks for malformed and unknown frames, too.
//
// It holds no opinion of its own on what is an attack: that is what the labels say.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/davylamp/davy/app"
	"github.com/davylamp/davy/plant"
)

// plan is what is measured.
type plan struct {
	seeds, first uint64
	length       time.Duration
	pace         plant.Pace
	jobs         int
	tshark       bool
	dir          string // where captures are written for the while
	progress     func(r *run, done []*run)
}

func main() {
	seeds := flag.Uint64("seeds", 20, "how many seeds")
	first := flag.Uint64("first", 1, "the first seed")
	days := flag.Float64("days", 14, "how many days each run has")
	pace := flag.String("pace", "slow", "real or slow")
	jobs := flag.Int("jobs", 1, "how many runs at a time")
	withTshark := flag.Bool("tshark", false, "have tshark read the first 200,000 packets of each run, and an hour at the real pace")
	write := flag.Bool("write", false, "write the tables to docs/plants.md")
	flag.Parse()
	p := &plan{seeds: *seeds, first: *first, jobs: *jobs, tshark: *withTshark}
	var err error
	p.length, err = plant.Days(*days)
	check(err)
	p.pace, err = plant.ParsePace(*pace)
	check(err)
	p.dir, err = os.MkdirTemp("", "davy-plants-*")
	check(err)
	var hour *reading
	if p.tshark {
		hour, err = realHour(p.dir, *first)
	}
	p.progress = func(r *run, done []*run) {
		fmt.Fprintln(os.Stderr, r.line())
		if *write { // what was measured is kept, whatever comes of the rest
			check(os.WriteFile("docs/plants.md", []byte(table(p, done, hour)), 0o644))
		}
	}
	var runs []*run
	if err == nil {
		runs, err = p.measure()
	}
	os.RemoveAll(p.dir)
	check(err)
	text := table(p, runs, hour)
	fmt.Print(text)
	if *write {
		check(os.WriteFile("docs/plants.md", []byte(text), 0o644))
	}
	if !good(runs) {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "plants:", err)
		os.Exit(1)
	}
}

// measure runs every seed with the campaign and without, a few at a time; the runs come
// back in the order of their seeds.
func (p *plan) measure() ([]*run, error) {
	var runs []*run
	for s := p.first; s < p.first+p.seeds; s++ {
		for _, scenario := range []string{"bottling-campaign", "bottling"} {
			runs = append(runs, &run{seed: s, scenario: scenario})
		}
	}
	errs := make([]error, len(runs))
	done := make([]bool, len(runs))
	var wait sync.WaitGroup
	var said sync.Mutex
	next := make(chan int)
	for range max(1, p.jobs) {
		wait.Go(func() {
			for i := range next {
				if errs[i] = p.one(runs[i]); errs[i] == nil && p.progress != nil {
					said.Lock()
					done[i] = true
					p.progress(runs[i], those(runs, done))
					said.Unlock()
				}
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("seed %d, %s: %w", runs[i].seed, runs[i].scenario, err)
		}
	}
	return runs, nil
}

// those are the runs that are done.
func those(runs []*run, done []bool) (list []*run) {
	for i, r := range runs {
		if done[i] {
			list = append(list, r)
		}
	}
	return list
}

// one writes a capture, analyses it and judges what was found.
func (p *plan) one(r *run) error {
	dir, err := os.MkdirTemp(p.dir, "run-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made, names, err := plant.WriteFiles(plant.Options{Scenario: r.scenario, Length: p.length, Seed: r.seed, Pace: p.pace}, filepath.Join(dir, "plant.pcapng"))
	if err != nil {
		return err
	}
	o := app.Options{Paths: []string{names.Capture}, Workers: 1, Dedup: 20 * time.Millisecond, Messages: app.NoMessages, Learn: app.Learn{Span: made.Learn}}
	if o.Site, err = readSite(names.Site); err != nil {
		return err
	}
	if o.Windows, err = windows(made.Windows); err != nil {
		return err
	}
	sum, err := app.Analyze(o)
	if err != nil {
		return err
	}
	r.packets, r.incidents = sum.Packets, sum.IncidentRows
	if r.packets != made.Frames {
		return fmt.Errorf("%d packets were written and %d read", made.Frames, r.packets)
	}
	r.judge(made.Labels, sum.FindingRows)
	if p.tshark {
		r.reading, err = readByTshark(names.Capture, 200_000, tunnels(made.Labels))
	}
	return err
}
