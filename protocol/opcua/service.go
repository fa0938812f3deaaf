package opcua

import "github.com/davylamp/davy"

// service is a service by the numbers of its request's and response's binary encoding
// (OPC 10000-6, annex A: the node ids of the namespace http://opcfoundation.org/UA/).
type service struct {
	request, response uint32
	op                string
	verb              davy.Verb
	cyclic, quiet     bool
}

func (s *service) reply(id uint32) bool { return id == s.response }

const (
	serviceFault    = 397
	findServers     = 422
	getEndpoints    = 428
	registerServer  = 437
	openChannel     = 446
	closeChannel    = 452
	createSession   = 461
	activateSession = 467
	browseNodes     = 527
	readNodes       = 631
	writeNodes      = 673
	callMethods     = 712
	registerServer2 = 12211
)

var services = [...]service{
	{findServers, 425, "find servers", davy.Identify, false, false},
	{12208, 12209, "find servers on network", davy.Identify, false, false},
	{getEndpoints, 431, "get endpoints", davy.Identify, false, false},
	{registerServer, 440, "register server", davy.Other, false, false},
	{registerServer2, 12212, "register server", davy.Other, false, false},
	{openChannel, 449, "open secure channel", davy.Connect, false, false},
	{closeChannel, 455, "close secure channel", davy.Connect, false, false},
	{createSession, 464, "create session", davy.Connect, false, false},
	{activateSession, 470, "activate session", davy.Authenticate, false, false},
	{473, 476, "close session", davy.Connect, false, false},
	{479, 482, "cancel", davy.Other, false, false},
	{488, 491, "add nodes", davy.Configure, false, false},
	{494, 497, "add references", davy.Configure, false, false},
	{500, 503, "delete nodes", davy.Configure, false, false},
	{506, 509, "delete references", davy.Configure, false, false},
	{browseNodes, 530, "browse", davy.Browse, false, false},
	{533, 536, "browse next", davy.Browse, false, false},
	{554, 557, "translate browse paths", davy.Browse, false, false},
	{560, 563, "register nodes", davy.Other, false, false},
	{566, 569, "unregister nodes", davy.Other, false, false},
	{615, 618, "query first", davy.Browse, false, false},
	{621, 624, "query next", davy.Browse, false, false},
	{readNodes, 634, "read", davy.Read, true, false},
	{664, 667, "history read", davy.Read, false, false},
	{writeNodes, 676, "write", davy.Write, false, false},
	{700, 703, "history update", davy.Write, false, false},
	{callMethods, 715, "call", davy.Control, false, false},
	{751, 754, "create monitored items", davy.Subscribe, false, false},
	{763, 766, "modify monitored items", davy.Subscribe, false, false},
	{769, 772, "set monitoring mode", davy.Subscribe, false, false},
	{775, 778, "set triggering", davy.Subscribe, false, false},
	{781, 784, "delete monitored items", davy.Subscribe, false, false},
	{787, 790, "create subscription", davy.Subscribe, false, false},
	{793, 796, "modify subscription", davy.Subscribe, false, false},
	{799, 802, "set publishing mode", davy.Subscribe, false, false},
	{826, 829, "publish", davy.Subscribe, true, false},
	{832, 835, "republish", davy.Subscribe, false, false},
	{841, 844, "transfer subscriptions", davy.Subscribe, false, false},
	{847, 850, "delete subscriptions", davy.Subscribe, false, false},
	{serviceFault, serviceFault, "service fault", davy.Other, false, false},
}

// serviceOf finds a service by either number, nil where there is none.
func serviceOf(id uint32) *service {
	for i := range services {
		if services[i].request == id || services[i].response == id {
			return &services[i]
		}
	}
	return nil
}

// statusName names the common status codes (OPC 10000-6, annex A); the lower half holds
// flags and is left out.
func statusName(code uint32) string {
	switch code >> 16 {
	case 0x8001:
		return "bad unexpected error"
	case 0x8002:
		return "bad internal error"
	case 0x800a:
		return "bad timeout"
	case 0x800b:
		return "bad service unsupported"
	case 0x800f:
		return "bad nothing to do"
	case 0x8010:
		return "bad too many operations"
	case 0x8012:
		return "bad certificate invalid"
	case 0x8013:
		return "bad security checks failed"
	case 0x801a:
		return "bad certificate untrusted"
	case 0x801f:
		return "bad user access denied"
	case 0x8020:
		return "bad identity token invalid"
	case 0x8021:
		return "bad identity token rejected"
	case 0x8022:
		return "bad secure channel id invalid"
	case 0x8025:
		return "bad session id invalid"
	case 0x8026:
		return "bad session closed"
	case 0x8027:
		return "bad session not activated"
	case 0x8028:
		return "bad subscription id invalid"
	case 0x8034:
		return "bad node id unknown"
	case 0x803b:
		return "bad not writable"
	case 0x8054:
		return "bad security mode rejected"
	case 0x8055:
		return "bad security policy rejected"
	case 0x8056:
		return "bad too many sessions"
	case 0x8074:
		return "bad type mismatch"
	case 0x8079:
		return "bad no subscription"
	case 0x807d:
		return "bad TCP server too busy"
	case 0x807e:
		return "bad TCP message type invalid"
	case 0x807f:
		return "bad TCP secure channel unknown"
	case 0x8080:
		return "bad TCP message too large"
	case 0x8082:
		return "bad TCP internal error"
	case 0x8083:
		return "bad TCP endpoint URL invalid"
	case 0x8086:
		return "bad secure channel closed"
	case 0x80b9:
		return "bad response too large"
	}
	switch code >> 30 {
	case 2, 3:
		return "bad"
	case 1:
		return "uncertain"
	}
	return ""
}
