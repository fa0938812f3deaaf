// Agree measures how far Davy and tshark agree on the captures of the corpus: in which
// frames messages end, and what the messages say; and whether Davy finds the devices and
// actions that the corpus' oracles list. It prints the tables of docs/agree.md. The corpus
// is found by DAVY_CORPUS (default ../shared/data beside the repository).
//
// It judges no capture by itself: where the two differ, one of the kept files beside this
// one says why, and what they say is checked.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

func main() {
	write := flag.Bool("write", false, "write the tables to docs/agree.md")
	only := flag.String("only", "", "measure the captures whose path holds this")
	frames := flag.Bool("frames", false, "print each frame that only one side has")
	content := flag.Bool("content", false, "print each message that differs")
	cache := flag.String("cache", "", "folder to keep tshark's words in between runs")
	flag.Parse()
	corpus, err := corpusAt()
	check(err)
	list, err := captures(corpus, *only)
	check(err)
	m := &measure{corpus: corpus}
	m.oracles, err = readOracles(corpus, "cmd/agree")
	check(err)
	m.tshark.cache = *cache
	m.tshark.settings, err = os.MkdirTemp("", "davy-agree-*")
	check(err)
	defer os.RemoveAll(m.tshark.settings)
	results, err := m.all(list)
	check(err)
	for _, r := range results {
		for g, f := range r.groups {
			if len(f.both)+len(f.missing)+len(f.extra) == 0 {
				continue
			}
			fmt.Printf("%-12s both %6d missing %5d extra %5d copies %5d  %s\n", groups[g].name, len(f.both), len(f.missing), len(f.extra), f.copies, r.capture)
			if *frames {
				fmt.Println("   missing", f.missing, "extra", f.extra)
			}
		}
	}
	for g := range groups {
		both, union, pairs, good := 0, 0, 0, 0
		messages, agreed := 0, 0
		for _, r := range results {
			f := &r.groups[g]
			n := len(f.both) + len(f.missing) + len(f.extra)
			if n == 0 {
				continue
			}
			both, union, pairs = both+len(f.both), union+n, pairs+1
			if float64(len(f.both)) >= 0.99*float64(n) {
				good++
			}
			messages += f.messages
			agreed += f.agreed
			if *content {
				for _, d := range f.differ {
					fmt.Printf("%s %d %v\n   tshark %s\n   davy   %s\n", r.capture, d.frame, d.names, d.their, d.our)
				}
			}
		}
		fmt.Printf("%s: frames %d of %d (%.3f %%), pairs %d of %d, messages %d of %d (%.3f %%)\n", groups[g].name, both, union, 100*float64(both)/float64(max(union, 1)), good, pairs, agreed, messages, 100*float64(agreed)/float64(max(1, messages)))
	}
	for _, c := range list {
		for _, i := range m.oracles.identities[c] {
			fmt.Println("IDENT", i.ok, i.capture, i.address, i.mac, i.attribute, i.value)
		}
		for _, a := range m.oracles.actions[c] {
			fmt.Println("ACTION", a.ok, a.capture, a.frames, a.protocol, a.verb, a.detail, "|", a.seen)
		}
	}
	_ = write
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "agree:", err)
		os.Exit(1)
	}
}

// measure compares captures.
type measure struct {
	corpus  string
	tshark  tshark
	oracles *oracles
}

// compared is what a capture came to.
type compared struct {
	capture string
	groups  []outcome // by group
}

// outcome is what a capture's frames of one group came to.
type outcome struct {
	both, missing, extra []int // frames; missing: tshark has them and Davy has not
	copies               int   // frames of copies by the mirror that Davy alone has: not counted
	messages, agreed     int
	differ               []difference
}

type difference struct {
	frame int
	pairing
}

// workers is how many captures are looked at together.
const workers = 2

// all compares captures, and returns what they came to in their order.
func (m *measure) all(list []string) ([]*compared, error) {
	results, errs := make([]*compared, len(list)), make([]error, len(list))
	next := make(chan int)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			tmp, err := os.MkdirTemp(m.tshark.settings, "rows-*")
			for i := range next {
				if err == nil {
					results[i], errs[i] = m.one(list[i], tmp)
				} else {
					errs[i] = err
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", list[i], err)
		}
	}
	return results, nil
}

// one compares one capture.
func (m *measure) one(capture, tmp string) (*compared, error) {
	path := filepath.Join(m.corpus, "captures", capture)
	their := make([]map[int][]message, len(groups))
	for g := range their {
		their[g] = map[int][]message{}
	}
	err := m.tshark.read(path, func(d *details) {
		for g := range groups {
			if d.find(0, groups[g].layer) != 0 {
				their[g][d.frame] = groups[g].theirs(d)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	our, assets, err := analyse(path, tmp, nil)
	if err != nil {
		return nil, err
	}
	m.oracles.judge(capture, assets, our)
	c := &compared{capture: capture, groups: make([]outcome, len(groups))}
	for g := range groups {
		c.groups[g].frames(groups[g], their[g], our[g])
	}
	return c, nil
}

func (o *outcome) frames(g *group, their map[int][]message, our map[int]*heard) {
	for f, t := range their {
		h := our[f]
		if h == nil {
			o.missing = append(o.missing, f)
			o.messages += len(t)
			continue
		}
		o.both = append(o.both, f)
		for _, p := range g.pair(t, g.own(h.messages)) {
			if o.messages++; len(p.names) == 0 {
				o.agreed++
			} else {
				o.differ = append(o.differ, difference{f, p})
			}
		}
	}
	for f, h := range our {
		if _, ok := their[f]; !ok {
			if h.duplicate {
				o.copies++
			} else {
				o.extra = append(o.extra, f)
			}
		}
	}
	slices.Sort(o.both)
	slices.Sort(o.missing)
	slices.Sort(o.extra)
	slices.SortStableFunc(o.differ, func(a, b difference) int { return a.frame - b.frame })
}
