package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/app"
)

type upCmd struct {
	Data      string   `help:"Folder of everything that is kept." default:"davy-data" placeholder:"DIR"`
	Listen    string   `help:"Where the console listens." default:"127.0.0.1:8443" placeholder:"ADDR"`
	Interface []string `help:"Watch this interface; may be given more than once." placeholder:"IF"`
	Filter    string   `help:"Watch only this, in tcpdump's words." placeholder:"EXPR"`
	Read      []string `help:"Read these captures instead of an interface." placeholder:"PATH"`
	Demo      bool     `help:"Watch the simulated plant, with an intruder. So it is with no other source."`
	Site      string   `help:"What the site is: networks, redundant pairs, assets (YAML)." placeholder:"FILE"`
	Windows   string   `help:"Planned work (YAML or NDJSON), beside what is entered in the console." placeholder:"FILE"`
	Learn     string   `help:"How long to learn before new things are judged (24h, 7d), or off." default:"24h" placeholder:"DURATION|off"`
	Keep      int      `help:"Days that what is stored is kept." default:"400" placeholder:"DAYS"`
	Ring      string   `help:"How large the ring of packets may grow." default:"2GB" placeholder:"SIZE"`
	Dedup     string   `help:"Equal packets within this time are one (the mirror's copies)." default:"20ms" placeholder:"DURATION"`
	Workers   int      `help:"How many CPUs judge; the results are the same." placeholder:"N"`
	Seed      uint64   `help:"Of the simulated plant." default:"1" hidden:""`
	Verbose   bool     `help:"Log every request and event." short:"v"`
}

func (upCmd) Help() string {
	return `Davy watches, keeps what it learned and decided, and shows it in a browser. The first
start prints a link that makes the first user; there is no default password. Ctrl-C stops.
Watching an interface needs root or CAP_NET_RAW, and drops every right once it is open; see
davy doctor.

Examples:
  davy up
      The simulated plant under attack, to look around.
  davy up --interface eth1 --data /var/lib/davy --listen 0.0.0.0:8443 --site plant.yaml
      A mirror port.
  davy up --read monday.pcap --read tuesday.pcap --data review
      Captures, one after the other.`
}

func (c *upCmd) options(s *streams) (o app.UpOptions, err error) {
	o = app.UpOptions{Data: c.Data, Listen: c.Listen, Interfaces: c.Interface, Filter: c.Filter, Paths: c.Read, KeepDays: c.Keep, Workers: c.Workers, Seed: c.Seed}
	if len(c.Interface) > 0 && len(c.Read) > 0 || c.Demo && len(c.Interface)+len(c.Read) > 0 {
		return o, errors.New("--interface, --read and --demo are three sources: give one of them")
	}
	if c.Filter != "" && len(c.Interface) == 0 {
		return o, errors.New("--filter needs an --interface")
	}
	if o.Workers == 0 {
		o.Workers = min(4, runtime.NumCPU())
	}
	if o.Learn, err = parseLearn(c.Learn); err != nil {
		return o, err
	}
	if o.Learn.Share > 0 {
		return o, fmt.Errorf("--learn %s: a share of what has no end is not known; give a duration", c.Learn)
	}
	if o.RingBytes, err = bytesOf(c.Ring); err != nil {
		return o, fmt.Errorf("--ring %s: %w", c.Ring, err)
	}
	if c.Keep < 1 {
		return o, fmt.Errorf("--keep %d: at least one day", c.Keep)
	}
	if o.Dedup, err = duration(c.Dedup); err != nil {
		return o, fmt.Errorf("--dedup %s: %w", c.Dedup, err)
	}
	switch {
	case c.Site != "":
		o.Site, err = readSite(c.Site)
	case len(c.Interface)+len(c.Read) == 0:
		o.Site, err = parseSite([]byte(app.DemoSite()))
	}
	if err == nil && c.Windows != "" {
		o.Windows, err = readWindows(c.Windows)
	}
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	o.Log = slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	t := &teller{out: s.out, terminal: newTerminal(s)}
	o.Say, o.Incident = t.opened, t.incident
	return o, err
}

// teller tells on the terminal where the console is, and what needs a person.
type teller struct {
	out      io.Writer
	terminal *terminal

	mu      sync.Mutex
	address string
	waiting []string // incidents of before the console was open
	last    map[string]string
}

func (t *teller) opened(a app.Opened) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "Davy watches. The console is at %s\n", a.Address)
	fmt.Fprintf(t.out, "Its certificate is its own; the browser will ask. Compare the fingerprint (SHA-256):\n  %s\n", a.Fingerprint)
	fmt.Fprintf(t.out, "Evidence is signed by the key\n  %s\n", a.Key)
	if a.Setup != "" {
		fmt.Fprintf(t.out, "\nNobody has an account yet. This link makes the first one, once, within a day:\n  %s\n", a.Setup)
	}
	fmt.Fprintln(t.out, "\nCtrl-C stops.")
	t.address = a.Address
	for _, line := range t.waiting {
		fmt.Fprintln(t.out, line)
	}
	t.waiting = nil
}

// incident tells of an incident when it is new, or is called otherwise than before.
func (t *teller) incident(i api.Incident) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last[i.ID] == i.Title || i.State != davy.StateOpen {
		return
	}
	if t.last == nil {
		t.last = map[string]string{}
	}
	t.last[i.ID] = i.Title
	at := i.Last
	if m, err := time.Parse(time.RFC3339Nano, i.Last); err == nil {
		at = m.Local().Format(time.DateTime)
	}
	severity, _ := davy.ParseSeverity(i.Severity)
	head := fmt.Sprintf("%s  %-8s %s  ", at, severity, i.ID)
	line := fmt.Sprintf("%s  %s %s  %s", at, t.terminal.severity(severity), i.ID, folded(clean(i.Title), len(head), t.terminal.columns))
	if t.address == "" {
		t.waiting = append(t.waiting, line)
		return
	}
	fmt.Fprintln(t.out, line)
}

func (c *upCmd) Run(s *streams) error {
	o, err := c.options(s)
	if err != nil {
		return usage{err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(c.Interface)+len(c.Read) == 0 {
		fmt.Fprintln(s.out, "The simulated plant: Davy learns a week of it, then an intruder comes.")
	}
	return app.Up(ctx, o)
}

// bytesOf reads a number of bytes such as 500MB or 2GB.
func bytesOf(text string) (int64, error) {
	for unit, n := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40} {
		if t, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(t), 64)
			if err != nil || f <= 0 || f > 1<<20 {
				break
			}
			return int64(f * float64(n)), nil
		}
	}
	return 0, errors.New("a size is a number with a unit, such as 500MB or 2GB")
}
