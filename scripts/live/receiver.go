//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/capture/live"
)

// receiver is a process that captures.
type receiver interface {
	// counts are the packets received so far, and the CPU time taken.
	counts() (packets uint64, cpu time.Duration, err error)
	stop() error
}

func start(kind, davy string) (receiver, error) {
	dir, err := os.MkdirTemp("", "davy-live-*")
	if err != nil {
		return nil, err
	}
	if kind == "davy" {
		return startDavy(davy, dir)
	}
	return startChild(kind, dir)
}

// child is this program as the receiver.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	dir string
}

func startChild(kind, dir string) (receiver, error) {
	c := &child{cmd: exec.Command(os.Args[0], "-child", kind, "-dir", dir), dir: dir}
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *child) counts() (n uint64, cpu time.Duration, err error) {
	if _, err = fmt.Fprintln(c.in, "counts"); err != nil {
		return 0, 0, err
	}
	_, err = fmt.Fscanln(c.out, &n, &cpu)
	return n, cpu, err
}

func (c *child) stop() error {
	c.in.Close()
	err := c.cmd.Wait()
	os.RemoveAll(c.dir)
	return err
}

// receive is what the child does: it captures until its standard input ends.
func receive(kind, dir string) error {
	l, err := live.Open(live.Config{Interfaces: []string{tap}, Promiscuous: true})
	if err != nil {
		return err
	}
	if err := live.DropCapabilities(); err != nil {
		return err
	}
	var ring *capture.Ring
	if kind == "ring" {
		if ring, err = capture.OpenRing(capture.RingConfig{Dir: filepath.Join(dir, "ring"), MaxBytes: 1 << 30}); err != nil {
			return err
		}
	}
	var packets atomic.Uint64
	ended := make(chan error)
	go func() {
		var b capture.Batch
		for {
			if err := l.Fill(&b); err != nil {
				break
			}
			if ring != nil {
				if err := ring.Record(&b, l.InterfaceName); err != nil {
					ended <- err
					return
				}
				if err := ring.Flush(); err != nil {
					ended <- err
					return
				}
			}
			packets.Add(uint64(len(b.Records)))
		}
		l.Close()
		if ring != nil {
			ring.Close()
		}
		ended <- nil
	}()
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			return err
		}
		fmt.Println(packets.Load(), u.Utime.Nano()+u.Stime.Nano())
	}
	l.Stop()
	return <-ended
}

// davyUp is Davy itself; what it received is counted in its ring.
type davyUp struct {
	cmd  *exec.Cmd
	dir  string
	seen map[string]int64 // packets of segments that are closed
}

func startDavy(program, dir string) (receiver, error) {
	d := &davyUp{dir: dir, seen: map[string]int64{}}
	d.cmd = exec.Command(program, "up", "--interface", tap, "--data", dir, "--listen", "127.0.0.1:8443", "--ring", "8GB")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	d.cmd.Stdout, d.cmd.Stderr = log, log
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		if text, _ := os.ReadFile(log.Name()); strings.Contains(string(text), "https://") {
			time.Sleep(time.Second)
			return d, nil
		}
	}
	text, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("davy up did not start: %s", text)
}

func (d *davyUp) counts() (n uint64, cpu time.Duration, err error) {
	segments, err := filepath.Glob(filepath.Join(d.dir, "ring", "*.pcapng"))
	if err != nil {
		return 0, 0, err
	}
	cpu, err = d.cpu()
	for i, path := range segments {
		count, known := d.seen[path]
		if !known {
			if count, err = capture.CountPackets([]string{path}); err != nil {
				return 0, 0, err
			}
			if i < len(segments)-1 {
				d.seen[path] = count
			}
		}
		n += uint64(count)
	}
	return n, cpu, err
}

// cpu is from /proc/PID/stat: user and system time, in hundredths of a second.
func (d *davyUp) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	var user, system int64
	if _, err := fmt.Sscan(f[11]+" "+f[12], &user, &system); err != nil {
		return 0, err
	}
	return time.Duration(user+system) * 10 * time.Millisecond, nil
}

func (d *davyUp) stop() error {
	d.cmd.Process.Signal(syscall.SIGINT)
	err := d.cmd.Wait()
	os.RemoveAll(d.dir)
	return err
}
