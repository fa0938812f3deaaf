package frame

import (
	"fmt"
	"strings"
	"time"
)

// HTTP/1.1 (RFC 9112), MQTT 3.1.1 and the opening of an RDP session.

// HTTPRequest appends a request; agent names the program that asks.
func HTTPRequest(b []byte, method, host, path, agent, kind, body string) []byte {
	b = fmt.Appendf(b, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\n", method, path, host, agent)
	if method == "POST" {
		b = fmt.Appendf(b, "Content-Type: %s\r\nContent-Length: %d\r\n", kind, len(body))
	}
	return append(append(b, "\r\n"...), body...)
}

// HTTPReply appends an answer of status 200.
func HTTPReply(b []byte, now int64, server, kind, body string) []byte {
	date := time.Unix(0, now).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	b = fmt.Appendf(b, "HTTP/1.1 200 OK\r\nDate: %s\r\nServer: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		date, server, kind, len(body))
	return append(b, body...)
}

// Page is a small page of a device's own web server.
func Page(title string, lines ...string) string {
	return "<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title +
		"</h1><p>" + strings.Join(lines, "</p><p>") + "</p></body></html>\n"
}

func mqttString(b []byte, s string) []byte { return append(be16(b, uint16(len(s))), s...) }

// MQTTConnect appends a CONNECT (MQTT 3.1.1, 3.1) with a clean session.
func MQTTConnect(b []byte, client string, keepAlive uint16) []byte {
	v := be16(append(mqttString(nil, "MQTT"), 4, 2), keepAlive)
	v = mqttString(v, client)
	return append(append(b, 0x10, byte(len(v))), v...)
}

// MQTTAccepted appends the CONNACK (3.2).
func MQTTAccepted(b []byte) []byte { return append(b, 0x20, 2, 0, 0) }

// MQTTPublish appends a PUBLISH with quality of service 1 (3.3), MQTTReceived its PUBACK (3.4).
func MQTTPublish(b []byte, id uint16, topic, payload string) []byte {
	n := 2 + len(topic) + 2 + len(payload)
	b = append(b, 0x32)
	for ; n >= 128; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	b = mqttString(append(b, byte(n)), topic)
	return append(be16(b, id), payload...)
}

func MQTTReceived(b []byte, id uint16) []byte { return be16(append(b, 0x40, 2), id) }

// RDPConnect appends an X.224 connection request with the user's cookie ([MS-RDPBCGR],
// 2.2.1.1); RDPAccept answers that TLS with credentials first is chosen (2.2.1.2).
func RDPConnect(b []byte, user string) []byte {
	cookie := "Cookie: mstshash=" + user + "\r\n"
	n := 6 + len(cookie) + 8
	b = append(be16(append(b, 3, 0), uint16(5+n)), byte(n), 0xe0, 0, 0, 0, 0, 0)
	b = append(append(b, cookie...), 1, 0, 8, 0)
	return le32(b, 3)
}

func RDPAccept(b []byte) []byte {
	b = append(be16(append(b, 3, 0), 19), 14, 0xd0, 0, 0, 0x12, 0x34, 0)
	return le32(append(b, 2, 0x1f, 8, 0), 2)
}
