package modbus

import "github.com/davylamp/davy/protocol"

// probe judges by the MBAP header and by whether the PDU has the form of its function. A
// header alone (protocol identifier 0 and a length that can be) counts on port 502 only.
func probe(p *protocol.Peek) protocol.Guess {
	b := p.Bytes
	if len(b) < headerLen+1 || b[2] != 0 || b[3] != 0 {
		return protocol.Guess{}
	}
	n := length(b)
	if n < 2 || n > maxCarried || n > maxLength && table[b[headerLen]&^exception].kind == unknown {
		return protocol.Guess{}
	}
	guess := protocol.Guess{Confidence: protocol.Possible}
	if 6+n > len(b) {
		if p.Layer != protocol.TCP {
			return protocol.Guess{}
		}
		return guess
	}
	asks, answers := forms(b[headerLen], b[headerLen+1:6+n])
	switch {
	case asks && !answers:
		guess.From = protocol.FromClient
	case answers && !asks:
		guess.From = protocol.FromServer
	case !asks:
		if p.Layer != protocol.TCP {
			return protocol.Guess{}
		}
		return guess
	}
	// What follows in the segment is another ADU, or begins one.
	switch next := b[6+n:]; {
	case len(next) >= 6:
		if next[2] != 0 || next[3] != 0 || length(next) < 2 || length(next) > maxCarried {
			return guess
		}
	case len(next) > 0 && p.Layer != protocol.TCP:
		return protocol.Guess{}
	}
	guess.Confidence = protocol.Likely + 15
	return guess
}

// forms says whether a PDU (without its function code) has the form of a request and of a
// reply of that function.
func forms(code uint8, pdu []byte) (asks, answers bool) {
	n := len(pdu)
	if code&exception != 0 {
		return false, n == 1 && pdu[0] > 0 && pdu[0] <= 11 && table[code&^exception].kind != unknown
	}
	f := &table[code]
	switch f.kind {
	case readBits, readWords:
		quantity := 0
		if n == 4 {
			quantity = int(pdu[2])<<8 | int(pdu[3])
		}
		asks = quantity > 0 && quantity <= int(f.limit)
		answers = n > 1 && int(pdu[0]) == n-1 && (f.kind == readBits || n&1 == 1)
	case writeBit:
		asks = n == 4 && pdu[3] == 0 && (pdu[2] == 0 || pdu[2] == 0xff)
		answers = asks
	case writeWord:
		asks, answers = n == 4, n == 4
	case writeBits, writeWords:
		asks = n > 5 && int(pdu[4]) == n-5
		answers = n == 4 && int(pdu[2])<<8|int(pdu[3]) <= int(f.limit)
	case maskWord:
		asks, answers = n == 6, n == 6
	case readWrite:
		asks = n > 9 && int(pdu[8]) == n-9
		answers = n > 1 && int(pdu[0]) == n-1 && n&1 == 1
	case readQueue:
		asks = n == 2
		answers = n >= 4 && int(pdu[0])<<8|int(pdu[1]) == n-2
	case readFile:
		asks = n > subLen && int(pdu[0]) == n-1 && (n-1)%subLen == 0 && pdu[1] == 6
		answers = n > 2 && int(pdu[0]) == n-1 && pdu[2] == 6
	case writeFile:
		asks = n > subLen && int(pdu[0]) == n-1 && pdu[1] == 6
		answers = asks
	case diagnose:
		asks = n >= 4 && n&1 == 0 && int(pdu[0]) == 0 && int(pdu[1]) < len(diagnostics)
		answers = asks
	case status, counters, events, serverID:
		asks = n == 0
		answers = f.kind == status && n == 1 || f.kind == counters && n == 4 || n > 2 && int(pdu[0]) == n-1
	case encapsulate:
		asks = n == 3 && pdu[0] == meiIdentity && pdu[1] > 0 && pdu[1] <= 4
		answers = n >= 6 && pdu[0] == meiIdentity && pdu[1] > 0 && pdu[1] <= 4 && pdu[5] > 0
	case carried:
		// Schneider's own: a session key, a function, and in replies 0xFE or 0xFD for it.
		asks = n >= 2 && pdu[1] < 0x90
		answers = n >= 2 && pdu[1] >= 0xfd
	}
	return asks, answers
}
