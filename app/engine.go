package app

import (
	"sync"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/baseline"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/detect"
	"github.com/davylamp/davy/incident"
	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/protocol/all"
)

// feed is what records come from. Fill fills a batch; io.EOF is the end of everything.
// Interfaces are the names of the interfaces, by their numbers; Dropped is how many packets
// the capture lost, as far as it knows.
type feed interface {
	Fill(b *capture.Batch) error
	Interfaces() []string
	Dropped() uint64
}

// source is a feed whose records have a place in files, and the names of those.
type source interface {
	feed
	Name(file uint32) string
}

// engine is everything one analysis consists of.
type engine struct {
	options  *Options
	ceilings ceilings
	known    *known
	judging  detect.Config

	source source
	input  *capture.Input // the source, where it is captures
	live   *live          // what is done after each batch, where the run has no end
	files  uint32         // files read by the runs this one continues
	// interfaces are those that these runs have met, by their numbers.
	interfaces []string
	clock      packet.Clock
	decoder    packet.Decoder
	dedup      packet.Dedup
	shards     [shards]*shard
	workers    []worker
	assets     *inventory.Assets
	board      *detect.Board
	book       *incident.Book
	out        *output

	number     uint64 // of the last packet read, counted over all runs
	started    bool   // the clock runs and learning has its end
	learnUntil int64  // message time
	learnCount uint64 // packet number

	stamped    packet.Packet
	packets    []packet.Packet // in hand: a window of them, or with several workers an epoch
	owner      []uint8         // shard of each
	held       int             // how many are in hand
	admitted   int             // how many of these may go to their shards
	inEpoch    int
	epochStart int64
	now        int64
	origin     davy.Origin
	last       uint64
	quiet      bool  // time moved on, and no packet with it
	first      int64 // message time of the run's first packet
	arena      []byte
	routers    []routed
	jumps      []jumped
	order      []place
	covered    detect.Coverage // when it was judged last
	hour       int64           // of that, since the epoch
	meter      meter
	reported   time.Time
}

type jumped struct {
	packet.Jump
	at     int64
	origin davy.Origin
}

// routed says that a router showed itself: a packet came again behind it. It is heard
// heldBack later, after whatever waited for its question when the packet came: who passes on
// what it has just drawn to itself by a false answer was no router before.
type routed struct {
	mac    davy.MAC
	time   int64
	number uint64
}

// ceilings are the bounds of every table.
type ceilings struct {
	table                                   packet.TableConfig
	links                                   int
	learned                                 baseline.Config
	ledger, scans, findings, assets, dedups int
	fragments                               int
}

// ceilingsOf are the defaults, or n for every table of a shard.
func ceilingsOf(n int) ceilings {
	if n == 0 {
		return ceilings{links: 8192, learned: baseline.Defaults, ledger: 4096, scans: 4096, findings: 200_000, assets: 100_000}
	}
	return ceilings{table: packet.TableConfig{Conversations: n, Segments: n, Buffered: n << 16}, links: n, learned: baseline.Config{Links: n, Objects: n, Entries: n * n},
		ledger: n, scans: n, findings: n * shards, assets: n * shards, dedups: n * shards, fragments: n}
}

func newEngine(o *Options) (*engine, error) {
	e := &engine{options: o, ceilings: ceilingsOf(o.Ceiling), known: newKnown(all.Protocols())}
	if o.Site == nil {
		o.Site = new(davy.Site)
	}
	if o.Workers < 1 || o.Tap != nil {
		o.Workers = 1
	}
	rules, err := detect.Rules()
	if err != nil {
		return nil, err
	}
	if e.decoder.Scopes, err = scopes(o.Site); err != nil {
		return nil, err
	}
	e.decoder.Fragments.Ceiling = e.ceilings.fragments
	e.dedup.Window, e.dedup.Ceiling = int64(o.Dedup), e.ceilings.dedups
	e.judging = detect.Config{Site: o.Site, Rules: rules, Industrial: e.known.industrial, Owns: e.known.owns, Owners: e.known.owners,
		PathKind: e.known.PathKind, Ledger: e.ceilings.ledger, Scans: e.ceilings.scans, Windows: o.Windows, Findings: e.ceilings.findings}
	e.assets = inventory.NewAssets(inventory.Config{Assets: e.ceilings.assets, Industrial: e.known.industrial})
	e.board = detect.NewBoard(&e.judging, e.assets)
	e.book = &incident.Book{Call: o.Site.Call}
	e.workers = make([]worker, o.Workers)
	for i := range e.shards {
		e.shards[i] = newShard(e)
	}
	n := window
	if o.Workers > 1 {
		n = epochPackets
	}
	e.packets, e.owner = make([]packet.Packet, n), make([]uint8, n)
	return e, nil
}

// scopes are the networks whose addresses need their VLAN or interface to be told apart.
func scopes(site *davy.Site) (*packet.Scopes, error) {
	var rules []packet.ScopeRule
	for _, n := range site.Networks {
		switch n.Scope {
		case "vlan":
			rules = append(rules, packet.ScopeRule{Prefix: n.Prefix, By: packet.ByVLAN})
		case "interface":
			rules = append(rules, packet.ScopeRule{Prefix: n.Prefix, By: packet.ByInterface})
		}
	}
	if len(rules) == 0 {
		return nil, nil
	}
	return packet.NewScopes(rules)
}

// shardOf is the shard of two addresses.
func shardOf(a, b davy.Addr) int { return int(packet.PairHash(a, b) >> 58) }

// few is how many packets are not worth waking workers for.
const few = 256

// work runs the packets in hand through their shards and then calls end for each shard.
// Which worker runs a shard does not matter: shards share nothing.
func (e *engine) work(end func(s *shard, number uint64, now int64)) {
	e.admit()
	if len(e.workers) == 1 || e.held < few {
		e.workers[0].run(e, everything)
		for _, s := range e.shards {
			end(s, e.last, e.now)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range e.workers {
		wait.Go(func() {
			e.workers[w].run(e, w)
			for i := w; i < shards; i += len(e.workers) {
				e.shards[i].context = &e.workers[w].context
				end(e.shards[i], e.last, e.now)
			}
		})
	}
	wait.Wait()
}

// startClock sets what the first packets decide: the clock, and until when is learned.
func (e *engine) startClock(b *capture.Batch) {
	if e.started || len(b.Records) == 0 {
		return
	}
	e.started = true
	var stamps []int64
	for _, r := range b.Records[:min(8, len(b.Records))] {
		stamps = append(stamps, r.Stamp)
	}
	e.clock.Start(stamps)
	if l := e.options.Learn; l.Span > 0 && e.learnCount == 0 {
		e.learnUntil = e.clock.Now() + int64(l.Span)
	}
}

// learning reports whether a packet teaches.
func (e *engine) learning(p *packet.Packet) bool { return e.learns(p.Number, p.Time) }

func (e *engine) learns(number uint64, now int64) bool {
	return number <= e.learnCount || now < e.learnUntil
}

// cover judges what the mirror showed since the last time.
func (e *engine) cover(judge func(detect.Coverage, int64, davy.Origin)) {
	var c detect.Coverage
	for _, s := range e.shards {
		st := s.table.Stats()
		c.OneWay += st.OneWay
		c.TCP += st.Streams
		c.Packets += s.count.packets
		c.Undecoded += s.count.undecoded
	}
	c.Lost = e.source.Dropped()
	d := detect.Coverage{TCP: c.TCP - e.covered.TCP, OneWay: c.OneWay - min(c.OneWay, e.covered.OneWay), Packets: c.Packets - e.covered.Packets,
		Undecoded: c.Undecoded - e.covered.Undecoded, Lost: c.Lost - e.covered.Lost}
	e.covered = c
	judge(d, e.now, e.origin)
	e.take()
}

// take enters what the board says anew into the book.
func (e *engine) take() {
	for _, f := range e.board.Fresh() {
		e.book.Take(f)
		if e.live != nil {
			e.live.fresh = append(e.live.fresh, f)
		}
	}
}

// name is a file's name as given. Files of earlier runs have no rows any more.
func (e *engine) name(file uint32) string {
	if file < e.files {
		return ""
	}
	return e.source.Name(file - e.files)
}

// report tells the caller how far the reading is, a few times a second.
func (e *engine) report() {
	e.meter.sample(e.number)
	if e.input == nil || e.options.Progress == nil || time.Since(e.reported) < 100*time.Millisecond {
		return
	}
	e.reported = time.Now()
	done, total := e.input.Progress()
	e.options.Progress(done, total, e.number)
}
