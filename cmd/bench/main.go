// Bench measures what Davy costs against its peers: bin/davy with every judge on, ndpiReader,
// tshark, and a plain loop that touches each header once, alternately, over generated captures
// of two million packets. It prints the table in docs/bench.md, and checks that Davy counts
// what tshark counts. All are measured alike: the CPU time of the whole process, and its
// largest resident set.
//
// It decides nothing: a goal that was missed is printed as missed.
package main

import (
	"flag"
	"fmt"
	"os"
)

// plan is what is measured.
type plan struct {
	davy    string // the program
	shared  string // folder that holds make-captures
	dir     string // where captures and rows are written
	rounds  int
	slow    int // rounds in which tshark, which takes minutes, takes part
	packets uint64
}

func main() {
	loop := flag.String("loop", "", "only touch each header of this capture once, and say how many packets there were")
	p := &plan{}
	flag.StringVar(&p.davy, "davy", "bin/davy", "the program to measure")
	flag.StringVar(&p.shared, "shared", "../shared/bench", "folder whose make-captures generates the captures")
	flag.IntVar(&p.rounds, "rounds", 5, "how often each program runs")
	flag.IntVar(&p.slow, "slow", 5, "in how many of these rounds tshark takes part, which needs minutes each time")
	flag.Uint64Var(&p.packets, "packets", 2_000_000, "packets of a capture, at least")
	keep := flag.String("dir", "", "folder for the captures, which stay there; those that are there are used")
	write := flag.Bool("write", false, "write the tables to docs/bench.md")
	flag.Parse()
	if *loop != "" {
		n, err := touch(*loop)
		check(err)
		fmt.Println(n.packets, n.sum)
		return
	}
	if p.dir = *keep; p.dir == "" {
		tmp, err := os.MkdirTemp("", "davy-bench-*")
		check(err)
		p.dir = tmp
	}
	text, err := p.page()
	if *keep == "" {
		os.RemoveAll(p.dir)
	}
	check(err)
	fmt.Print(text)
	if *write {
		check(os.WriteFile("docs/bench.md", []byte(text), 0o644))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// page makes the captures, measures, and is the text of docs/bench.md.
func (p *plan) page() (string, error) {
	captures, err := p.captures()
	if err != nil {
		return "", err
	}
	runners, err := p.runners()
	if err != nil {
		return "", err
	}
	var results []*result
	for _, c := range captures {
		r, err := p.measure(c, runners)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		results = append(results, r)
	}
	return table(p, results, runners), nil
}
