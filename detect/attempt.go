package detect

import "github.com/davylamp/davy"

// AttemptOf tells whether a message is one of those that scans are made of: an address
// asked for by ARP, an echo request, a device asked who it is over a link that never did.
func (j *Judge) AttemptOf(m *davy.Message, news davy.News) (a davy.Attempt, ok bool) {
	a = davy.Attempt{Time: m.Time, Origin: m.Origin, From: davy.Endpoint{Addr: m.Client.Addr}, To: davy.Endpoint{Addr: m.Server.Addr}}
	if m.Reply && m.Took > 0 {
		a.Outcome = davy.Answered
	}
	switch {
	case m.Protocol == "arp" && !m.Reply && m.Op == "request":
		a.Layer = "arp"
		a.To.Addr = davy.AddrOf4(uint32(m.Object.Index), m.Client.Addr.Scope)
		return a, true
	case (m.Protocol == "icmp" || m.Protocol == "icmpv6") && m.Verb == davy.Diagnose && (!m.Reply || m.Took > 0):
		a.Layer = "icmp"
		return a, true
	case m.Verb == davy.Identify && !m.Reply && news.Has(davy.NewOperation) && j.config.Industrial(m.Protocol):
		a.Layer = "identify"
		return a, true
	}
	return a, false
}
