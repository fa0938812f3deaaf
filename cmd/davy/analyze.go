package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/davylamp/davy/app"
)

type analyzeCmd struct {
	Paths        []string `arg:"" name:"path" help:"Captures (pcap, pcapng, packed with gzip or zstd), folders of them, or - for standard input."`
	Out          string   `help:"Write the rows into this folder." placeholder:"DIR"`
	Messages     string   `help:"Which messages get a row: none, notable (all but plain cyclic reads) or all." enum:"none,notable,all" default:"notable" placeholder:"none|notable|all"`
	Site         string   `help:"What the site is: networks, redundant pairs, assets (YAML)." placeholder:"FILE"`
	Windows      string   `help:"Planned work (YAML or NDJSON)." placeholder:"FILE"`
	Learn        string   `help:"How long to learn before new things are judged: a duration of message time (24h, 7d), a share of all packets (40%), or off." default:"24h" placeholder:"DURATION|N%|off"`
	Baseline     string   `help:"Start guarded with what another run learned." placeholder:"FILE"`
	SaveBaseline string   `help:"Save what was learned, for --baseline." placeholder:"FILE"`
	State        string   `help:"Continue a run exactly from this file, and save to it at the end." placeholder:"FILE"`
	Workers      int      `help:"How many CPUs to use; the results are the same." placeholder:"N"`
	Dedup        string   `help:"Equal packets within this time are one (the mirror's copies); off turns it off." default:"20ms" placeholder:"DURATION|off"`
	Report       string   `help:"Write one self-contained page to hand over." placeholder:"FILE.html"`
}

func (analyzeCmd) Help() string {
	return `Examples:
  davy analyze mirror.pcapng
      A summary on the terminal.
  davy analyze --out result --site plant.yaml --windows work.yaml captures/
      All captures of a folder as one, in the order of their first packets.
  davy analyze --learn 100% --save-baseline usual.davy monday.pcap
  davy analyze --baseline usual.davy tuesday.pcap
      Learn on one day, judge another.
  zcat big.pcap.gz | davy analyze --report report.html -
      From standard input, with a page to hand over.

Exit codes: 0 done, 1 some input was unreadable (the rest is done and reported), 2 usage.`
}

// options checks the flags and reads the files they name.
func (c *analyzeCmd) options() (o app.Options, err error) {
	o = app.Options{Paths: c.Paths, Out: c.Out, Baseline: c.Baseline, SaveBaseline: c.SaveBaseline, State: c.State, Report: c.Report, Workers: c.Workers}
	o.Messages = map[string]app.Messages{"none": app.NoMessages, "notable": app.NotableMessages, "all": app.AllMessages}[c.Messages]
	if c.Workers < 0 {
		return o, fmt.Errorf("--workers %d: needs at least one", c.Workers)
	}
	if c.Workers == 0 {
		o.Workers = min(4, runtime.NumCPU())
	}
	if o.Learn, err = parseLearn(c.Learn); err != nil {
		return o, err
	}
	if o.Learn.Share > 0 {
		for _, p := range c.Paths {
			if p == "-" {
				return o, fmt.Errorf("--learn %s: a share of standard input is not known before it is read; give a duration", c.Learn)
			}
		}
	}
	if c.Dedup == "off" || c.Dedup == "0" {
		o.Dedup = -1
	} else if o.Dedup, err = duration(c.Dedup); err != nil {
		return o, fmt.Errorf("--dedup %s: %w", c.Dedup, err)
	}
	if c.Site != "" {
		if o.Site, err = readSite(c.Site); err != nil {
			return o, err
		}
	}
	if c.Windows != "" {
		if o.Windows, err = readWindows(c.Windows); err != nil {
			return o, err
		}
	}
	return o, nil
}

func parseLearn(s string) (l app.Learn, err error) {
	if s == "off" || s == "0" {
		return l, nil
	}
	if n, ok := strings.CutSuffix(s, "%"); ok {
		f, err := strconv.ParseFloat(n, 64)
		if err != nil || f < 0 || f > 100 {
			return l, fmt.Errorf("--learn %s: a share is a number from 0%% to 100%%", s)
		}
		return app.Learn{Share: f / 100}, nil
	}
	if l.Span, err = duration(s); err != nil {
		return l, fmt.Errorf("--learn %s: %w", s, err)
	}
	return l, nil
}

// duration reads what time.ParseDuration reads, and days.
func duration(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if f, err := strconv.ParseFloat(n, 64); err == nil && f >= 0 && f < 36500 {
			return time.Duration(f * float64(24*time.Hour)), nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("a duration is a number with a unit, such as 90m, 24h or 7d")
	}
	return d, nil
}

func (c *analyzeCmd) Run(s *streams) error {
	o, err := c.options()
	if err != nil {
		return usage{err}
	}
	o.Stdin = s.in
	t := newTerminal(s)
	if t.live {
		o.Progress = t.progress
	}
	sum, err := app.Analyze(o)
	t.clear()
	if sum != nil {
		for _, n := range sum.Warnings {
			fmt.Fprintln(s.err, "warning:", n)
		}
		for _, n := range sum.Errors {
			fmt.Fprintln(s.err, "error:", n)
		}
	}
	var misuse app.Misuse
	if errors.As(err, &misuse) {
		return usage{err}
	}
	if sum != nil {
		t.summary(sum, o.Site)
		if o.Report != "" {
			fmt.Fprintf(s.out, "\nThe page to hand over: %s\n", o.Report)
		}
	}
	if err != nil {
		return err
	}
	if len(sum.Errors) > 0 {
		return errPartly
	}
	return nil
}

// interactive reports whether w is a terminal.
func interactive(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
