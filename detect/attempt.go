package detect

import "github.com/davylamp/davy"

// AppendAttempt appends the attempt that a message is, if it is one of those that scans are
// made of: an address asked for by ARP, an echo request, a device asked who it is over a link
// that never did.
func (j *Judge) AppendAttempt(to []davy.Attempt, m *davy.Message, news davy.News) []davy.Attempt {
	server, layer := m.Server.Addr, ""
	switch {
	case m.Verb == davy.Diagnose && (m.Protocol == "icmp" || m.Protocol == "icmpv6") && (!m.Reply || m.Took > 0):
		layer = "icmp"
	case m.Verb == davy.Identify && !m.Reply && news.Has(davy.NewOperation) && j.config.Industrial(m.Protocol):
		layer = "identify"
	case m.Protocol == "arp" && !m.Reply && m.Op == "request":
		layer = "arp"
		server = davy.AddrOf4(uint32(m.Object.Index), m.Client.Addr.Scope)
	default:
		return to
	}
	a := davy.Attempt{Time: m.Time, Origin: m.Origin, From: davy.Endpoint{Addr: m.Client.Addr}, To: davy.Endpoint{Addr: server}, Layer: layer}
	if m.Reply && m.Took > 0 {
		a.Outcome = davy.Answered
	}
	return append(to, a)
}
