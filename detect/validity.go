package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// evasions are defects that somebody makes on purpose, to be read otherwise by the device
// than by who watches (Ptacek and Newsham, 1998).
var evasions = map[davy.Defect]bool{"conflicting-overlap": true, "fragment-overlap": true}

// defect judges malformed messages (D33): one finding a link and defect.
func (j *Judge) defect(m *davy.Message) {
	k := key(malformed, m.Client.Addr.Hash(), m.Server.Addr.Hash(), davy.HashString(0, string(m.Defect)))
	if j.ledger.again(k, m.Time, m.Origin, newsQuiet) {
		return
	}
	severity := davy.Low
	if evasions[m.Defect] {
		severity = davy.Medium
	}
	f := j.about(m, malformed, "Malformed or impossible message", severity, k)
	sender := j.config.Site.Call(m.Sender().Addr)
	f.Expected = fmt.Sprintf("%s keeps to the specification of %s", sender, orTraffic(m.Protocol))
	f.Seen = fmt.Sprintf("%s sent %s: %s", sender, m.Defect, m.Protocol)
	if op := m.AppendOp(nil); len(op) > 0 && string(op) != m.Protocol {
		f.Seen += " " + string(op)
	}
	j.findings = append(j.findings, f)
}

func orTraffic(protocol string) string {
	if protocol == "" {
		return "its traffic"
	}
	return protocol
}

// refusal judges requests that were refused (D34): one finding a link, kind of request and
// reason, however many there are.
func (j *Judge) refusal(m *davy.Message) {
	if !j.industrial(m.Protocol) {
		return
	}
	k := key(refused, m.Client.Addr.Hash(), m.Server.Addr.Hash(), uint64(m.Verb), uint64(m.Result.Code))
	if j.ledger.again(k, m.Time, m.Origin, newsQuiet) {
		return
	}
	f := j.about(m, refused, "Request refused", davy.Low, k)
	w := &j.words
	w.say(m.Client.Addr, " asks ", m.Server.Addr, " only for what it has")
	cut := len(w.b)
	w.say(m.Server.Addr, " refused what ", m.Client.Addr, " asked: ")
	w.asked(m)
	w.say("; it said ")
	w.b = m.Result.Append(w.b)
	w.finish(f, cut)
	j.findings = append(j.findings, f)
}
