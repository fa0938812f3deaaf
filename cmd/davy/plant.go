package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/davylamp/davy/plant"
)

type plantCmd struct {
	List  plantListCmd  `cmd:"" help:"List the scenarios."`
	Write plantWriteCmd `cmd:"" help:"Write a scenario as a capture, with its site, planned work and labels."`
}

func (plantCmd) Help() string {
	return `Examples:
  davy plant list
  davy plant write --scenario bottling-campaign --days 0.1 --pace real plant.pcapng
  davy analyze --learn 40% --site plant.site.yaml --windows plant.windows.ndjson plant.pcapng`
}

type plantListCmd struct{}

func (plantListCmd) Help() string { return "Example:\n  davy plant list" }

func (plantListCmd) Run(s *streams) error {
	for _, c := range plant.Scenarios() {
		if _, err := fmt.Fprintf(s.out, "%-20s %s\n", c.Name, c.Summary); err != nil {
			return err
		}
	}
	return nil
}

type plantWriteCmd struct {
	Scenario string  `help:"Which scenario: see davy plant list." required:"" placeholder:"NAME"`
	Days     float64 `help:"How many days; parts of a day are allowed." default:"1" placeholder:"N"`
	Seed     uint64  `help:"The same seed gives the same bytes." default:"1" placeholder:"S"`
	Pace     string  `help:"real has the devices' own cycles and is for hours; slow stretches them and is for weeks." enum:"real,slow" default:"slow" placeholder:"real|slow"`
	Out      string  `arg:"" help:"The capture to write." placeholder:"OUT.pcapng"`
}

func (plantWriteCmd) Help() string {
	return `Beside OUT.pcapng it writes OUT.site.yaml and OUT.windows.ndjson, for analyze, and
OUT.labels.ndjson: what was done, when, in which frames, and which detector should say so.

Examples:
  davy plant write --scenario bottling --days 14 --seed 7 plant.pcapng
  davy plant write --scenario bottling-campaign --days 0.1 --pace real demo/plant.pcapng`
}

func (c *plantWriteCmd) Run(s *streams) error {
	pace, err := plant.ParsePace(c.Pace)
	if err != nil {
		return usage{err}
	}
	length, err := plant.Days(c.Days)
	if err != nil {
		return usage{err}
	}
	if !strings.HasSuffix(c.Out, ".pcapng") {
		return usage{fmt.Errorf("%s: the capture's name must end in .pcapng", c.Out)}
	}
	o := plant.Options{Scenario: c.Scenario, Length: length, Seed: c.Seed, Pace: pace}
	if err := o.Check(); err != nil {
		return usage{err}
	}
	if err := os.MkdirAll(filepath.Dir(c.Out), 0o755); err != nil {
		return err
	}
	r, names, err := plant.WriteFiles(o, c.Out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %d packets, %s to %s\n%s\n%s\n%s\nLearn with: --learn %v\n", names.Capture, r.Frames, r.From.Format(time.DateTime), r.To.Format(time.DateTime),
		names.Site, names.Windows, names.Labels, r.Learn)
	return err
}
