// Agree measures how far Davy and tshark agree on the captures of the corpus: in which
// frames messages end, and what the messages say; and whether Davy finds the devices and
// actions that the corpus' oracles list. It prints docs/agree.md. The corpus is found by
// DAVY_CORPUS (default ../shared/data beside the repository).
//
// It judges nothing by itself: where the two differ, a kept file beside this one says why,
// and what it says is checked where it can be. A difference without a cause fails the run,
// and so does a figure below its target.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	write := flag.Bool("write", false, "write docs/agree.md")
	only := flag.String("only", "", "measure the captures whose path holds this")
	frames := flag.Bool("frames", false, "print each frame that only one side has")
	content := flag.Bool("content", false, "print each message that differs")
	found := flag.Bool("oracles", false, "print each identity and action of the oracles")
	cache := flag.String("cache", "", "folder that keeps tshark's words between runs")
	flag.Parse()
	corpus, err := corpusAt()
	check(err)
	m, err := newMeasure(corpus, *cache)
	check(err)
	defer m.close()
	list, err := captures(corpus, *only)
	check(err)
	results, err := m.all(list)
	check(err)
	r := m.report(list, results)
	switch {
	case *frames || *content || *found:
		r.details(*frames, *content, *found)
	default:
		fmt.Print(r.text())
	}
	failures := r.failures(*only == "")
	if *write {
		check(os.WriteFile("docs/agree.md", []byte(r.text()), 0o644))
	}
	for _, f := range failures {
		fmt.Fprintln(os.Stderr, "agree:", f)
	}
	if len(failures) > 0 {
		m.close()
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "agree:", err)
		os.Exit(1)
	}
}
