package app

import (
	"github.com/davylamp/davy/fetch"
	"github.com/davylamp/davy/packet"
	"github.com/davylamp/davy/protocol"
)

// window is how many packets are taken together. What they will touch lies all over the
// memory; asked for beforehand, for all of them, it comes while others are worked on.
const window = 32

// everything stands for the packets of all workers.
const everything = -1

// worker takes packets through shards.
type worker struct {
	context protocol.Context // what is used all the time stays near the worker
	errands [window]errand
}

// errand is a packet on its way, and what it will probably meet.
type errand struct {
	packet *packet.Packet
	shard  *shard
	talk   *talk
	conv   *packet.Conversation
}

// run takes those of the packets in hand that are the share of one of the workers through
// their shards, in order.
func (w *worker) run(e *engine, share int) {
	n := 0
	for i := range e.packets[:e.admitted] {
		owner := int(e.owner[i])
		if share != everything && owner%len(e.workers) != share {
			continue
		}
		w.errands[n].packet, w.errands[n].shard = &e.packets[i], e.shards[owner]
		if n++; n == window {
			w.take(n)
			n = 0
		}
	}
	w.take(n)
}

// take takes n packets through their shards. Before that it asks for what they will meet:
// each step for all of them before the next, which needs to look at what came.
func (w *worker) take(n int) {
	list := w.errands[:n]
	for i := range list {
		r := &list[i]
		r.shard.sums.Near(r.packet)
		r.shard.seen.near(r.packet)
		r.shard.table.Near(r.packet)
	}
	for i := range list {
		r := &list[i]
		r.conv, r.talk = r.shard.table.Probably(r.packet), nil
	}
	for i := range list {
		// Without payload nothing more is looked at.
		if r := &list[i]; r.conv != nil && len(r.packet.Payload) > 0 {
			if r.talk, _ = r.conv.User.(*talk); r.talk != nil {
				fetch.All(r.talk)
			}
		}
	}
	for i := range list {
		if t := list[i].talk; t != nil {
			t.near()
		}
	}
	for i := range list {
		if r := &list[i]; r.talk != nil {
			r.talk.session.Near(false)
			for _, m := range r.talk.memory {
				if m != nil {
					r.shard.learned.Near(m)
				}
			}
		}
	}
	for i := range list {
		if t := list[i].talk; t != nil {
			t.session.Near(true)
		}
	}
	for i := range list {
		r := &list[i]
		r.shard.context = &w.context
		r.shard.take(r.packet)
	}
}

// near asks for the memory that what a conversation says will need.
func (t *talk) near() {
	fetch.All(t.session)
	for i := range t.links {
		if t.links[i] != nil {
			fetch.All(t.links[i])
		}
		if t.memory[i] != nil {
			fetch.All(t.memory[i])
		}
	}
}
