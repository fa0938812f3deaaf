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
	if j.ledger.again(k, m.Time, m.Origin, actionQuiet) {
		return
	}
	severity := davy.Low
	if evasions[m.Defect] {
		severity = davy.Medium
	}
	f := about(m, malformed, "Malformed or impossible message", severity, k)
	f.Attack = []string{"T0814", "T0866"}
	sender := j.config.Site.Call(m.Sender().Addr)
	f.Expected = fmt.Sprintf("%s keeps to the specification of %s", sender, orTraffic(m.Protocol))
	f.Seen = fmt.Sprintf("%s sent %s: %s %s", sender, m.Defect, m.Protocol, m.AppendOp(nil))
	j.findings = append(j.findings, f)
}

func orTraffic(protocol string) string {
	if protocol == "" {
		return "its traffic"
	}
	return protocol
}

// refusal judges requests that were refused (D34): one finding a link, however many.
func (j *Judge) refusal(m *davy.Message) {
	if !j.config.Industrial(m.Protocol) {
		return
	}
	k := key(refused, m.Client.Addr.Hash(), m.Server.Addr.Hash())
	if j.ledger.again(k, m.Time, m.Origin, actionQuiet) {
		return
	}
	f := about(m, refused, "Request refused", davy.Low, k)
	f.Attack = []string{"T0855"}
	client, server := j.config.Site.Call(m.Client.Addr), j.config.Site.Call(m.Server.Addr)
	f.Expected = fmt.Sprintf("%s asks %s only for what it has", client, server)
	f.Seen = fmt.Sprintf("%s refused %s of %s: %s %s", server, m.AppendOp(nil), client, m.AppendObject(nil), m.Result.Append(nil))
	j.findings = append(j.findings, f)
}

// remote are protocols that give a person or a program the run of a machine.
var remote = map[string]bool{"ssh": true, "rdp": true, "vnc": true, "smb": true, "telnet": true, "ftp": true}

// Identified judges a conversation's protocol by its port (D16): one that speaks on a port
// that belongs to another is hiding, or tunnels.
func (j *Judge) Identified(client, server davy.Endpoint, layer, protocol string, now int64, o davy.Origin) {
	if server.Port == 0 || j.config.Owns(protocol, server.Port) || j.config.Owns(protocol, client.Port) {
		return
	}
	owners := j.config.Owners(layer, server.Port)
	if len(owners) == 0 && !remote[protocol] {
		return
	}
	k := key(foreignPort, client.Addr.Hash(), server.Addr.Hash(), davy.HashString(uint64(server.Port), protocol))
	if j.ledger.again(k, now, o, newsQuiet) {
		return
	}
	m := davy.Message{Time: now, Origin: o, Client: client, Server: server, Protocol: protocol}
	severity, expected := davy.Low, fmt.Sprintf("%s on one of its own ports", protocol)
	if len(owners) > 0 {
		expected = fmt.Sprintf("%s on port %d", owners[0], server.Port)
		if severity = davy.Medium; remote[protocol] {
			severity = davy.High
		}
	}
	f := about(&m, foreignPort, "Protocol on a port that is not its own", severity, k)
	f.Attack = []string{"T0885"}
	f.Expected = expected
	f.Seen = fmt.Sprintf("%s speaks %s to %s on %s port %d", j.config.Site.Call(client.Addr), protocol, j.config.Site.Call(server.Addr), layer, server.Port)
	j.findings = append(j.findings, f)
}
