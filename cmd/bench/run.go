package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// davy is the runner that the others are compared with.
const davy = "davy"

// runner is one of the programs that are compared.
type runner struct {
	name, does string
	slow       bool   // takes minutes
	missing    string // the package to install, where the program is not there
	command    func(c input) []string
	count      func(out io.Reader) (uint64, error) // counts messages in what it prints; nil: nothing to count
}

// cost is what one run took.
type cost struct {
	cpu   float64 // seconds, of user and system
	peak  uint64  // bytes
	count uint64
}

// runners are Davy, the loop and the peers that are installed.
func (p *plan) runners() ([]*runner, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if p.davy, err = filepath.Abs(p.davy); err != nil {
		return nil, err
	}
	list := []*runner{
		{name: davy, does: "everything: inventory, learning, all judges; rows but for messages", command: func(c input) []string {
			return []string{p.davy, "analyze", "--workers", "1", "--messages", "none", "--out", p.out(c), c.path}
		}},
		{name: "davy with rows", does: "and a row of each message that is not a plain cyclic read, as by default", command: func(c input) []string {
			return []string{p.davy, "analyze", "--workers", "1", "--out", p.out(c) + "-rows", c.path}
		}},
		{name: "loop", does: "touches each header once", command: func(c input) []string { return []string{self, "-loop", c.path} }},
		{name: "ndpiReader", does: "names protocols, looking at a flow's first packets", missing: "libndpi-bin", command: func(c input) []string {
			return []string{"ndpiReader", "-q", "-i", c.path}
		}},
		{name: "tshark", does: "dissects everything, tells one field of Modbus", missing: "tshark", slow: true, count: occurrences, command: func(c input) []string {
			return []string{"tshark", "-n", "-r", c.path, "-T", "fields", "-e", "mbtcp.trans_id"}
		}},
	}
	for _, r := range list {
		if r.missing == "" {
			continue
		}
		if _, err := exec.LookPath(r.name); err == nil {
			r.missing = ""
		} else {
			fmt.Fprintf(os.Stderr, "%s is absent (Debian's %s): going on without it\n", r.name, r.missing)
		}
	}
	return list, nil
}

// out is the folder for Davy's rows of a capture.
func (p *plan) out(c input) string { return filepath.Join(p.dir, "out-"+c.name) }

// run runs a program to its end and says what it took.
func (r *runner) run(c input) (cost, error) {
	args := r.command(c)
	cmd := exec.Command(args[0], args[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return cost{}, err
	}
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	var k cost
	if r.count != nil {
		k.count, err = r.count(out)
	}
	_, rest := io.Copy(io.Discard, out)
	if err := errors.Join(err, rest, cmd.Wait()); err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", r.name, err, strings.TrimSpace(said.String()))
	}
	k.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		k.peak = uint64(u.Maxrss) << 10
	}
	return k, nil
}

// result is what was measured on a capture.
type result struct {
	input
	packets uint64
	costs   map[string][]cost
	checks  *checks
}

// measure runs everybody in turn, and again, so that what else the machine does meets all.
func (p *plan) measure(c input, runners []*runner) (*result, error) {
	if err := warm(c.path); err != nil {
		return nil, err
	}
	n, err := touch(c.path)
	if err != nil {
		return nil, err
	}
	r := &result{input: c, packets: n.packets, costs: map[string][]cost{}}
	for round := range p.rounds {
		for _, who := range runners {
			if who.missing != "" || who.slow && round >= p.slow {
				continue
			}
			k, err := who.run(c)
			if err != nil {
				return nil, err
			}
			r.costs[who.name] = append(r.costs[who.name], k)
			fmt.Fprintf(os.Stderr, "%s, round %d: %s %.2f s, %d MB\n", c.name, round+1, who.name, k.cpu, k.peak/1e6)
		}
	}
	r.checks, err = p.check(c, r)
	return r, err
}

// median is the middle one of what each run gave.
func median(list []cost, of func(cost) float64) float64 {
	var v []float64
	for _, k := range list {
		v = append(v, of(k))
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
