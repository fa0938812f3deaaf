package detect

import "github.com/davylamp/davy"

// news judges what a link never said before (D07, D08, D29). While learning it is recorded
// once a device. Where an operation keeps naming new objects one more is no news. Looking at something new is less than changing something new; where a rule
// said it already, that says it better.
func (j *Judge) news(m *davy.Message, news davy.News, known func(m *davy.Message) string) {
	if !j.industrial(m.Protocol) || news.Has(davy.Unsure) && !news.Has(davy.NewOperation) {
		return
	}
	detector, title, severity := sort(m, news)
	k := key(detector, m.Client.Addr.Hash(), m.Server.Addr.Hash(), uint64(m.Verb))
	switch {
	case news.Has(davy.Learning):
		severity, k = davy.Info, key(detector, 1, m.Server.Addr.Hash())
	case news.Has(davy.Unsure) && m.Verb.Active():
		severity = davy.Low // what was forgotten may have been usual
	case news.Has(davy.Unsure):
		severity = davy.Info
	}
	if j.ledger.again(k, m.Time, m.Origin, newsQuiet) {
		return
	}
	if severity == davy.Info && j.config.told(k, m.Time) {
		j.ledger.goesOn(m.Origin) // another shard said it of the same device
		return
	}
	f := j.about(m, detector, title, severity, k)
	usual := ""
	if known != nil && detector != newWriter && !news.Has(davy.Learning) {
		usual = known(m)
	}
	w := &j.words
	switch client, server := m.Client.Addr, m.Server.Addr; {
	case news.Has(davy.Learning):
		f.Expected = "Nothing yet: Davy is learning what is usual"
	case detector == newWriter:
		w.say(client, " changes nothing in ", server, "; it never did while Davy learned")
	case usual != "":
		w.say(m.Verb.String(), " from ", client, " to ", server, ": ", usual)
	default:
		w.say("No ", m.Protocol, " ", m.Verb.String(), " from ", client, " to ", server, "; there was none while Davy learned")
	}
	cut, does := len(w.b), " asks "
	if detector == newWriter {
		does = " writes to "
	}
	w.say(m.Client.Addr, does, m.Server.Addr, ": ", m.Protocol, " ")
	w.asked(m)
	if m.Verb.Active() {
		before := len(w.b)
		w.say(" = ")
		from := len(w.b)
		if w.b = m.Value.AppendJSON(w.b); len(w.b) == from || len(w.b)-from >= 80 {
			w.b = w.b[:before]
		}
	}
	w.finish(f, cut)
	j.findings = append(j.findings, f)
}

// sort decides which detector speaks, and how loud: a value changed by a source that never
// changed any is what manipulation looks like; another way of changing, used by one that
// changes things all day, is not.
func sort(m *davy.Message, news davy.News) (detector, title string, s davy.Severity) {
	values := m.Verb == davy.Write || m.Verb == davy.Control || m.Verb == davy.Force
	switch {
	case news.Has(davy.NewWriter) && values:
		return newWriter, "Values changed by a source that never changed any", davy.High
	case news.Has(davy.NewOperation):
		if news.Has(davy.NewWriter) || m.Verb.Engineering() {
			return newOperation, "Operation never seen on this link", davy.Medium
		}
		return newOperation, "Operation never seen on this link", davy.Low
	default:
		return newObject, "Object never touched on this link", davy.Low
	}
}
