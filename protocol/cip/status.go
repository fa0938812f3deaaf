package cip

import (
	"slices"

	"github.com/davylamp/davy"
)

// General status codes that the reading itself knows (CIP Vol. 1, appendix B-1).
const (
	success           = 0x00
	connectionFailure = 0x01
	partialTransfer   = 0x06
	embeddedError     = 0x1e
)

// statuses are the general status codes (CIP Vol. 1, appendix B-1). 0xff is Logix's own way
// to refuse with an extended status alone (1756-PM020).
var statuses = [...]string{
	0x00: "",
	0x01: "connection failure",
	0x02: "resource unavailable",
	0x03: "invalid parameter value",
	0x04: "path segment error",
	0x05: "path destination unknown",
	0x06: "partial transfer",
	0x07: "connection lost",
	0x08: "service not supported",
	0x09: "invalid attribute value",
	0x0a: "attribute list error",
	0x0b: "already in requested mode or state",
	0x0c: "object state conflict",
	0x0d: "object already exists",
	0x0e: "attribute not settable",
	0x0f: "privilege violation",
	0x10: "device state conflict",
	0x11: "reply data too large",
	0x12: "fragmentation of a primitive value",
	0x13: "not enough data",
	0x14: "attribute not supported",
	0x15: "too much data",
	0x16: "object does not exist",
	0x17: "service fragmentation sequence not in progress",
	0x18: "no stored attribute data",
	0x19: "store operation failure",
	0x1a: "routing failure, request packet too large",
	0x1b: "routing failure, response packet too large",
	0x1c: "missing attribute list entry data",
	0x1d: "invalid attribute value list",
	0x1e: "embedded service error",
	0x1f: "vendor specific error",
	0x20: "invalid parameter",
	0x21: "write-once value or medium already written",
	0x22: "invalid reply received",
	0x23: "buffer overflow",
	0x24: "invalid message format",
	0x25: "key failure in path",
	0x26: "path size invalid",
	0x27: "unexpected attribute in list",
	0x28: "invalid member id",
	0x29: "member not settable",
	0x2a: "group 2 only server general failure",
	0x2b: "unknown modbus error",
	0x2c: "attribute not gettable",
	0x2d: "instance not deletable",
	0x2e: "service not supported for specified path",
	0xff: "",
}

// extended is a named extended status. Those from 0x0100 on belong to the connection
// manager's general status 1 (CIP Vol. 1, table 3-5.29), those from 0x2100 on to Logix's
// tag services under 0xff or 0x04 (1756-PM020, "CIP service error codes").
type extended struct {
	code uint16
	name string
}

var connectionStatuses = [...]extended{
	{0x0100, "connection in use or duplicate forward open"},
	{0x0103, "transport class and trigger combination not supported"},
	{0x0106, "ownership conflict"},
	{0x0107, "target connection not found"},
	{0x0108, "invalid network connection parameter"},
	{0x0109, "invalid connection size"},
	{0x0110, "target for connection not configured"},
	{0x0111, "RPI not supported"},
	{0x0112, "RPI value not acceptable"},
	{0x0113, "out of connections"},
	{0x0114, "vendor id or product code mismatch"},
	{0x0115, "device type mismatch"},
	{0x0116, "revision mismatch"},
	{0x0117, "invalid produced or consumed application path"},
	{0x0118, "invalid or inconsistent configuration application path"},
	{0x0119, "non-listen only connection not opened"},
	{0x011a, "target object out of connections"},
	{0x011b, "RPI is smaller than the production inhibit time"},
	{0x011c, "transport class not supported"},
	{0x011d, "production trigger not supported"},
	{0x011e, "direction not supported"},
	{0x011f, "invalid O->T fixed or variable"},
	{0x0120, "invalid T->O fixed or variable"},
	{0x0121, "invalid O->T priority"},
	{0x0122, "invalid T->O priority"},
	{0x0123, "invalid O->T connection type"},
	{0x0124, "invalid T->O connection type"},
	{0x0125, "invalid O->T redundant owner"},
	{0x0126, "invalid configuration size"},
	{0x0127, "invalid O->T size"},
	{0x0128, "invalid T->O size"},
	{0x0129, "invalid configuration application path"},
	{0x012a, "invalid consuming application path"},
	{0x012b, "invalid producing application path"},
	{0x012c, "configuration symbol does not exist"},
	{0x012d, "consuming symbol does not exist"},
	{0x012e, "producing symbol does not exist"},
	{0x012f, "inconsistent application path combination"},
	{0x0130, "inconsistent consume data format"},
	{0x0131, "inconsistent produce data format"},
	{0x0132, "null forward open not supported"},
	{0x0203, "connection timed out"},
	{0x0204, "unconnected request timed out"},
	{0x0205, "parameter error in unconnected request"},
	{0x0206, "message too large for unconnected send"},
	{0x0207, "unconnected acknowledged without reply"},
	{0x0301, "no buffer memory available"},
	{0x0302, "network bandwidth not available for data"},
	{0x0303, "no consumed connection id filter available"},
	{0x0304, "not configured to send scheduled priority data"},
	{0x0305, "schedule signature mismatch"},
	{0x0306, "schedule signature validation not possible"},
	{0x0311, "port not available"},
	{0x0312, "link address not valid"},
	{0x0315, "invalid segment in connection path"},
	{0x0316, "forward close connection path mismatch"},
	{0x0317, "scheduling not specified"},
	{0x0318, "link address to self invalid"},
	{0x0319, "secondary resources unavailable"},
	{0x031a, "rack connection already established"},
	{0x031b, "module connection already established"},
	{0x031c, "miscellaneous"},
	{0x031d, "redundant connection mismatch"},
	{0x031e, "no more consumer resources in the producing module"},
	{0x031f, "no consumer resources configured in the producing module"},
	{0x0800, "network link offline"},
	{0x0801, "incompatible multicast RPI"},
	{0x0802, "invalid safety connection size"},
	{0x0803, "invalid safety connection format"},
	{0x0804, "invalid time correction connection parameters"},
	{0x0805, "invalid ping interval EPI multiplier"},
	{0x0806, "invalid time coordination message minimum multiplier"},
	{0x0807, "invalid network time expectation multiplier"},
	{0x0808, "invalid timeout multiplier"},
	{0x0809, "invalid max consumer number"},
	{0x080a, "invalid CPCRC"},
	{0x080b, "time correction connection id invalid"},
	{0x080c, "SCID mismatch"},
	{0x080d, "TUNID not set"},
	{0x080e, "TUNID mismatch"},
	{0x080f, "configuration operation not allowed"},
	{0x0810, "no target application data available"},
	{0x0811, "no originator application data available"},
	{0x0812, "node address has changed since the network was scheduled"},
	{0x0813, "not configured for off-subnet multicast"},
	{0x0814, "invalid produce or consume data format"},
}

var logixStatuses = [...]extended{
	{0x2104, "offset beyond the end of the template or tag"},
	{0x2105, "access beyond the end of the object"},
	{0x2107, "data type does not match the tag's"},
}

// result is what a reply says of the request. Partial transfers are no failures: more is
// to be asked for. text takes the extended status and is returned.
func (p *reply) result(text []byte) (davy.Result, []byte) {
	r := davy.Result{Told: true, Code: uint32(p.status), Failed: p.status != success && p.status != partialTransfer}
	if int(p.status) < len(statuses) {
		r.Name = statuses[p.status]
	}
	if len(p.extended) < 2 {
		return r, text
	}
	code, start := word(p.extended), len(text)
	text = appendHex(append(text, "extended status "...), uint32(code))
	if name := p.extendedName(code); name != "" {
		text = append(append(text, ' '), name...)
	}
	r.Detail = text[start:]
	return r, text
}

func (p *reply) extendedName(code uint16) string {
	list := logixStatuses[:]
	if p.status == connectionFailure {
		list = connectionStatuses[:]
	}
	i, ok := slices.BinarySearchFunc(list, code, func(e extended, code uint16) int { return int(e.code) - int(code) })
	if !ok {
		return ""
	}
	return list[i].name
}
