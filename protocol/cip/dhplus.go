package cip

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// dhPlus reads a message on a connection to a bridge to DH+, the network of PLC-5: link and
// node numbers of destination and source, then PCCC without a requestor id, paired by its
// transaction number.
func (d *Dialogue) dhPlus(c *protocol.Context, b []byte, e *Carriage, on *Connection) {
	r := wire.NewReader(b)
	r.Skip(2)
	to := r.U16LE()
	r.Skip(2)
	from := r.U16LE()
	var p pccc
	reply := len(b) > 8 && b[8]&pcccReply != 0
	body := r
	p.read(&r, reply)
	m := c.Begin(Name, reply)
	m.Path, m.Verb = on.Path, davy.Other
	if !p.ok {
		m.Defect = davy.Truncated
		c.Emit()
		return
	}
	key := Carriage{Connected: true, Connection: e.Connection, Key: uint64(p.transaction)}
	q, node := p, to
	if reply {
		node = from
		p.command &^= pcccReply
		q = pccc{command: p.command}
		if i := d.find(&key, p.command, true); i >= 0 {
			ask := wire.NewReader(d.asked[i].raw)
			q.read(&ask, false)
			m.Took = protocol.Took(c.Time, d.asked[i].time)
			if !c.Duplicate {
				d.forget(i)
			}
		}
	}
	q.fill(m)
	if m.Object.Space == nil {
		d.text = strconv.AppendUint(append(d.text[:0], " node "...), uint64(node), 10)
		m.Object = davy.Object{Space: &Class, Area: dhPlusClass, Index: 1, Count: 1, Name: d.text}
	}
	if reply {
		m.Result, m.Value = p.result(), p.replyValue(&q)
	} else {
		m.Value = p.requestValue()
		if !c.Duplicate {
			n := asked{key: key.Key, connected: true, connection: on.OTID, time: c.Time, service: p.command, inner: p.command, path: on.Path}
			d.remember(&n, body.Rest())
		}
	}
	emit(c, m, e)
}
