//go:build linux

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// flood sends the packets of a capture over and over, so many a second, for some time: flood
// DEVICE CAPTURE RATE SPAN. It prints how many it sent.
func flood(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: flood DEVICE CAPTURE RATE SPAN")
	}
	s, err := openSocket(args[0])
	if err != nil {
		return err
	}
	rate, err1 := strconv.Atoi(args[2])
	span, err2 := time.ParseDuration(args[3])
	list, err3 := loadFrames(args[1])
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	sent := 0
	for begun := time.Now(); time.Since(begun) < span; time.Sleep(200 * time.Microsecond) {
		for due := int(time.Since(begun).Seconds() * float64(rate)); sent < due; sent++ {
			if err := s.send(list[sent%len(list)]); err != nil {
				return err
			}
		}
	}
	fmt.Println(sent)
	return nil
}

// soaked is how the sensor was at a moment.
type soaked struct {
	Memory     uint64 `json:"memory_bytes"`
	CPU        float64
	Interfaces []struct{ Packets, Drops uint64 }
	Ring       struct{ Bytes, Packets, Dropped uint64 }
	Lost       map[string]uint64
}

// soak measures whether davy up holds out: the plant's traffic at 50,000 packets a second for
// ten minutes, its memory each minute, and whether what was sent is what was taken or counted.
func soak(o *options) error {
	const rate = 50_000
	span, every := 10*time.Minute, time.Minute
	if o.short {
		span, every = 20*time.Second, 5*time.Second
	}
	l, err := newLab()
	if err != nil {
		return err
	}
	c, err := o.written("bottling", "0.05", "real")
	if err != nil {
		return err
	}
	u, err := startUp(o.davy, l, "--data", filepath.Join(c.dir, "soak"), "--interface", "e0", "--listen", "127.0.0.1:8443", "--learn", "1m", "--ring", "512MB")
	if err != nil {
		return err
	}
	var out said
	cmd, err := l.self(hub, &out, "flood", "out0", c.all, fmt.Sprint(rate), span.String())
	if err != nil {
		return err
	}
	o.page.say("## Ten minutes at 50,000 packets a second\n\nThe plant's traffic, over and over.\n\n| after | memory | processor | packets | dropped by the kernel | ring |\n| --- | --- | --- | --- | --- | --- |\n")
	var now soaked
	row := func(after time.Duration) error {
		now = soaked{}
		if err := u.get("/sensor", &now); err != nil {
			return err
		}
		o.page.say("| %v | %d MB | %.0f %% | %d | %d | %d MB |\n", after, now.Memory>>20, now.CPU*100, now.Interfaces[0].Packets, now.Interfaces[0].Drops, now.Ring.Bytes>>20)
		return nil
	}
	var first, last uint64
	for at := every; at <= span; at += every {
		time.Sleep(every)
		if err := row(at); err != nil {
			return err
		}
		if at == 3*every {
			first = now.Memory
		}
		last = now.Memory
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%v: %s", err, out.String())
	}
	time.Sleep(3 * time.Second)
	if err := row(span + 3*time.Second); err != nil {
		return err
	}
	sent, err := strconv.ParseUint(strings.TrimSpace(out.String()), 10, 64)
	if err != nil {
		return err
	}
	taken := now.Interfaces[0].Packets + now.Interfaces[0].Drops
	o.page.say("\nSent %d packets, %.0f a second; %d were taken and %d dropped and counted: %d are unaccounted for. Memory after warm-up (%v) %d MB, at the end %d MB.\n",
		sent, float64(sent)/span.Seconds(), now.Interfaces[0].Packets, now.Interfaces[0].Drops, int64(sent)-int64(taken), 3*every, first>>20, last>>20)
	for what, n := range now.Lost {
		o.page.say("No room for %s: %d.\n", what, n)
	}
	if err := u.stop(); err != nil {
		return err
	}
	if int64(sent)-int64(taken) > 100 { // what the machine itself says on the link is not in the count
		return errors.New("packets vanished unseen")
	}
	return nil
}
