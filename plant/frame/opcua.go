package frame

import "math"

// OPC UA over TCP without security (OPC 10000-6, 5.2 and 7.1; services of OPC 10000-4), as a
// client needs it to read values.

// Identifiers of the services' encodings (OPC 10000-6, annex A).
const (
	uaOpenChannel     = 446
	uaChannelOpened   = 449
	uaCreateSession   = 461
	uaSessionCreated  = 464
	uaActivateSession = 467
	uaActivated       = 470
	uaRead            = 631
	uaReadDone        = 634
	uaAnonymous       = 321
)

func uaString(b []byte, s string) []byte {
	if s == "" {
		return le32(b, 0xffff_ffff)
	}
	return append(le32(b, uint32(len(s))), s...)
}

func uaFrame(kind string, body []byte) []byte {
	return append(le32([]byte(kind+"F"), uint32(8+len(body))), body...)
}

// UAHello opens the connection, UAAcknowledge answers.
func UAHello(url string) []byte {
	return uaFrame("HEL", uaString(le32(le32(le32(le32(le32(nil, 0), 65536), 65536), 0), 0), url))
}

func UAAcknowledge() []byte {
	return uaFrame("ACK", le32(le32(le32(le32(le32(nil, 0), 65536), 65536), 0), 0))
}

// UA is what stands at the head of each message.
type UA struct {
	Channel, Token, Sequence uint32 // Sequence numbers the request too
	Session                  uint32 // the authentication token, 0 before there is a session
	Now                      int64
	Reply                    bool
}

// message wraps a service in a secure channel's message, with its request or response header.
func (u UA) message(service uint16, body []byte) []byte {
	kind, head := "MSG", le32(le32(nil, u.Channel), u.Token)
	if service == uaOpenChannel || service == uaChannelOpened {
		kind, head = "OPN", uaString(uaString(uaString(le32(nil, u.Channel), "http://opcfoundation.org/UA/SecurityPolicy#None"), ""), "")
	}
	head = le32(le32(head, u.Sequence), u.Sequence)
	head = le16(append(head, 1, 0), service)
	if u.Reply {
		head = le32(le32(le64(head, fileTime(u.Now)), u.Sequence), 0)
		head = le32(append(head, 0), 0)
	} else {
		if u.Session == 0 {
			head = append(head, 0, 0)
		} else {
			head = le32(append(head, 2, 1, 0), u.Session)
		}
		head = le32(le32(le64(head, fileTime(u.Now)), u.Sequence), 0)
		head = le32(uaString(head, ""), 10_000)
	}
	head = append(head, 0, 0, 0)
	return uaFrame(kind, append(head, body...))
}

// UAOpenChannel asks for a channel without security, UAChannelOpened grants it.
func UAOpenChannel(u UA) []byte {
	b := le32(le32(le32(nil, 0), 0), 1)
	return u.message(uaOpenChannel, le32(uaString(b, ""), 3_600_000))
}

func UAChannelOpened(u UA) []byte {
	b := le32(le32(le32(nil, 0), u.Channel), u.Token)
	return u.message(uaChannelOpened, uaString(le32(le64(b, fileTime(u.Now)), 3_600_000), ""))
}

// UACreateSession asks for a session, UASessionCreated gives its token.
func UACreateSession(u UA, client, url string) []byte {
	b := uaString(uaString(nil, "urn:"+client), "urn:historian")
	b = le32(uaString(append(b, 2), client), 1)
	b = le32(uaString(uaString(b, ""), ""), 0)
	b = uaString(uaString(uaString(b, ""), url), client)
	b = le64(uaString(uaString(b, ""), ""), math.Float64bits(1_200_000))
	return u.message(uaCreateSession, le32(b, 0))
}

func UASessionCreated(u UA, token uint32) []byte {
	b := le32(append([]byte{}, 2, 1, 0), token-1)
	b = le64(le32(append(b, 2, 1, 0), token), math.Float64bits(1_200_000))
	b = le32(le32(uaString(uaString(b, ""), ""), 0), 0)
	return u.message(uaSessionCreated, le32(uaString(uaString(b, ""), ""), 0))
}

// UAActivate activates it for nobody in particular, UAActivated grants that.
func UAActivate(u UA) []byte {
	b := le32(le32(uaString(uaString(nil, ""), ""), 0), 0)
	token := uaString(nil, "anonymous")
	b = append(le16(append(b, 1, 0), uaAnonymous), 1)
	b = append(le32(b, uint32(len(token))), token...)
	return u.message(uaActivateSession, uaString(uaString(b, ""), ""))
}

func UAActivated(u UA) []byte {
	return u.message(uaActivated, le32(le32(uaString(nil, ""), 0), 0))
}

// UAReadValues reads the values of nodes that are named in namespace 2, UAValues answers.
func UAReadValues(u UA, nodes []string) []byte {
	b := le32(le32(le64(nil, 0), 2), uint32(len(nodes)))
	for _, n := range nodes {
		b = le32(uaString(le16(append(b, 3), 2), n), 13)
		b = uaString(le16(uaString(b, ""), 0), "")
	}
	return u.message(uaRead, b)
}

func UAValues(u UA, values []float64) []byte {
	b := le32(nil, uint32(len(values)))
	for _, v := range values {
		b = le64(append(b, 1, 11), math.Float64bits(v))
	}
	return u.message(uaReadDone, le32(b, 0))
}
