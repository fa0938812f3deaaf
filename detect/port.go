package detect

import (
	"fmt"
	"slices"

	"github.com/davylamp/davy"
)

// remote are protocols that give a person or a program the run of a machine.
var remote = map[string]bool{"ssh": true, "rdp": true, "vnc": true, "smb": true, "telnet": true, "ftp": true}

// Identified judges a conversation's protocol by its port (D16): one that speaks on a port
// that belongs to another is hiding, or tunnels. That is grave where the protocol gives
// somebody the run of a machine, and of note where either side of the swap is a
// controller's; the web's protocols change ports among themselves all day.
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
	severity, expected := davy.Low, fmt.Sprintf("%s on one of its own ports", protocol)
	if len(owners) > 0 {
		expected = fmt.Sprintf("%s on port %d", owners[0], server.Port)
		switch {
		case remote[protocol]:
			severity = davy.High
		case j.config.Industrial(protocol) != slices.ContainsFunc(owners, j.config.Industrial):
			severity = davy.Medium
		}
	}
	m := davy.Message{Time: now, Origin: o, Client: client, Server: server, Protocol: protocol}
	f := j.about(&m, foreignPort, "Protocol on a port that is not its own", severity, k)
	f.Expected = expected
	f.Seen = fmt.Sprintf("%s speaks %s to %s on %s port %d", j.config.Site.Call(client.Addr), protocol, j.config.Site.Call(server.Addr), layer, server.Port)
	j.findings = append(j.findings, f)
}
