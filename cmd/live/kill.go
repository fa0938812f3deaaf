//go:build linux

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/davylamp/davy"
)

// campaign is the simulated plant's campaign, written as captures.
type campaign struct {
	dir   string
	all   string   // the whole of it
	parts []string // the same in two captures
	after string   // a packet an hour later, so that there is something to start with
}

// learning is how long the campaign's plant is quiet.
const learning = "24m"

// play writes the campaign; the real pace has sixty times the packets.
func (o *options) play(pace string) (*campaign, error) {
	c, err := o.written("bottling-campaign", "0.05", pace)
	if err != nil {
		return nil, err
	}
	return c, c.split()
}

// written is a capture of the simulated plant.
func (o *options) written(scenario, days, pace string) (*campaign, error) {
	dir, err := os.MkdirTemp("", "davy-live-")
	if err != nil {
		return nil, err
	}
	later(func() { os.RemoveAll(dir) })
	c := &campaign{dir: dir, all: filepath.Join(dir, "plant.pcapng")}
	return c, run(o.davy, "plant", "write", "--scenario", scenario, "--days", days, "--seed", "1", "--pace", pace, c.all)
}

func (c *campaign) args(data string, paths ...string) []string {
	a := []string{"--data", data, "--listen", "127.0.0.1:0", "--learn", learning, "--site", filepath.Join(c.dir, "plant.site.yaml"), "--windows", filepath.Join(c.dir, "plant.windows.ndjson")}
	for _, p := range paths {
		a = append(a, "--read", p)
	}
	return a
}

// shown is what a console was sent of findings and incidents.
type shown struct {
	mu        sync.Mutex
	findings  map[string]davy.FindingRow
	incidents map[string]davy.IncidentRow
}

func newShown() *shown {
	return &shown{findings: map[string]davy.FindingRow{}, incidents: map[string]davy.IncidentRow{}}
}

func (s *shown) take(kind string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case "finding":
		var f davy.FindingRow
		if json.Unmarshal(data, &f) == nil {
			s.findings[f.ID] = f
		}
	case "incident":
		var i davy.IncidentRow
		if json.Unmarshal(data, &i) == nil {
			s.incidents[i.ID] = i
		}
	}
}

// lost are those findings and incidents that were sent and are not there any more, or are
// others.
func (s *shown) lost(u *up) (list []string) {
	for id, was := range s.incidents {
		is, err := story(u, id)
		if err != nil {
			list = append(list, fmt.Sprintf("%s: %v", id, err))
			continue
		}
		for _, f := range was.Findings {
			if !slices.Contains(is.Findings, f) {
				list = append(list, id+": without "+f)
			}
		}
	}
	for id, was := range s.findings {
		var is davy.FindingRow
		if err := u.get("/findings/"+id, &is); err != nil {
			list = append(list, fmt.Sprintf("%s: %v", id, err))
		} else if is.Detector != was.Detector || is.Time != was.Time || is.Title != was.Title || !within(was.Entities, is.Entities) {
			list = append(list, fmt.Sprintf("%s: it was %s of %s about %v, and is %s of %s about %v", id, was.Detector, was.Time, was.Entities, is.Detector, is.Time, is.Entities))
		}
	}
	return list
}

// within reports whether all whom a finding was about are among those it is about now: of a
// station that showed its MAC first the address became known meanwhile.
func within(was, is []string) bool {
	return !slices.ContainsFunc(was, func(e string) bool { return !slices.Contains(is, e) })
}

// story is an incident, or the one that tells it now.
func story(u *up, id string) (is davy.IncidentRow, err error) {
	for range 8 {
		var v struct {
			davy.IncidentRow
			Joined string
		}
		if err := u.get("/incidents/"+id, &v); err != nil {
			return is, err
		}
		if v.Joined == "" {
			return v.IncidentRow, nil
		}
		id = v.Joined
	}
	return is, errors.New("it became part of another, and that of another, without end")
}

// killed starts on the campaign, kills a little after a finding of that moment of it was
// shown (or when all is read), starts anew and says what is gone.
func (o *options) killed(c *campaign, data string, moment time.Time, more time.Duration) (s *shown, gone []string, err error) {
	u, err := startUp(o.davy, nil, c.args(data, c.all)...)
	if err != nil {
		return nil, nil, err
	}
	s = newShown()
	heard, reached := make(chan struct{}), make(chan struct{})
	var once sync.Once
	go func() {
		defer close(heard)
		u.events(context.Background(), func(kind string, data []byte) {
			s.take(kind, data)
			var f davy.FindingRow
			if kind == "finding" && json.Unmarshal(data, &f) == nil && f.Time >= moment.Format(time.RFC3339) {
				once.Do(func() { close(reached) })
			}
		})
	}()
	read := make(chan error, 1)
	go func() { read <- u.read(5*time.Minute, 1) }()
	select {
	case <-reached:
		time.Sleep(more)
	case err := <-read:
		if err != nil {
			return nil, nil, err
		}
	}
	u.kill()
	<-heard
	again, err := startUp(o.davy, nil, c.args(data, c.after)...)
	if err != nil {
		return s, nil, err
	}
	gone = s.lost(again)
	return s, gone, again.stop()
}

// kill kills davy up at random moments and looks for what it had shown; then it compares
// rows: two captures with a kill between them, and a replay of the ring.
func kill(o *options) error {
	runs, pace := 50, "real"
	if o.short {
		runs, pace = 3, "slow" // of what is compared; the real pace has sixty times the packets
	}
	if o.runs > 0 {
		runs = o.runs
	}
	c, err := o.play(pace)
	if err != nil {
		return err
	}
	if err := o.compared(c); err != nil {
		return err
	}
	if o.short { // which is read too soon to be killed in
		if c, err = o.play("real"); err != nil {
			return err
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	o.page.say("| kill -9 after what was found of | findings shown | incidents shown | gone |\n| --- | --- | --- | --- |\n")
	var findings, incidents, lost, done int
	for begun := time.Now(); done < runs && (o.most == 0 || time.Since(begun) < o.most); done++ {
		i := done
		data := filepath.Join(c.dir, fmt.Sprint("run", i))
		moment := begins.Add(time.Duration(rng.Int64N(int64(72 * time.Minute))))
		if o.short {
			moment = begins.Add(time.Duration(i+1) * 22 * time.Minute) // few moments, of which the last are of the intruder
		}
		s, gone, err := o.killed(c, data, moment, time.Duration(rng.Int64N(int64(300*time.Millisecond))))
		if err != nil {
			return err
		}
		os.RemoveAll(data)
		o.page.say("| %s | %d | %d | %d |\n", moment.Format(time.TimeOnly), len(s.findings), len(s.incidents), len(gone))
		for _, g := range gone {
			fmt.Println("gone:", g)
		}
		findings, incidents, lost = findings+len(s.findings), incidents+len(s.incidents), lost+len(gone)
	}
	o.page.say("\n%d kills at random moments of the campaign, which begins at 06:00 and ends at 07:12: %d findings and %d incidents had been sent, %d are gone.\n", done, findings, incidents, lost)
	switch {
	case lost > 0:
		return fmt.Errorf("%d things that were shown are gone", lost)
	case incidents == 0:
		return errors.New("no incident was shown before any kill: nothing is proven")
	}
	return nil
}

// begins is when the simulated plant begins.
var begins = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

// compared compares the rows of davy up with those of analyze: captures A, kill -9, B; and
// the ring read again.
func (o *options) compared(c *campaign) error {
	want, err := o.analyze(c, "ab", c.parts...)
	if err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	u, err := startUp(o.davy, nil, c.args(data, c.parts[0])...)
	if err != nil {
		return err
	}
	if err := u.read(5*time.Minute, 1); err != nil {
		return err
	}
	u.kill()
	if u, err = startUp(o.davy, nil, c.args(data, c.parts[1])...); err != nil {
		return err
	}
	if err := u.read(5*time.Minute, 2); err != nil {
		return err
	}
	got, err := all[davy.FindingRow](u, "/findings")
	if err != nil {
		return err
	}
	if err := u.stop(); err != nil {
		return err
	}
	differ := differences(want, got)
	o.page.say("## kill -9\n\nCaptures A, kill -9, B: %d findings, of which %d are not as analyze gives them for A B.\n", len(got), len(differ))
	again, err := o.analyze(c, "ring", filepath.Join(data, "ring"))
	if err != nil {
		return err
	}
	other := differences(again, got)
	o.page.say("The ring read again by analyze: %d findings, of which %d are not as they were shown.\n\n", len(again), len(other))
	for _, d := range append(differ, other...) {
		fmt.Println("differs:", d)
	}
	if len(differ)+len(other) > 0 {
		return errors.New("rows differ")
	}
	return nil
}

// analyze is what analyze finds in captures.
func (o *options) analyze(c *campaign, name string, paths ...string) (list []davy.FindingRow, err error) {
	out := filepath.Join(c.dir, "rows-"+name)
	args := append([]string{"analyze", "--learn", learning, "--site", filepath.Join(c.dir, "plant.site.yaml"), "--windows", filepath.Join(c.dir, "plant.windows.ndjson"), "--out", out}, paths...)
	if text, err := exec.Command(o.davy, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("davy %s: %v: %s", strings.Join(args, " "), err, text)
	}
	return list, rowsOf(filepath.Join(out, "findings.ndjson"), &list)
}

// differences are the findings that one has and the other has not, but for the names of files
// and places in them.
func differences(want, got []davy.FindingRow) (list []string) {
	count := map[string]int{}
	for _, f := range want {
		count[essence(f)]++
	}
	for _, f := range got {
		count[essence(f)]--
	}
	for text, n := range count {
		if n > 0 {
			list = append(list, "missing: "+text)
		} else if n < 0 {
			list = append(list, "not wanted: "+text)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(a[strings.Index(a, ":"):], b[strings.Index(b, ":"):]) })
	return list
}

func essence(f davy.FindingRow) string {
	f.File, f.Frames = "", nil
	b, _ := json.Marshal(f)
	return string(b)
}
