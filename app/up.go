package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/api"
	"github.com/davylamp/davy/capture"
	ifaces "github.com/davylamp/davy/capture/live"
	"github.com/davylamp/davy/evidence"
	"github.com/davylamp/davy/store"
)

// UpOptions are what a run without end is asked for.
type UpOptions struct {
	Data       string   // folder of everything that is kept
	Listen     string   // address of the console
	Interfaces []string // to watch
	Filter     string   // of what is watched, in tcpdump's words
	Paths      []string // captures to read instead
	Site       *davy.Site
	Windows    []davy.Window // planned work beside what people enter
	Learn      Learn
	Dedup      time.Duration
	Workers    int
	KeepDays   int   // how long what is stored is kept
	RingBytes  int64 // how large the ring of packets may grow; 0: 2 GiB
	StoreBytes int64 // and the database; 0: 2 GiB
	Seed       uint64
	Demo       bool // the simulated plant
	Log        *slog.Logger
	Say        func(Opened)       // called once the console is open
	Incident   func(api.Incident) // called with each incident that says more
}

// Opened says where the console is.
type Opened struct {
	Address     string // https://...
	Setup       string // the link that makes the first user; "" when there is one
	Fingerprint string // SHA-256 of the certificate
	Key         string // fingerprint of the key that signs evidence
}

// house is everything that runs.
type house struct {
	options  *UpOptions
	log      *slog.Logger
	db       *store.DB
	ring     *capture.Ring
	key      *evidence.Key
	engine   *engine
	live     *live
	recorder *recorder
	source   *taped
	wire     *ifaces.Live
	demo     *Demo
	started  time.Time
	listener net.Listener
	desk     *desk
}

// Up runs until the context ends: it watches, keeps, and shows. What it was about to do when
// it was stopped, however rudely, it takes up again at the next start.
func Up(ctx context.Context, o UpOptions) (err error) {
	h := &house{options: &o, log: o.Log, started: time.Now()}
	var closers []func() error
	closing := func(f func() error) { closers = append(closers, f) }
	defer func() {
		for i := len(closers) - 1; i >= 0; i-- {
			err = errors.Join(err, closers[i]())
		}
	}()
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if h.listener, err = listen(o.Listen); err != nil {
		return err
	}
	closing(func() error { h.listener.Close(); return nil })
	if h.db, err = store.Open(filepath.Join(o.Data, store.FileName)); err != nil {
		return err
	}
	closing(h.db.Close)
	if h.key, _, err = evidence.OpenKey(filepath.Join(o.Data, "keys")); err != nil {
		return err
	}
	if h.ring, err = capture.OpenRing(capture.RingConfig{Dir: filepath.Join(o.Data, "ring"), MaxBytes: o.RingBytes, BeforeDrop: h.dropping, Tell: func(text string) { h.note("ring", text) }}); err != nil {
		return err
	}
	closing(h.ring.Close)

	run, stop := context.WithCancel(ctx)
	defer stop()
	known, err := h.build(run)
	if err != nil {
		return err
	}
	if h.desk, err = newDesk(h); err != nil {
		return err
	}
	go h.recorder.run()
	closing(func() error { close(h.recorder.queue); <-h.recorder.done; return nil })

	if err := h.open(run, known); err != nil {
		return err
	}
	closing(h.source.feed.(io.Closer).Close)
	decided, err := h.decided()
	if err != nil {
		return err
	}
	decided(h.engine)
	ended := make(chan error, 1)
	go func() { ended <- h.watch(known) }()
	if h.demo != nil {
		select {
		case <-h.demo.Ready(): // the past went by: it is not to be lived through again
			h.ask(func(e *engine) { h.live.snap(e); h.live.save(e) })
		case err := <-ended:
			return err
		case <-ctx.Done():
			return <-ended
		}
	}
	served := make(chan error, 1)
	go func() { served <- h.desk.serve(run) }()
	select {
	case err = <-served: // the console failed
		stop()
		return errors.Join(err, <-ended)
	case err = <-ended:
		stop()
		return errors.Join(err, <-served)
	}
}

// listen takes the console's port before anything else is touched.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, &davy.Fault{Kind: davy.Taken, Text: fmt.Sprintf("the console cannot listen on %s: %v", address, err),
			Hint: "another program has the port, or the address is not this machine's: choose another with --listen", Err: err}
	}
	return l, nil
}

// build makes the engine and loads what it knew; known says that it did.
func (h *house) build(ctx context.Context) (known bool, err error) {
	o := h.options
	state := filepath.Join(o.Data, "state.davy")
	h.engine, err = newEngine(&Options{Messages: NoMessages, Site: o.Site, Windows: o.Windows, Learn: o.Learn, State: state, Workers: o.Workers, Dedup: o.Dedup})
	if err != nil {
		return false, err
	}
	e := h.engine
	h.live = &live{ctx: ctx, asks: make(chan func(*engine)), saved: time.Now()}
	e.live = h.live
	if e.out, err = newOutput(""); err != nil {
		return false, err
	}
	s, err := load(state)
	if err != nil {
		return false, &davy.Fault{Kind: davy.Broken, Text: "what the engine knew cannot be read: " + err.Error(), Hint: "restore a backup, or move the file away to learn anew", Err: err}
	}
	if s != nil {
		if err := e.restore(s); err != nil {
			return false, err
		}
		if !h.live.at.load(s[ringState]) {
			return false, fmt.Errorf("%s was saved by davy analyze, not by davy up", state)
		}
	}
	h.recorder = newRecorder(h.db, state, h.log, func(t *tidings) { h.desk.show(t) })
	h.live.tell = h.recorder.tell
	return s != nil, nil
}

// open opens what is to be read.
func (h *house) open(ctx context.Context, known bool) error {
	o := h.options
	h.source = &taped{ring: h.ring, trouble: func(err error) { h.note("ring", err.Error()) }}
	switch {
	case len(o.Interfaces) > 0:
		w, err := ifaces.Open(ifaces.Config{Interfaces: o.Interfaces, Filter: o.Filter, Promiscuous: true, Tell: func(e ifaces.Event) {
			h.note("interface", e.Text)
		}})
		if err != nil {
			return err
		}
		h.wire, h.source.feed = w, w
		if err := ifaces.DropCapabilities(); err != nil {
			w.Close()
			return err
		}
	case len(o.Paths) > 0:
		in, err := capture.Open(o.Paths, os.Stdin)
		if err != nil {
			return err
		}
		h.source.feed = in
	default:
		h.demo = NewDemo(ctx, max(1, o.Seed), time.Now(), known)
		h.source.feed = h.demo
		h.options.Windows = h.demo.Windows
		h.engine.judging.Windows = h.demo.Windows
		if h.demo.Learn > 0 {
			h.engine.options.Learn = Learn{Span: h.demo.Learn}
		}
	}
	return nil
}

// watch is the engine's life: first what the ring holds and the state does not, then what
// comes.
func (h *house) watch(known bool) error {
	e := h.engine
	e.meter.start()
	var err error
	if known || h.demo == nil && len(h.ring.Segments()) > 0 {
		if err = h.resume(); err != nil {
			if errors.Is(err, errStopped) {
				err = nil // what is stored and saved knows more: the next start reads the same again
			}
			return err
		}
	}
	if err == nil {
		if c, ok := h.source.feed.(interface{ Continue([]string) }); ok {
			c.Continue(e.interfaces)
		}
		e.source = h.source
		if err = e.run(); err == nil {
			h.note("read", "everything is read")
			h.live.save(e)
			h.live.snap(e)
			h.live.idle(e)
		}
	}
	if errors.Is(err, errStopped) {
		err = nil
	}
	h.live.snap(e)
	h.live.save(e)
	h.note("stopped", "Davy was stopped")
	return err
}

// resume reads what the ring holds behind the saved state: what was seen before the last end
// and not saved any more.
func (h *house) resume() error {
	e := h.engine
	replay := h.ring.Replay(h.live.at.File, h.live.at.Frame)
	defer replay.Close()
	replay.Continue(e.interfaces)
	before := e.number
	e.source = replay
	h.live.again = true
	err := e.run()
	h.live.again = false
	if err != nil {
		return err
	}
	h.live.news(e)
	e.interfaces = replay.Interfaces()
	last := time.Unix(0, e.now).UTC()
	h.note("started", fmt.Sprintf("Davy goes on: %d packets since the last saved state were read again from the ring; the last one before the stop is of %s",
		e.number-before, last.Format(time.DateTime)))
	return nil
}

// dropping is called before the ring drops its oldest segment.
func (h *house) dropping(s capture.Segment) {
	if h.desk != nil {
		h.desk.keeping.keep(s)
		h.desk.keeping.forget(s)
	}
}

// note keeps what befell the sensor.
func (h *house) note(kind, text string) {
	h.log.Info(text, "what", kind)
	if err := h.db.Note(davy.SensorEvent{Kind: kind, Text: text}); err != nil {
		h.log.Error("an event could not be written", "error", err)
	}
}
