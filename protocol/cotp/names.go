package cotp

import "github.com/davylamp/davy"

// selectors are transport selectors: the name holds the called TSAP and then the calling
// one, Index is the length of the first.
var selectors = davy.Space{Name: "TSAP", Text: selectorsText}

func selectorsText(dst []byte, o *davy.Object) []byte {
	n := min(int(o.Index), len(o.Name))
	dst = appendSelector(append(dst, "TSAP "...), o.Name[:n])
	if n < len(o.Name) {
		dst = appendSelector(append(dst, " from "...), o.Name[n:])
	}
	return dst
}

// appendSelector writes a TSAP as text where it is text, as pairs of hex digits with dots,
// the way controllers' tools show it, where it is not.
func appendSelector(dst, b []byte) []byte {
	if len(b) == 0 {
		return append(dst, '-')
	}
	text := len(b) > 2
	for _, c := range b {
		text = text && c >= 0x20 && c < 0x7f
	}
	if text {
		return append(dst, b...)
	}
	const hex = "0123456789abcdef"
	for i, c := range b {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = append(dst, hex[c>>4], hex[c&15])
	}
	return dst
}

const normalDisconnect = 128

// reasonName names the reason of a disconnect request (X.224 13.5.3 d).
func reasonName(reason uint32) string {
	switch reason {
	case 0:
		return "reason not specified"
	case 1:
		return "congestion at TSAP"
	case 2:
		return "session entity not attached to TSAP"
	case 3:
		return "address unknown"
	case normalDisconnect:
		return "normal disconnect"
	case 129:
		return "remote transport entity congestion"
	case 130:
		return "connection negotiation failed"
	case 131:
		return "duplicate source reference"
	case 132:
		return "mismatched references"
	case 133:
		return "protocol error"
	case 135:
		return "reference overflow"
	case 136:
		return "connection request refused"
	case 138:
		return "header or parameter length invalid"
	}
	return ""
}

// causeName names the reject cause of a TPDU error (X.224 13.12.3 c).
func causeName(cause uint32) string {
	switch cause {
	case 0:
		return "reason not specified"
	case 1:
		return "invalid parameter code"
	case 2:
		return "invalid TPDU type"
	case 3:
		return "invalid parameter value"
	}
	return ""
}
