package app

import (
	"bytes"
	"strconv"

	"github.com/davylamp/davy"
)

// Findings and links with their operations may be many: their lines are made by hand, of the
// same fields in the same order as davy.FindingRow and davy.LinkRow have them.

// object writes one JSON object, field after field; empty fields are left out by those who
// call.
type object struct {
	b    []byte
	more bool
}

func (o *object) key(name string) {
	if o.more {
		o.b = append(o.b, ',')
	}
	o.more = true
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) text(name, value string) {
	o.key(name)
	o.b = appendText(o.b, value)
}

// some is a text that is left out when it is empty.
func (o *object) some(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) number(name string, n uint64) {
	o.key(name)
	o.b = strconv.AppendUint(o.b, n, 10)
}

func (o *object) time(name string, t int64) {
	if t == 0 {
		o.text(name, "")
		return
	}
	o.key(name)
	o.b = append(davy.AppendTime(append(o.b, '"'), t), '"')
}

func (o *object) addr(name string, a davy.Addr) {
	o.key(name)
	o.b = append(a.Append(append(o.b, '"')), '"')
}

// span is ns as seconds, rounded as seconds does and left out when there are none.
func (o *object) span(name string, ns int64) {
	us := (ns + 500) / 1000
	if us <= 0 {
		return
	}
	o.key(name)
	o.b = strconv.AppendInt(o.b, us/1e6, 10)
	if us %= 1e6; us > 0 {
		o.b = strconv.AppendInt(o.b, 1e6+us, 10) // of which the 1 becomes the point
		o.b[len(o.b)-7] = '.'
		o.b = bytes.TrimRight(o.b, "0")
	}
}

func (o *object) texts(name string, list []string) {
	o.key(name)
	o.b = append(o.b, '[')
	for i, s := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = appendText(o.b, s)
	}
	o.b = append(o.b, ']')
}

// appendText appends a string as JSON.
func appendText(dst []byte, s string) []byte {
	if !plainText(s) {
		return davy.AppendJSONString(dst, []byte(s))
	}
	return append(append(append(dst, '"'), s...), '"')
}

// plainText reports whether a text stands for itself within quotes.
func plainText[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func appendFinding(dst []byte, f *davy.Finding, file string) []byte {
	o := object{b: append(dst, '{')}
	o.text("id", f.ID)
	o.text("detector", f.Detector)
	o.text("title", f.Title)
	o.text("severity", f.Severity.String())
	o.time("time", f.Origin.Stamp)
	if f.Last != f.Time && f.Last != 0 {
		o.time("last", f.Last)
	}
	o.text("file", file)
	o.key("frames")
	o.b = strconv.AppendUint(append(o.b, '['), uint64(f.Origin.Frame), 10)
	o.b = append(strconv.AppendUint(append(o.b, ','), uint64(f.LastFrame), 10), ']')
	o.number("count", f.Count)
	o.key("entities")
	o.b = append(o.b, '[')
	for i, a := range f.Entities {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(a.Append(append(o.b, '"')), '"')
	}
	o.b = append(o.b, ']')
	if f.Path.Kind != nil {
		o.key("path")
		from := len(o.b)
		if o.b = f.Path.Append(append(o.b, '"')); !plainText(o.b[from+1:]) {
			o.b = davy.AppendJSONString(o.b[:from], []byte(f.Path.String()))
		} else {
			o.b = append(o.b, '"')
		}
	}
	o.some("protocol", f.Protocol)
	o.some("verb", f.Verb.String())
	if len(f.Attack) > 0 {
		o.texts("attack", f.Attack)
	}
	o.text("expected", f.Expected)
	o.text("seen", f.Seen)
	o.some("window", f.Window)
	return append(o.b, '}', '\n')
}

func appendLink(dst []byte, l *davy.Link) []byte {
	o := object{b: append(dst, '{')}
	o.text("id", l.ID)
	o.addr("client", l.Client)
	o.addr("server", l.Server)
	if l.Client.Scope != 0 {
		o.text("scope", l.Client.Scope.String())
	}
	if l.Port != 0 {
		o.number("port", uint64(l.Port))
	}
	o.text("transport", l.Transport)
	o.some("protocol", l.Protocol)
	o.time("first_seen", l.First)
	o.time("last_seen", l.Last)
	o.number("messages", l.Messages)
	o.number("requests", l.Requests)
	if l.Failures > 0 {
		o.number("failures", l.Failures)
	}
	o.number("packets", l.Packets)
	o.number("bytes", l.Bytes)
	if l.OneWay {
		o.key("one_way")
		o.b = append(o.b, "true"...)
	}
	if l.Encrypted {
		o.key("encrypted")
		o.b = append(o.b, "true"...)
	}
	if len(l.Operations) > 0 {
		o.key("operations")
		for i := range l.Operations {
			o.b = appendOperation(append(o.b, "[,"[min(i, 1)]), &l.Operations[i])
		}
		o.b = append(o.b, ']')
	}
	return append(o.b, '}', '\n')
}

func appendOperation(dst []byte, v *davy.Operation) []byte {
	o := object{b: append(dst, '{')}
	o.some("path", v.Path)
	o.some("verb", v.Verb.String())
	o.some("op", v.Op)
	o.some("object", v.Object)
	o.number("count", v.Count)
	o.span("cycle_s", v.Cycle)
	o.span("jitter_s", v.Jitter)
	o.span("response_s", v.Response)
	if v.Last != 0 {
		o.time("last", v.Last)
	}
	return append(o.b, '}')
}
