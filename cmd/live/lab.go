//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A lab is a small network of namespaces: clients and servers on a switch that floods all
// frames to all ports, as a hub does, and a sensor on its mirror port. Between the switch
// and the sensor stands the mirror (relay.go), which puts a VLAN tag into each frame as
// switches do, and keeps what it sent.
//
//	clients e0 ─ switch ─ e0 servers
//	               └ mirror ─ e0 sensor
type lab struct {
	name string // what its namespaces' names begin with
}

// The namespaces of a lab.
const (
	clients = "c"
	servers = "s"
	hub     = "h"
	sensor  = "m"
)

// Addresses in the lab.
const (
	clientIP   = "10.77.0.1"
	serverIP   = "10.77.0.2"
	stationIP  = "10.77.0.3" // an engineering station, also among the clients
	strangerIP = "10.77.0.9" // an intruder, also among the clients
)

// undo is what has to be done before the program ends, newest last.
var undo struct {
	sync.Mutex
	list []func()
}

func later(f func()) {
	undo.Lock()
	defer undo.Unlock()
	undo.list = append(undo.list, f)
}

// tidy does what is to be undone.
func tidy() {
	undo.Lock()
	defer undo.Unlock()
	for i := len(undo.list) - 1; i >= 0; i-- {
		undo.list[i]()
	}
	undo.list = nil
}

// run runs a command that is expected to work.
func run(args ...string) error {
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %v: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// need says which programs the machine lacks.
func need(programs ...string) error {
	if os.Getuid() != 0 {
		return fmt.Errorf("%w: root, for network namespaces", errMissing)
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return fmt.Errorf("%w: %s", errMissing, p)
		}
	}
	return nil
}

// ns is the name of one of the lab's namespaces.
func (l *lab) ns(n string) string { return l.name + n }

// newLab builds a lab; tidy takes it down.
func newLab() (*lab, error) {
	if err := need("ip", "ethtool", "sysctl"); err != nil {
		return nil, err
	}
	l := &lab{name: "davy" + strconv.Itoa(os.Getpid())}
	for _, n := range []string{clients, servers, hub, sensor} {
		if err := run("ip", "netns", "add", l.ns(n)); err != nil {
			return nil, fmt.Errorf("%w: network namespaces: %v", errMissing, err)
		}
		later(func() { l.end(n) })
		if err := l.run(n, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"); err != nil {
			return nil, err
		}
		if err := l.run(n, "ip", "link", "set", "lo", "up"); err != nil {
			return nil, err
		}
	}
	if err := l.run(hub, "ip", "link", "add", "name", "hub0", "type", "bridge", "ageing_time", "0"); err != nil {
		return nil, fmt.Errorf("%w: bridges: %v", errMissing, err)
	}
	steps := [][]string{{hub, "ip", "link", "set", "hub0", "up"}}
	for _, n := range []string{clients, servers} {
		steps = append(steps, []string{hub, "ip", "link", "add", "p" + n, "type", "veth", "peer", "name", "e0", "netns", l.ns(n)},
			[]string{hub, "ip", "link", "set", "p" + n, "master", "hub0"}, []string{hub, "ip", "link", "set", "p" + n, "up"},
			[]string{n, "ethtool", "-K", "e0", "tx", "off", "tso", "off", "gso", "off", "gro", "off"}, []string{n, "ip", "link", "set", "e0", "up"})
	}
	// The mirror reads tap0, to which the switch floods, and writes to out0.
	steps = append(steps, []string{hub, "ip", "link", "add", "tap1", "type", "veth", "peer", "name", "tap0"},
		[]string{hub, "ip", "link", "set", "tap1", "master", "hub0"}, []string{hub, "ip", "link", "set", "tap1", "up"}, []string{hub, "ip", "link", "set", "tap0", "up"},
		[]string{hub, "ip", "link", "add", "out0", "type", "veth", "peer", "name", "e0", "netns", l.ns(sensor)}, []string{hub, "ip", "link", "set", "out0", "up"},
		[]string{sensor, "ip", "link", "set", "e0", "up"},
		[]string{clients, "ip", "addr", "add", clientIP + "/24", "dev", "e0"}, []string{clients, "ip", "addr", "add", stationIP + "/24", "dev", "e0"},
		[]string{clients, "ip", "addr", "add", strangerIP + "/24", "dev", "e0"}, []string{servers, "ip", "addr", "add", serverIP + "/24", "dev", "e0"})
	for _, s := range steps {
		if err := l.run(s[0], s[1:]...); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// end ends what still runs in a namespace of the lab, and removes it.
func (l *lab) end(n string) {
	out, _ := exec.Command("ip", "netns", "pids", l.ns(n)).Output()
	for _, p := range strings.Fields(string(out)) {
		if id, err := strconv.Atoi(p); err == nil && id != os.Getpid() {
			syscall.Kill(id, syscall.SIGKILL)
		}
	}
	exec.Command("ip", "netns", "del", l.ns(n)).Run()
}

func (l *lab) args(n string, args []string) []string {
	return append([]string{"ip", "netns", "exec", l.ns(n)}, args...)
}

// run runs a command in a namespace.
func (l *lab) run(n string, args ...string) error { return run(l.args(n, args)...) }

// output is what a command in a namespace says, whether or not it fails, within a time.
func (l *lab) output(n string, most time.Duration, args ...string) (string, error) {
	a := l.args(n, args)
	cmd := exec.Command(a[0], a[1:]...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &b, &b, time.Second
	if err := cmd.Start(); err != nil {
		return "", err
	}
	timer := time.AfterFunc(most, func() { cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	return b.String(), err
}

// background starts a command in a namespace; tidy ends it with its namespace.
func (l *lab) background(n string, out io.Writer, args ...string) (*exec.Cmd, error) {
	a := l.args(n, args)
	cmd := exec.Command(a[0], a[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, cmd.Start()
}

// self starts this program in a namespace, to do one of the jobs of inside.
func (l *lab) self(n string, out io.Writer, args ...string) (*exec.Cmd, error) {
	me, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return l.background(n, out, append([]string{me, "inside"}, args...)...)
}

// sent is how many packets an interface of a namespace has sent.
func (l *lab) sent(n, device string) (uint64, error) {
	out, err := l.output(n, 5*time.Second, "cat", "/sys/class/net/"+device+"/statistics/tx_packets")
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(out), 10, 64)
}

// inside does a job in a namespace.
func inside(job string, args []string) int {
	jobs := map[string]func([]string) error{"mirror": mirror, "shout": shout, "strike": strike, "flood": flood}
	f := jobs[job]
	if f == nil {
		fmt.Fprintln(os.Stderr, "live: no job", job)
		return 2
	}
	if err := f(args); err != nil {
		fmt.Fprintln(os.Stderr, "live", job+":", err)
		return 1
	}
	return 0
}
