package app

import (
	"errors"
	"io"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/packet"
)

// run is the whole trip of a packet. The door reads, decodes and takes copies out; each
// packet goes to the shard of its two addresses, where it becomes messages, memory and
// judgement; at an epoch's end what the shards learned is merged for those who look across,
// and rows are written in order.
func (e *engine) run() error {
	batch := new(capture.Batch)
	for {
		switch err := e.source.Fill(batch); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		e.startClock(batch)
		for i := range batch.Records {
			r := &batch.Records[i]
			now := e.time(r)
			if e.inEpoch == epochPackets || e.inEpoch > 0 && now-e.epochStart >= epochSpan {
				e.endEpoch()
			}
			if e.inEpoch == 0 {
				e.epochStart = now
			}
			e.door(r, now)
		}
		// The batch's memory is used again: what lies in it is worked off first.
		e.endEpoch()
		if batch.Tick > 0 {
			e.tick(batch.Tick)
		}
		if batch.PathEnd {
			e.endPath()
		}
		e.report()
		if c := e.options.Context; c != nil && c.Err() != nil {
			return c.Err()
		}
		if e.live != nil {
			if err := e.live.after(e, batch); err != nil {
				return err
			}
		}
	}
}

// time is a record's message time.
func (e *engine) time(r *capture.Record) int64 {
	p := &e.stamped
	p.Origin = davy.Origin{Stamp: r.Stamp, File: e.files + r.File, Frame: r.Frame}
	p.Interface = r.Interface
	if jump, ok := e.clock.Set(p); ok {
		e.jumps = append(e.jumps, jumped{jump, p.Time, p.Origin})
	}
	return p.Time
}

// door makes a packet of a record: its layers. A window of packets goes on together.
func (e *engine) door(r *capture.Record, now int64) {
	p := &e.packets[e.held]
	e.held++
	e.number++
	if e.first == 0 {
		e.first = now
	}
	p.Time, p.Origin = now, e.stamped.Origin
	p.Number, p.Interface, p.Link, p.Data, p.Wire, p.Copy, p.Of = e.number, r.Interface, packet.LinkType(r.Link), r.Data, r.Wire, false, 0
	e.inEpoch++
	e.now, e.origin, e.last = now, p.Origin, p.Number
	e.decoder.Decode(p)
	if e.options.Dedup >= 0 {
		e.dedup.Near(p)
	}
	if e.held-e.admitted == window {
		e.admit()
	}
}

// admit tells copies, makes the whole of fragments, and says to which shard each of the
// decoded packets goes. With one worker they go there at once.
func (e *engine) admit() {
	for i := e.admitted; i < e.held; i++ {
		p := &e.packets[i]
		if e.options.Dedup >= 0 {
			if o := e.dedup.Seen(p); o != nil {
				p.Of = o.Number
				if mac, ok := o.Router(p); ok && len(e.routers) < epochPackets && (len(e.routers) == 0 || e.routers[len(e.routers)-1].mac != mac) {
					e.routers = append(e.routers, routed{mac, p.Time + heldBack, p.Number})
				}
			}
		}
		if p.Fragment && !p.Copy && e.decoder.Reassemble(p) {
			e.arena = p.MoveTo(e.arena)
		}
		e.owner[i] = uint8(packet.FlowHash(p) >> 58)
	}
	e.admitted = e.held
	if e.options.Workers == 1 {
		e.workers[0].run(e, 0)
		e.held, e.admitted = 0, 0
	}
}

// endEpoch works off the packets of an epoch and merges.
func (e *engine) endEpoch() {
	if e.inEpoch == 0 {
		return
	}
	e.work((*shard).end)
	e.settle()
	if hour := e.now / coverEvery; hour != e.hour {
		e.hour = hour
		e.cover(e.board.Covered)
	}
	e.write(false)
}

// endPath closes an input: nothing is held back, findings are closed.
func (e *engine) endPath() {
	e.work((*shard).flush)
	for i := range e.routers {
		e.routers[i].time = min(e.routers[i].time, e.now)
	}
	e.settle()
	e.cover(e.board.Ended)
	e.write(true)
}

// tick moves message time on where no packet does: a live source is quiet.
func (e *engine) tick(now int64) {
	if !e.started {
		return
	}
	e.clock.Advance(now)
	e.now = e.clock.Now()
	e.quiet = true
	e.work((*shard).end)
	e.settle()
	e.quiet = false
	e.write(false)
}

// settle merges what the shards have to tell.
func (e *engine) settle() {
	for _, j := range e.jumps {
		e.board.Jumped(j.From, j.To, j.at, j.origin)
	}
	e.jumps = e.jumps[:0]
	e.merge()
	e.inEpoch, e.held, e.admitted = 0, 0, 0
	e.arena = e.arena[:0]
}
