package app

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/inventory"
	"github.com/davylamp/davy/packet"
)

// SchemaVersion is the version of the row formats in docs/schema.
const SchemaVersion = 1

// Summary is what an analysis says in the end: summary.json, and what a terminal shows.
type Summary struct {
	Schema        int                      `json:"schema"`
	Packets       uint64                   `json:"packets"`
	Bytes         uint64                   `json:"bytes"`
	Duration      float64                  `json:"duration_s"`
	Undecoded     uint64                   `json:"undecoded"`
	Duplicates    uint64                   `json:"duplicates"`
	BadChecksums  uint64                   `json:"bad_checksums"`
	Conversations uint64                   `json:"conversations"`
	OneWay        uint64                   `json:"one_way"`
	Encrypted     uint64                   `json:"encrypted"`
	Gaps          uint64                   `json:"gaps"`
	GapBytes      uint64                   `json:"gap_bytes"`
	Dropped       uint64                   `json:"dropped"`
	Evicted       uint64                   `json:"evicted"`
	Protocols     map[string]ProtocolCount `json:"protocols"`
	Messages      uint64                   `json:"messages"`
	Assets        int                      `json:"assets"`
	Links         int                      `json:"links"`
	OneWayLinks   int                      `json:"one_way_links"`
	Findings      int                      `json:"findings"`
	Incidents     int                      `json:"incidents"`
	Severities    map[string]int           `json:"findings_by_severity"`
	Lost          map[string]uint64        `json:"lost,omitempty"`
	Learning      bool                     `json:"learning"`
	Elapsed       float64                  `json:"elapsed_s"`
	CPU           float64                  `json:"cpu_s"`
	Peak          uint64                   `json:"peak_bytes"`
	Allocs        float64                  `json:"allocs_per_packet"`

	AssetRows    []davy.Asset           `json:"-"`
	FindingRows  []*davy.Finding        `json:"-"`
	IncidentRows []davy.Incident        `json:"-"`
	Warnings     []capture.Notice       `json:"-"`
	Errors       []capture.Notice       `json:"-"`
	File         func(uint32) string    `json:"-"`
	From, To     int64                  `json:"-"` // message time of the first and last packet
	link         func(i int) *davy.Link // with its operations; lent until the next call
}

// ProtocolCount counts a protocol's messages.
type ProtocolCount struct {
	Messages uint64 `json:"messages"`
	Requests uint64 `json:"requests"`
	Defects  uint64 `json:"defects"`
}

// summary is what the analysis says in the end.
func (e *engine) summary() *Summary {
	sum := e.totals()
	sum.Learning = e.started && e.learns(e.number, e.now)
	sum.AssetRows = e.assets.Rows(e.options.Site)
	sum.link, sum.Links, sum.OneWayLinks = e.linkRows()
	sum.FindingRows, sum.IncidentRows = e.out.kept, e.book.Incidents()
	sum.Assets, sum.Findings, sum.Incidents = len(sum.AssetRows), len(sum.FindingRows), len(sum.IncidentRows)
	for _, f := range sum.FindingRows {
		sum.Severities[f.Severity.String()]++
	}
	sum.Warnings, sum.Errors, sum.File = e.input.Warnings(), e.input.Errors(), e.name
	sum.From, sum.To = e.first, e.now
	return sum
}

// totals adds up what the shards counted.
func (e *engine) totals() *Summary {
	sum := &Summary{Schema: SchemaVersion, Protocols: map[string]ProtocolCount{}, Severities: map[string]int{}, Lost: map[string]uint64{}}
	var c counters
	var t, b packet.Stats // b: of the runs that this one continues
	for _, s := range e.shards {
		c.add(&s.count)
		t.Add(s.table.Stats())
		b.Add(s.base)
		sum.lose("links", s.links.Evicted)
		sum.lose("learned links", s.learned.Evicted)
		sum.lose("objects told apart", s.learned.Full)
		sum.lose("announcements", s.lost)
		s.table.Each(func(k *packet.Conversation) {
			if k.User.(*talk).session.Encrypted() {
				c.encrypted++
			}
		})
	}
	sum.Packets, sum.Bytes, sum.Undecoded, sum.Duplicates, sum.BadChecksums, sum.Encrypted = c.packets, c.bytes, c.undecoded, c.duplicates, c.badChecksum, c.encrypted
	sum.Conversations, sum.OneWay, sum.Gaps, sum.GapBytes = t.Conversations-b.Conversations, t.OneWay, t.Gaps-b.Gaps+t.Sliced-b.Sliced, t.GapBytes-b.GapBytes+t.SlicedBytes-b.SlicedBytes
	sum.Dropped, sum.Evicted = e.source.Dropped(), t.Evicted-b.Evicted
	sum.lose("stations", e.assets.Lost)
	sum.lose("facts", e.assets.LostFact)
	sum.lose("findings", e.board.Lost)
	sum.lose("lines of incidents", e.book.Lost)
	sum.lose("fragments", e.decoder.Fragments.Evicted+e.decoder.Fragments.Expired)
	for _, p := range c.protocols {
		sum.Protocols[p.name] = ProtocolCount{p.messages, p.requests, p.defects}
		sum.Messages += p.messages
	}
	return sum
}

func (s *Summary) lose(what string, n uint64) {
	if n > 0 {
		s.Lost[what] += n
	}
}

// linkRows lists the links of all shards in the order first seen, then by who and what. A
// row is made when it is asked for, each time in the same place: all together, with their
// operations, they would be the largest thing in memory.
func (e *engine) linkRows() (link func(i int) *davy.Link, links, oneWay int) {
	type found struct {
		*inventory.Link
		shard *shard
	}
	var list []found
	for _, s := range e.shards {
		for _, l := range s.links.All() {
			list = append(list, found{l, s})
			if l.OneWay() {
				oneWay++
			}
		}
	}
	slices.SortFunc(list, func(a, b found) int {
		if a.First != b.First {
			return cmp.Compare(a.First, b.First)
		}
		x, y := bareLink(a.Link), bareLink(b.Link)
		return cmp.Or(x.Client.Compare(y.Client), x.Server.Compare(y.Server), cmp.Compare(x.Transport, y.Transport), cmp.Compare(x.Port, y.Port), cmp.Compare(x.Protocol, y.Protocol))
	})
	var row davy.Link
	return func(i int) *davy.Link {
		operations := list[i].shard.known(row.Operations[:0], list[i].Hash)
		row = bareLink(list[i].Link)
		row.ID, row.Operations = "L-"+itoa(i+1), operations
		return &row
	}, len(list), oneWay
}

// known appends the operations that a link is known for.
func (s *shard) known(to []davy.Operation, link uint64) []davy.Operation {
	if m := s.learned.Find(link); m != nil {
		to = s.learned.AppendOperations(to, m)
	}
	return to
}

// linkRow is a link as it is counted so far.
func (s *shard) linkRow(l *inventory.Link) davy.Link {
	r := bareLink(l)
	r.Operations = s.known(nil, l.Hash)
	return r
}

// bareLink is a link's row without its operations.
func bareLink(l *inventory.Link) davy.Link {
	return davy.Link{Client: l.Key.Client, Server: l.Key.Server, Port: l.Key.Service.Port(), Transport: l.Key.Service.Layer(), Protocol: l.Protocol,
		First: l.First, Last: l.Last, Messages: l.Messages, Requests: l.Requests, Failures: l.Failures, Packets: l.Packets, Bytes: l.Bytes,
		OneWay: l.OneWay(), Encrypted: l.Encrypted, News: l.News}
}

// savingGC is how much garbage, in percent of what is in use, there may be while rows are
// written.
const savingGC = 10

// save writes what is written at the end.
func (e *engine) save(sum *Summary) error {
	// Memory is fullest now, and what rows leave behind shall not come on top of it.
	defer debug.SetGCPercent(debug.SetGCPercent(savingGC))
	o := e.out
	err := o.close()
	if o.dir == "" {
		return err
	}
	err = errors.Join(err,
		o.lines("assets.ndjson", len(sum.AssetRows), func(b []byte, i int) []byte { return appendAsset(b, &sum.AssetRows[i]) }),
		o.lines("links.ndjson", sum.Links, func(b []byte, i int) []byte {
			return appendLink(b, sum.link(i))
		}),
		o.lines("incidents.ndjson", len(sum.IncidentRows), func(b []byte, i int) []byte { return appendIncident(b, &sum.IncidentRows[i]) }))
	e.meter.tell(sum) // the rows are part of it
	text, wrong := json.MarshalIndent(sum, "", "  ")
	return errors.Join(err, wrong, os.WriteFile(filepath.Join(o.dir, "summary.json"), append(text, '\n'), 0o644))
}
