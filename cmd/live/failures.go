//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
)

// failure is something that goes wrong, and what davy up must do about it.
type failure struct {
	what string
	does string // what it has to do
	try  func(*options, *campaign) error
}

func allFailures() []failure {
	return []failure{
		{"the console's port is taken", "ends, says so and names the flag", portTaken},
		{"the database is damaged in its head", "ends, says so and how to restore", damaged("davy.db", 0)},
		{"the database is damaged in its middle", "ends, says so and how to restore", damaged("davy.db", -1)},
		{"the engine's state is damaged", "ends, says so and how to restore", damaged("state.davy", -1)},
		{"the data folder is in use", "ends and says so", inUse},
		{"the disk is full", "goes on, says so on screen, stops cleanly", diskFull},
		{"a byte of a downloaded bundle is changed", "davy evidence verify refuses it and says what was changed", bundleChanged},
		{"a bit of the audit trail is flipped", "davy audit verify names the record", auditChanged},
		{"the captures' clock is stepped back", "goes on, and says so as a finding", clockBack},
		{"the interface goes down and vanishes", "goes on, says so on screen, and watches again when it is back", interfaceGone},
	}
}

// failures lets things go wrong.
func failures(o *options) error {
	c, err := o.play("slow")
	if err != nil {
		return err
	}
	o.page.say("## What goes wrong\n\n| what goes wrong | what Davy has to do | does it |\n| --- | --- | --- |\n")
	var failed []error
	for _, f := range allFailures() {
		verdict := "yes"
		switch err := f.try(o, c); {
		case errors.Is(err, errMissing):
			verdict = "not tried: " + err.Error()
		case err != nil:
			verdict = "**no**"
			failed = append(failed, fmt.Errorf("%s: %w", f.what, err))
		}
		o.page.say("| %s | %s | %s |\n", f.what, f.does, verdict)
	}
	return errors.Join(failed...)
}

// refuses starts davy up, which has to end by itself and say these words.
func (o *options) refuses(words []string, args ...string) error {
	cmd := exec.Command(o.davy, append([]string{"up"}, args...)...)
	var out said
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(30*time.Second, func() { cmd.Process.Signal(syscall.SIGQUIT) })
	err := cmd.Wait()
	if !timer.Stop() {
		return fmt.Errorf("it did not end: %.2000s", out.String())
	}
	if err == nil {
		return fmt.Errorf("it ended as if all were well: %s", out.String())
	}
	text := out.String()
	if strings.Contains(text, "goroutine ") {
		return fmt.Errorf("it panicked: %.2000s", text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			return fmt.Errorf("it does not say %q: %s", w, text)
		}
	}
	fmt.Fprintf(os.Stderr, "%s", text)
	return nil
}

func portTaken(o *options, c *campaign) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	a := c.args(filepath.Join(c.dir, "taken"), c.after)
	a[3] = l.Addr().String()
	return o.refuses([]string{"cannot listen on " + a[3], "--listen"}, a...)
}

// lived is a data folder that was in use once.
func (o *options) lived(c *campaign, name string) (data string, err error) {
	data = filepath.Join(c.dir, name)
	u, err := startUp(o.davy, nil, c.args(data, c.all)...)
	if err != nil {
		return "", err
	}
	if err := u.read(time.Minute, 1); err != nil {
		return "", err
	}
	return data, u.stop()
}

// damaged overwrites a part of a file, at an offset or (below 0) in its middle.
func damaged(name string, at int64) func(*options, *campaign) error {
	return func(o *options, c *campaign) error {
		data, err := o.lived(c, fmt.Sprint(name, at))
		if err != nil {
			return err
		}
		path := filepath.Join(data, name)
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		size, from := info.Size()/2, at
		if at < 0 {
			from = info.Size() / 4
		} else {
			size = 4096
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		junk := make([]byte, size)
		for i := range junk {
			junk[i] = byte(i*7 + 3)
		}
		if _, err = f.WriteAt(junk, from); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		return o.refuses([]string{name, "restore"}, c.args(data, c.after)...)
	}
}

func inUse(o *options, c *campaign) error {
	data := filepath.Join(c.dir, "used")
	u, err := startUp(o.davy, nil, c.args(data, c.after)...)
	if err != nil {
		return err
	}
	if err := o.refuses([]string{"in use"}, c.args(data, c.after)...); err != nil {
		return err
	}
	return u.stop()
}

// says waits until the screen of the sensor's health has a line that is not well.
func (u *up) says(most time.Duration, names ...string) error {
	return u.until(most, "a line of "+strings.Join(names, " or "), func(s *sensorNow) bool {
		for _, l := range s.Lines {
			for _, n := range names {
				if strings.HasPrefix(l.Name, n) && l.Level != "ok" {
					return true
				}
			}
		}
		return false
	})
}

func diskFull(o *options, c *campaign) error {
	if err := need("mount"); err != nil {
		return err
	}
	data := filepath.Join(c.dir, "small")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := run("mount", "-t", "tmpfs", "-o", "size=8m", "davy", data); err != nil {
		return fmt.Errorf("%w: %v", errMissing, err)
	}
	defer run("umount", data)
	u, err := startUp(o.davy, nil, append(c.args(data, c.all), "--ring", "1GB")...)
	if err != nil {
		return err
	}
	if err := u.says(time.Minute, "disk", "ring", "store", "packets not kept"); err != nil {
		return err
	}
	if err := u.get("/incidents", nil); err != nil {
		return fmt.Errorf("the console does not answer: %w", err)
	}
	if err := u.stop(); err != nil {
		return err
	}
	if strings.Contains(u.said.String(), "goroutine ") {
		return fmt.Errorf("it panicked: %.2000s", u.said.String())
	}
	return nil
}

// clockBack reads a capture whose last third has stamps of two hours before.
func clockBack(o *options, c *campaign) error {
	path := filepath.Join(c.dir, "back.pcapng")
	in, err := capture.Open(c.parts, nil)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := newPart(path)
	if err != nil {
		return err
	}
	for b := new(capture.Batch); in.Fill(b) == nil; {
		for _, r := range b.Records {
			stamp := r.Stamp
			if r.File == 1 {
				stamp -= 2 * int64(time.Hour)
			}
			if err := out.write(in, &r, stamp); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(out.Flush(), out.file.Close()); err != nil {
		return err
	}
	u, err := startUp(o.davy, nil, c.args(filepath.Join(c.dir, "back"), path)...)
	if err != nil {
		return err
	}
	if err := u.read(time.Minute, 1); err != nil {
		return err
	}
	list, err := all[davy.FindingRow](u, "/findings")
	if err != nil {
		return err
	}
	told, after := false, 0
	for _, f := range list {
		told = told || f.Detector == "D46" && strings.Contains(strings.ToLower(f.Title+f.Seen), "clock")
		if len(f.Frames) > 0 && f.Frames[0] > 24_000 {
			after++
		}
	}
	if !told || after == 0 {
		return fmt.Errorf("of %d findings %d came after the step; one about the clock: %v", len(list), after, told)
	}
	return u.stop()
}

func interfaceGone(o *options, c *campaign) error {
	l, err := newLab()
	if err != nil {
		return err
	}
	data := filepath.Join(c.dir, "gone")
	u, err := startUp(o.davy, l, "--data", data, "--interface", "e0", "--listen", "127.0.0.1:8443")
	if err != nil {
		return err
	}
	back := func() error {
		if err := l.run(hub, "ip", "link", "set", "out0", "up"); err != nil {
			return err
		}
		if err := l.run(sensor, "ip", "link", "set", "e0", "up"); err != nil {
			return err
		}
		if err := u.until(30*time.Second, "the interface is watched again", func(s *sensorNow) bool { return len(s.Interfaces) > 0 && s.Interfaces[0].Up }); err != nil {
			return err
		}
		var before sensorNow
		if err := u.get("/sensor", &before); err != nil {
			return err
		}
		if _, err := l.self(hub, os.Stderr, "shout", "out0", "20"); err != nil {
			return err
		}
		return u.until(30*time.Second, "packets come in", func(s *sensorNow) bool { return s.Interfaces[0].Packets >= before.Interfaces[0].Packets+20 })
	}
	if err := back(); err != nil {
		return err
	}
	if err := l.run(sensor, "ip", "link", "set", "e0", "down"); err != nil {
		return err
	}
	if err := u.says(30*time.Second, "interface e0"); err != nil {
		return err
	}
	if err := back(); err != nil {
		return err
	}
	if err := l.run(sensor, "ip", "link", "del", "e0"); err != nil {
		return err
	}
	if err := u.says(30*time.Second, "interface e0"); err != nil {
		return err
	}
	if err := l.run(hub, "ip", "link", "add", "out0", "type", "veth", "peer", "name", "e0", "netns", l.ns(sensor)); err != nil {
		return err
	}
	if err := back(); err != nil {
		return err
	}
	return u.stop()
}

// says runs davy, which has to end like that and say these words.
func (o *options) says(well bool, words string, args ...string) error {
	out, err := exec.Command(o.davy, args...).CombinedOutput()
	if (err == nil) != well || !strings.Contains(string(out), words) {
		return fmt.Errorf("davy %s: %v: it does not say %q: %s", strings.Join(args, " "), err, words, out)
	}
	fmt.Fprintf(os.Stderr, "%s", out)
	return nil
}

// bundleChanged downloads the evidence of an incident and changes one byte of a packet.
func bundleChanged(o *options, c *campaign) error {
	data := filepath.Join(c.dir, "bundle")
	u, err := startUp(o.davy, nil, c.args(data, c.all)...)
	if err != nil {
		return err
	}
	if err := u.read(time.Minute, 1); err != nil {
		return err
	}
	list, err := all[davy.IncidentRow](u, "/incidents")
	if err != nil || len(list) == 0 {
		return fmt.Errorf("%d incidents: %v", len(list), err)
	}
	var zip []byte
	if err := u.get("/incidents/"+list[0].ID+"/evidence", &zip); err != nil {
		return err
	}
	var s sensorNow
	if err := errors.Join(u.get("/sensor", &s), u.stop()); err != nil {
		return err
	}
	path := filepath.Join(c.dir, "bundle.zip")
	if err := os.WriteFile(path, zip, 0o600); err != nil {
		return err
	}
	if err := o.says(true, "signed by the key that is trusted", "evidence", "verify", "--key", s.Key, path); err != nil {
		return err
	}
	at := strings.LastIndex(string(zip), "recorded in file") - 60 // in the last packet, or in what is said at it
	zip[at] ^= 1
	if err := os.WriteFile(path, zip, 0o600); err != nil {
		return err
	}
	return o.says(false, "is not what was signed", "evidence", "verify", path)
}

// auditChanged flips a bit in what the trail says of the first account.
func auditChanged(o *options, c *campaign) error {
	data, err := o.lived(c, "audit")
	if err != nil {
		return err
	}
	if err := o.says(true, "", "audit", "verify", "--data", data); err != nil {
		return err
	}
	path := filepath.Join(data, "davy.db")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	at := strings.LastIndex(string(b), "offer set-up")
	if at < 0 {
		return errors.New("the trail does not hold what was looked for")
	}
	b[at] ^= 2
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	return o.says(false, "record 1", "audit", "verify", "--data", data)
}
