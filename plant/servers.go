package plant

import (
	"fmt"
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// openFiles is a visit to the file server, with its log-in.
func (w *world) openFiles(at int64, d *host, user string) {
	c, server := w.chance, w.fleet.files
	k, t, ok := w.dial(at, d, server, 445)
	if !ok {
		return
	}
	session, tree, file := uint64(0), uint32(0), c.next()
	message := uint64(0)
	say := func(command uint16, ask, answer []byte, status uint32) {
		if !ok {
			return
		}
		q := frame.SMB{Command: command, Message: message, Tree: tree, Session: session}
		r := q
		r.Reply, r.Status = true, status
		switch command {
		case frame.SMBSessionSetup:
			r.Session = 0x0400_0000_0000_0019 + 4*uint64(c.below(7))
			session = r.Session
		case frame.SMBTreeConnect:
			r.Tree = 5
			tree = 5
		}
		message++
		t, ok = k.exchange(t+c.span(time.Millisecond, 40*time.Millisecond), q.Append(nil, ask), r.Append(nil, answer))
	}
	say(frame.SMBNegotiate, frame.SMBDialects(c), frame.SMBDialect(t, c), 0)
	say(frame.SMBSessionSetup, frame.SMBSetup(frame.NTLMNegotiate()), frame.SMBSetupReply(frame.NTLMChallenge("BOTTLING", "FILE-01", c)), frame.SMBMoreProcessing)
	say(frame.SMBSessionSetup, frame.SMBSetup(frame.NTLMAuthenticate("BOTTLING", user, d.Name, "FILE-01", t, c)), frame.SMBSetupReply(nil), 0)
	say(frame.SMBTreeConnect, frame.SMBTree(`\\FILE-01\plans`), frame.SMBTreeReply(), 0)
	for range 1 + c.below(3) {
		say(frame.SMBCreate, frame.SMBOpen(fmt.Sprintf("shift-%02d.xlsx", c.below(40))), frame.SMBOpened(t, uint64(4000+c.below(90_000)), file), 0)
		say(frame.SMBClose, frame.SMBCloseFile(file), frame.SMBClosed(), 0)
	}
	if !ok {
		return
	}
	idle := 3 + c.below(4)
	var rest func(at int64)
	rest = func(at int64) {
		if idle--; idle > 0 {
			k.keepAlive(at)
			w.at(at+int64(time.Minute), rest)
			return
		}
		t = at
		say(frame.SMBLogoff, frame.SMBEmpty(), frame.SMBEmpty(), 0)
		k.close(t + int64(10*time.Millisecond))
	}
	w.at(t+int64(time.Minute), rest)
}

// replicate is how the historian hands its values on to the mirror in the DMZ.
type replicate struct{}

func (*replicate) open(_ *session, at int64) (int64, bool) { return at, true }

func (*replicate) cycle(s *session, at int64) (int64, bool) {
	v := func(q quantity) float64 { return s.w.vat.look(at, q) }
	body := fmt.Sprintf(`{"line":"bottling","bottles":%.0f,"speed":%.0f,"pasteuriser":%.1f,"packs":%.0f,"energy":%.1f}`,
		v(bottles), v(fillSpeed), v(holdTemp), v(packs), v(energy))
	return s.conn.exchange(at, frame.HTTPRequest(nil, "POST", "mirror-01", "/api/v1/values", "Historian/8.2", "application/json", body),
		frame.HTTPReply(nil, at, "nginx/1.22.1", "application/json", `{"stored":5}`))
}

// publish is how the edge gateway reports to the broker by MQTT.
type publish struct{ id uint16 }

func (*publish) open(s *session, at int64) (int64, bool) {
	return s.conn.exchange(at, frame.MQTTConnect(nil, "edge-01", 300), frame.MQTTAccepted(nil))
}

func (p *publish) cycle(s *session, at int64) (int64, bool) {
	p.id++
	value := fmt.Sprintf(`{"air":%.2f,"water":%.1f}`, s.w.vat.look(at, airPressure), s.w.vat.look(at, waterTank))
	return s.conn.exchange(at, frame.MQTTPublish(nil, p.id, "bottling/utilities", value), frame.MQTTReceived(nil, p.id))
}
