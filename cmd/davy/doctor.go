package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/davylamp/davy/capture/doctor"
)

type doctorCmd struct {
	Interface []string `help:"Look at this interface, which is or will be watched; may be given more than once." placeholder:"IF"`
	Data      string   `help:"Folder of everything that is kept." default:"davy-data" placeholder:"DIR"`
	Ring      string   `help:"How large the ring of packets may grow." default:"2GB" placeholder:"SIZE"`
	Prepare   bool     `help:"Do what can be done for the interfaces (as root), and print how to undo it."`
}

func (doctorCmd) Help() string {
	return `Examples:
  davy doctor --interface eth1
      What is, what to do, and how to undo it.
  sudo davy doctor --interface eth1 --prepare
      Take the addresses, IPv6 and ARP of the interface away, switch off what joins packets, and
      bring it up. It lasts until the machine is started again. An interface that the machine's own
      traffic leaves by is left as it is.

Exit codes: 0 nothing is bad, 1 something is.`
}

func (c *doctorCmd) Run(s *streams) error {
	ring, err := bytesOf(c.Ring)
	if err != nil {
		return usage{fmt.Errorf("--ring %s: %w", c.Ring, err)}
	}
	if c.Prepare && len(c.Interface) == 0 {
		return usage{errors.New("--prepare needs an --interface")}
	}
	config := doctor.Config{Interfaces: c.Interface, Data: c.Data, RingBytes: ring}
	checks := doctor.Examine(config)
	printChecks(s.out, checks)
	if c.Prepare {
		prepare(s, checks)
		fmt.Fprintln(s.out, "\nNow:")
		checks = doctor.Examine(config)
		printChecks(s.out, checks)
	}
	if slices.ContainsFunc(checks, func(c doctor.Check) bool { return c.Level == doctor.Bad }) {
		return errPartly
	}
	return nil
}

// printChecks prints what is, what to do, and how to undo it.
func printChecks(w io.Writer, checks []doctor.Check) {
	of := "?"
	for _, c := range checks {
		if c.Interface != of {
			of = c.Interface
			fmt.Fprintln(w, map[bool]string{true: "this machine", false: "interface " + of}[of == ""])
		}
		fmt.Fprintf(w, "  %-4v  %-11s  %s\n", c.Level, c.Topic, c.Text)
		for _, d := range c.Do {
			fmt.Fprintf(w, "        %-11s    do    %s\n", "", d)
		}
		for _, u := range c.Undo {
			fmt.Fprintf(w, "        %-11s    undo  %s\n", "", u)
		}
	}
}

// prepare mends what can be mended, and prints how to undo it, the last first.
func prepare(s *streams, checks []doctor.Check) {
	var undo []string
	fmt.Fprintln(s.out, "\nPreparing:")
	for i := range checks {
		c := &checks[i]
		if !c.CanMend() {
			continue
		}
		if err := c.Mend(); err != nil {
			fmt.Fprintf(s.out, "  not done: %s: %v\n", c.Do[0], err)
			continue
		}
		fmt.Fprintf(s.out, "  done: %s\n", c.Do[0])
		undo = append(slices.Clone(c.Undo), undo...)
	}
	if len(undo) == 0 {
		fmt.Fprintln(s.out, "  there was nothing to do")
		return
	}
	fmt.Fprintln(s.out, "\nTo undo it:")
	for _, u := range undo {
		fmt.Fprintln(s.out, "  "+u)
	}
}
