//go:build linux

// Live finds the highest rate of packets that is captured without a drop, on a veth pair in
// a network namespace of its own, and prints it with the share of a CPU that the capturing
// process took. It does so for capture alone, with the packets written to a ring of files, and
// for the whole of Davy. It needs root. With -write the table goes to docs/live-rates.md.
//
// The packets are made here: cyclic I/O of 200 links (EtherNet/IP, UDP port 2222), each with
// a counter of its own, so that no two are alike.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const tap, mirror = "tap0", "mirror0"

func main() {
	var (
		kinds   = flag.String("receivers", "capture,ring,davy", "what receives: capture, ring, davy")
		davy    = flag.String("davy", "bin/davy", "the program, for davy")
		write   = flag.Bool("write", false, "write the table to docs/live-rates.md")
		sizes   = flag.String("sizes", "90,400", "bytes of a packet")
		span    = flag.Duration("span", 3*time.Second, "how long each rate is tried")
		confirm = flag.Duration("confirm", 10*time.Second, "how long the rate found is tried in the end")
		most    = flag.Int("most", 2_000_000, "packets a second that are not exceeded")
		at      = flag.Int("rate", 0, "try this rate alone, for the time of -confirm")
		child   = flag.String("child", "", "internal: be the receiver")
		dir     = flag.String("dir", "", "internal: the receiver's folder")
	)
	flag.Parse()
	if *child != "" {
		check(receive(*child, *dir))
		return
	}
	runtime.LockOSThread()
	check(unix.Unshare(unix.CLONE_NEWNET))
	for _, args := range []string{"link set lo up", "link add " + tap + " type veth peer name " + mirror, "link set " + tap + " addrgenmode none", "link set " + mirror + " addrgenmode none",
		"link set " + tap + " arp off up", "link set " + mirror + " arp off up"} {
		out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
		if err != nil {
			check(fmt.Errorf("ip %s: %w: %s", args, err, out))
		}
	}
	// What is measured here, sender and receiver, goes before what else the machine does.
	check(unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -15))
	text := head()
	for _, kind := range strings.Split(*kinds, ",") {
		for _, s := range strings.Split(*sizes, ",") {
			size, err := strconv.Atoi(s)
			check(err)
			b := &bench{size: size, span: *span, most: *most}
			b.sender, err = newSender(mirror, size)
			check(err)
			fmt.Fprintf(os.Stderr, "%s:\n", kind)
			b.receiver, err = start(kind, *davy)
			check(err)
			var t trial
			limit := "given"
			if *at > 0 {
				t, err = b.try(*at, *confirm)
			} else {
				t, limit, err = b.search(*confirm)
			}
			check(err)
			text += fmt.Sprintf("| %s | %d | %.0f | %.1f | %.0f %% | %d | %s |\n", about[kind], size, t.rate, t.rate*float64(size)/1e6, 100*t.cpu, t.sent-min(t.sent, t.got), limit)
			check(b.receiver.stop())
			b.sender.close()
		}
	}
	fmt.Print(text)
	if *write {
		check(os.WriteFile("docs/live-rates.md", []byte(text), 0o644))
	}
}

// about says what a receiver does.
var about = map[string]string{"capture": "capture alone", "ring": "capture, written to the ring", "davy": "`davy up`: all of Davy"}

// head is what stands before the rows.
func head() string {
	load, _ := os.ReadFile("/proc/loadavg")
	minute, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf(`# How fast it captures

Printed by `+"`make live`"+` (as root): the highest rate on a veth pair without a lost packet, found by bisection and tried for some seconds
more. Sender and receiver share %d CPUs and go before the machine's other work (nice -15); its load was %s before it began. The CPU is
that of the receiving process, in shares of one CPU; what the kernel does for a veth pair is done on the sender's. The limit is "the
sender" where no rate that could be sent was too high. The packets are cyclic I/O of 200 links over UDP (EtherNet/IP), no two
alike; TCP and richer protocols cost more to judge (docs/bench.md).

| receiver | bytes | packets a second | MB a second | CPU | lost | limit |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
`, runtime.NumCPU(), minute)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "live:", err)
		os.Exit(1)
	}
}

// bench tries rates of packets of one size.
type bench struct {
	size     int
	span     time.Duration
	most     int
	sender   *sender
	receiver receiver
}

// trial is what came of a rate.
type trial struct {
	sent, got uint64
	rate      float64 // packets a second that were truly sent
	cpu       float64 // share of one CPU
	slow      bool    // the sender did not reach the rate
}

func (t trial) whole() bool { return t.got == t.sent }

// try sends at a rate and counts what came.
func (b *bench) try(rate int, span time.Duration) (t trial, err error) {
	before, cpu, err := b.receiver.counts()
	if err != nil {
		return t, err
	}
	began := time.Now()
	t.sent, err = b.sender.send(rate, span)
	if err != nil {
		return t, err
	}
	took := time.Since(began)
	t.rate = float64(t.sent) / took.Seconds()
	t.slow = t.rate < 0.97*float64(rate)
	var spent time.Duration
	for end := time.Now().Add(3 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		n, now, err := b.receiver.counts()
		if err != nil {
			return t, err
		}
		t.got, spent = n-before, now-cpu
		if t.got >= t.sent || time.Now().After(end) {
			break
		}
	}
	t.cpu = spent.Seconds() / took.Seconds()
	fmt.Fprintf(os.Stderr, "  %d bytes, %d a second: sent %.0f, lost %d, CPU %.0f %%\n", b.size, rate, t.rate, t.sent-min(t.sent, t.got), 100*t.cpu)
	return t, nil
}

// search doubles the rate until packets are lost, halves the distance until it is 2 %, and
// tries what it found longer; where that loses packets it goes down by 5 %.
func (b *bench) search(confirm time.Duration) (t trial, limit string, err error) {
	good, bad := 0, 0
	for rate := min(25_000, b.most); bad == 0; rate = min(2*rate, b.most) {
		for range 3 { // a sender that was held up may do better
			if t, err = b.try(rate, b.span); err != nil {
				return t, "", err
			}
			if !t.slow {
				break
			}
		}
		switch {
		case !t.whole():
			bad = rate
		case t.slow:
			good, bad = int(t.rate), -1
		case rate == b.most:
			good, bad = rate, -1
		default:
			good = rate
		}
	}
	for bad > 0 && bad-good > max(good/50, 500) {
		rate := (good + bad) / 2
		if t, err = b.try(rate, b.span); err != nil {
			return t, "", err
		}
		if t.whole() && !t.slow {
			good = rate
		} else {
			bad = rate
		}
	}
	for rate := good; rate > 0; rate = rate * 95 / 100 {
		if t, err = b.try(rate, confirm); err != nil || t.whole() {
			break
		}
	}
	limit = "drops above"
	if bad < 0 {
		limit = "the sender"
	}
	return t, limit, err
}
