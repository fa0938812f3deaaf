package detect

import (
	"fmt"

	"github.com/davylamp/davy"
)

// news judges what a link never said before (D07, D08, D29). While learning it is recorded
// once a device. Looking at something new is less than changing something new; where a rule
// said it already, that says it better.
func (j *Judge) news(m *davy.Message, news davy.News, known func(m *davy.Message) string) {
	if !j.config.Industrial(m.Protocol) || news.Has(davy.Unsure) && !news.Has(davy.NewOperation) && !news.Has(davy.Learning) {
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
	f := about(m, detector, title, severity, k)
	what := string(m.AppendOp(nil))
	if o := string(m.AppendObject(nil)); o != "" {
		what += " of " + o
	}
	if v := m.Value.AppendJSON(nil); len(v) > 0 && len(v) < 80 && m.Verb.Active() {
		what += " = " + string(v)
	}
	client, server := j.config.Site.Call(m.Client.Addr), j.config.Site.Call(m.Server.Addr)
	does := "asks"
	if detector == newWriter {
		does = "writes to"
	}
	f.Seen = fmt.Sprintf("%s %s %s: %s %s", client, does, server, m.Protocol, what)
	usual := ""
	if known != nil {
		usual = known(m)
	}
	switch {
	case news.Has(davy.Learning):
		f.Expected = "Nothing yet: Davy is learning what is usual"
	case detector == newWriter:
		f.Expected = fmt.Sprintf("%s changes nothing in %s; it never did while Davy learned", client, server)
	case usual != "":
		f.Expected = fmt.Sprintf("%s from %s to %s: %s", m.Verb, client, server, usual)
	default:
		f.Expected = fmt.Sprintf("No %s %s from %s to %s; there was none while Davy learned", m.Protocol, m.Verb, client, server)
	}
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
