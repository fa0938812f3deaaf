package davy

import (
	"strconv"
	"time"
)

// AppendTime appends t (ns since the epoch) as RFC 3339 in UTC with nine decimals.
func AppendTime(dst []byte, t int64) []byte {
	at := time.Unix(0, t).UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	dst = append(appendDigits(dst, year, 4), '-')
	dst = append(appendDigits(dst, int(month), 2), '-')
	dst = append(appendDigits(dst, day, 2), 'T')
	dst = append(appendDigits(dst, hour, 2), ':')
	dst = append(appendDigits(dst, minute, 2), ':')
	dst = append(appendDigits(dst, second, 2), '.')
	return append(appendDigits(dst, at.Nanosecond(), 9), 'Z')
}

// appendDigits appends n with so many digits.
func appendDigits(dst []byte, n, digits int) []byte {
	var room [9]byte
	for i := digits - 1; i >= 0; i-- {
		room[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, room[:digits]...)
}

// AppendOp appends the operation's name, or its number where the protocol has no name for it.
func (m *Message) AppendOp(dst []byte) []byte {
	switch {
	case m.Op != "":
		return append(dst, m.Op...)
	case m.Code != 0:
		return strconv.AppendUint(append(dst, "code 0x"...), uint64(m.Code), 16)
	}
	return dst
}

// OpText is what AppendOp appends.
func (m *Message) OpText() string {
	if m.Op != "" {
		return m.Op
	}
	return string(m.AppendOp(nil))
}

// AppendObject appends the device behind the address and the object, such as
// "unit 1 holding register 0..9".
func (m *Message) AppendObject(dst []byte) []byte {
	start := len(dst)
	dst = m.Path.Append(dst)
	if m.Object.Space != nil && len(dst) > start {
		dst = append(dst, ' ')
	}
	return m.Object.Append(dst)
}

// Append appends the result as text: "ok", or the name and number of what went wrong.
func (r *Result) Append(dst []byte) []byte {
	switch {
	case !r.Told:
		return dst
	case r.Name != "":
		dst = append(dst, r.Name...)
	case r.Failed:
		dst = append(dst, "failed"...)
	default:
		dst = append(dst, "ok"...)
	}
	if r.Code != 0 {
		dst = append(strconv.AppendUint(append(dst, " (0x"...), uint64(r.Code), 16), ')')
	}
	if len(r.Detail) > 0 {
		dst = AppendClean(append(dst, ": "...), r.Detail)
	}
	return dst
}

// AppendHead appends the part of the message's row that says where it stood; file is
// empty where there is none to name.
func (m *Message) AppendHead(dst []byte, file string) []byte {
	dst = AppendTime(append(dst, `{"time":"`...), m.Origin.Stamp)
	dst = append(dst, '"')
	if file != "" {
		dst = append(dst, `,"file":`...)
		dst = AppendJSONString(dst, []byte(file))
	}
	return strconv.AppendUint(append(dst, `,"frame":`...), uint64(m.Origin.Frame), 10)
}

// AppendBody appends the rest of the row, from the protocol to the closing brace.
func (m *Message) AppendBody(dst []byte) []byte {
	dst = append(dst, `,"protocol":"`...)
	dst = append(dst, m.Protocol...)
	dst = m.Client.Append(append(dst, `","client":"`...))
	dst = m.Server.Append(append(dst, `","server":"`...))
	dst = append(dst, '"')
	if m.Reply {
		dst = append(dst, `,"reply":true`...)
	}
	if m.Verb != NoVerb {
		dst = append(append(append(dst, `,"verb":"`...), m.Verb.String()...), '"')
	}
	if m.Op != "" || m.Code != 0 {
		dst = append(m.AppendOp(append(dst, `,"op":"`...)), '"')
	}
	if m.Object.Space != nil || m.Path.Kind != nil {
		dst = appendQuoted(append(dst, `,"object":`...), m.AppendObject)
	}
	if m.Value.Kind != NoValue {
		dst = m.Value.AppendJSON(append(dst, `,"value":`...))
	}
	if m.Result.Told {
		dst = appendQuoted(append(dst, `,"result":`...), m.Result.Append)
	}
	if m.Defect != "" {
		dst = append(append(append(dst, `,"defect":"`...), m.Defect...), '"')
	}
	if m.Duplicate {
		dst = append(dst, `,"duplicate":true`...)
	}
	return append(dst, '}')
}

// appendQuoted appends what text appends as a JSON string; text yields printable UTF-8.
func appendQuoted(dst []byte, text func([]byte) []byte) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = text(dst)
	for i := start; i < len(dst); i++ {
		if c := dst[i]; c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x7f {
			tail := append([]byte(nil), dst[start:]...)
			return AppendJSONString(dst[:start-1], tail)
		}
	}
	return append(dst, '"')
}
