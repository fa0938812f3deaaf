package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/davylamp/davy/plant"
)

// input is a capture to measure on.
type input struct {
	name, about, path string
}

// captures are the generated ones, or the plant's own where their generator is absent.
func (p *plan) captures() ([]input, error) {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return nil, err
	}
	generator := filepath.Join(p.shared, "make-captures")
	if _, err := os.Stat(generator); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "the generator of captures is absent; measuring on the simulated plant's own")
		c, err := p.plant()
		return []input{c}, err
	}
	list := []input{
		{"modbus", "thousands of recorded and made Modbus sessions, most requests name an object never seen before", filepath.Join(p.dir, "modbus.pcap")},
		{"cyclic", "plain polling of known registers by 200 conversations", filepath.Join(p.dir, "cyclic.pcap")},
	}
	for _, c := range list {
		if _, err := os.Stat(c.path); err == nil {
			continue
		}
		fmt.Fprintln(os.Stderr, "making", c.name)
		make := exec.Command(generator, p.dir, c.name)
		make.Env = append(os.Environ(), "PACKETS="+strconv.FormatUint(p.packets, 10))
		if out, err := make.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("make-captures %s: %w: %s", c.name, err, out)
		}
	}
	return list, nil
}

// shortest is the least of the plant's life that can be simulated.
const shortest = 10 * time.Minute

// plant writes so much of the simulated plant's life at its real pace that there are packets
// enough.
func (p *plan) plant() (input, error) {
	c := input{"plant", "the simulated plant at its real pace, without the campaign", filepath.Join(p.dir, "plant.pcapng")}
	if _, err := os.Stat(c.path); err == nil {
		return c, nil
	}
	o := plant.Options{Scenario: "bottling", Length: shortest, Seed: 1, Pace: plant.Real}
	made, _, err := plant.WriteFiles(o, c.path)
	if err != nil || made.Frames >= p.packets {
		return c, err
	}
	o.Length = time.Duration(float64(shortest) * 1.05 * float64(p.packets) / float64(made.Frames)).Round(time.Second)
	_, _, err = plant.WriteFiles(o, c.path)
	return c, err
}

// warm reads a file once, so that nobody has to wait for the disk first.
func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}
