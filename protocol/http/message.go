package http

import (
	"bytes"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
)

func (d *dissector) request(c *protocol.Context, s *side, line []byte, h *headers) {
	m := c.Begin("http", false)
	method, target, _ := bytes.Cut(line, space)
	if i := bytes.LastIndexByte(target, ' '); i >= 0 {
		target = target[:i]
	}
	m.Code = methodOf(method)
	if m.Op, m.Verb = otherMethod, davy.Other; m.Code != methodOther {
		m.Op, m.Verb = methods[m.Code].name, methods[m.Code].verb
	}
	d.url(h.host, target)
	m.Object = davy.Object{Space: &address, Name: d.text}
	if h.twoLengths {
		m.Defect = davy.LengthMismatch
	}
	d.pending.Ask(d.asked, m)
	d.asked++
	c.Tell(davy.AttrSoftware, h.agent, "http user agent", 60)
	if len(target) > 0 && target[0] == '/' {
		tellHost(c, h.host)
	}
	if bytes.HasSuffix(line, version2) {
		m.Op, m.Verb = "HTTP/2", davy.Connect
		m.Object = davy.Object{}
		c.Emit()
		c.Opaque(false) // HTTP/2 is another protocol
		return
	}
	c.Emit()
	d.carryToken(c, h.token)
	switch {
	case h.chunked:
		s.at = chunkSize
	case h.hasLength && h.length > 0:
		s.at, s.then, s.left = body, head, h.length
	}
}

// tellHost tells the name that a client uses for the server, a conclusion only: through a
// proxy it is another's.
func tellHost(c *protocol.Context, host []byte) {
	if i := bytes.LastIndexByte(host, ':'); i >= 0 && len(host)-i <= 6 {
		host = host[:i]
	}
	if len(host) == 0 || len(host) > 255 || host[0] == '[' || c.Receiver.Addr.Group() {
		return
	}
	letters := false
	for _, x := range host {
		if x <= ' ' || x >= 0x7f {
			return
		}
		letters = letters || !digit(x) && x != '.'
	}
	if letters {
		c.TellOf(c.Receiver.Addr, davy.Path{}, davy.AttrName, host, "http host", 30)
	}
}

// maxURL is how much of an address is shown.
const maxURL = 1024

// url builds host and path in d.text and blots secrets out.
func (d *dissector) url(host, target []byte) {
	d.text = d.text[:0]
	if len(target) > 0 && target[0] == '/' {
		d.text = append(d.text, host[:min(len(host), 255)]...)
	}
	path, query, has := bytes.Cut(target, question)
	if scheme := bytes.Index(path, slashes); scheme >= 0 {
		// An absolute address may hold a user and a password before an @.
		rest := path[scheme+len(slashes):]
		slash := bytes.IndexByte(rest, '/')
		if slash < 0 {
			slash = len(rest)
		}
		if at := bytes.LastIndexByte(rest[:slash], '@'); at >= 0 {
			d.text = append(d.text, path[:scheme+len(slashes)]...)
			path = rest[at+1:]
		}
	}
	d.text = append(d.text, path[:min(len(path), maxURL)]...)
	if !has {
		return
	}
	mark := byte('?')
	for len(query) > 0 && len(d.text) < maxURL {
		var one []byte
		one, query, _ = bytes.Cut(query, ampersand)
		name, value, has := bytes.Cut(one, equals)
		d.text = append(append(d.text, mark), name[:min(len(name), maxURL)]...)
		if mark = '&'; !has {
			continue
		}
		if d.text = append(d.text, '='); secret(name) {
			d.text = append(d.text, "***"...)
			continue
		}
		d.text = append(d.text, value[:min(len(value), maxURL)]...)
	}
}

var (
	slashes   = []byte("://")
	question  = []byte("?")
	ampersand = []byte("&")
	equals    = []byte("=")
)

// secrets are the beginnings and parts of names whose values are secrets.
var secrets = [...]string{"pass", "pwd", "token", "secret", "auth", "apikey", "api_key", "session", "sid", "credential", "key"}

func secret(name []byte) bool {
	for _, s := range secrets {
		for i := 0; i+len(s) <= len(name); i++ {
			if is(name[i:i+len(s)], s) {
				return true
			}
		}
	}
	return false
}

// statuses names the common status codes (RFC 9110, 15).
var statuses = [...]struct {
	code uint16
	name string
}{
	{100, "100 Continue"}, {101, "101 Switching Protocols"}, {200, "200 OK"}, {201, "201 Created"}, {202, "202 Accepted"},
	{204, "204 No Content"}, {206, "206 Partial Content"}, {207, "207 Multi-Status"}, {301, "301 Moved Permanently"},
	{302, "302 Found"}, {303, "303 See Other"}, {304, "304 Not Modified"}, {307, "307 Temporary Redirect"},
	{308, "308 Permanent Redirect"}, {400, "400 Bad Request"}, {401, "401 Unauthorized"}, {403, "403 Forbidden"},
	{404, "404 Not Found"}, {405, "405 Method Not Allowed"}, {406, "406 Not Acceptable"},
	{407, "407 Proxy Authentication Required"}, {408, "408 Request Timeout"}, {409, "409 Conflict"}, {410, "410 Gone"},
	{411, "411 Length Required"}, {412, "412 Precondition Failed"}, {413, "413 Content Too Large"}, {414, "414 URI Too Long"},
	{415, "415 Unsupported Media Type"}, {416, "416 Range Not Satisfiable"}, {429, "429 Too Many Requests"},
	{500, "500 Internal Server Error"}, {501, "501 Not Implemented"}, {502, "502 Bad Gateway"},
	{503, "503 Service Unavailable"}, {504, "504 Gateway Timeout"}, {505, "505 HTTP Version Not Supported"},
}

func statusName(code uint16) string {
	for i := range statuses {
		if statuses[i].code == code {
			return statuses[i].name
		}
	}
	return [...]string{"informational", "success", "redirection", "client error", "server error"}[code/100-1]
}

func (d *dissector) reply(c *protocol.Context, s *side, line []byte, h *headers) {
	m := c.Begin("http", true)
	code := uint16(line[9]-'0')*100 + uint16(line[10]-'0')*10 + uint16(line[11]-'0')
	interim := code < 200 && code != 101
	method, known := uint32(methodOther), false
	m.Op, m.Verb = "reply", davy.Other
	if !interim {
		if q := d.pending.Answer(d.answered); q != nil {
			q.Fill(m)
			method, known = q.Code, true
		}
		if d.answered < d.asked {
			d.answered++
		}
	}
	m.Result = davy.Result{Told: true, Failed: code >= 400, Name: statusName(code)}
	if h.twoLengths {
		m.Defect = davy.LengthMismatch
	}
	m.Quiet = interim
	c.Tell(davy.AttrSoftware, h.server, "http server", 80)
	c.Emit()
	d.carryToken(c, h.token)
	switch {
	case code == 101, method == methodConnect && code/100 == 2:
		c.Opaque(false) // another protocol goes on
	case interim || code == 204 || code == 304 || method == methodHead:
	case h.chunked:
		s.at = chunkSize
	case h.hasLength && h.length > 0:
		s.at, s.then, s.left, s.unsure = body, head, h.length, !known
	case !h.hasLength:
		s.at = untilEnd
	}
}
