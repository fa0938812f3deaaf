package frame

// TLS 1.3 as it looks from outside (RFC 8446, 4.1 and 5): the hellos are in the clear, the
// rest is application data.

// Random fills b with what a cipher or a key exchange would put there.
type Random interface{ Fill(b []byte) }

func random(b []byte, n int, r Random) []byte {
	start := len(b)
	b = zeros(b, n)
	r.Fill(b[start:])
	return b
}

func tlsRecord(b []byte, kind uint8, version uint16, body []byte) []byte {
	return append(be16(be16(append(b, kind), version), uint16(len(body))), body...)
}

func extension(b []byte, kind uint16, data []byte) []byte {
	return append(be16(be16(b, kind), uint16(len(data))), data...)
}

func hello(kind uint8, suites []byte, extensions []byte, r Random) []byte {
	body := random(be16(nil, 0x0303), 32, r)
	body = random(append(body, 32), 32, r)
	body = append(append(body, suites...), 0)
	body = append(be16(body, uint16(len(extensions))), extensions...)
	return append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

// TLSClientHello asks for the named server; protocols are offered by ALPN, and may be "".
func TLSClientHello(b []byte, server, alpn string, r Random) []byte {
	var e []byte
	if server != "" {
		name := append(be16([]byte{0}, uint16(len(server))), server...)
		e = extension(e, 0, append(be16(nil, uint16(len(name))), name...))
	}
	e = extension(e, 10, be16(be16(be16(be16(nil, 6), 0x1d), 0x17), 0x18))
	e = extension(e, 11, []byte{1, 0})
	e = extension(e, 13, be16(be16(be16(be16(be16(nil, 8), 0x0403), 0x0804), 0x0401), 0x0503))
	if alpn != "" {
		e = extension(e, 16, append(append(be16(nil, uint16(1+len(alpn))), byte(len(alpn))), alpn...))
	}
	e = extension(e, 23, nil)
	e = extension(e, 43, append([]byte{4}, be16(be16(nil, 0x0304), 0x0303)...))
	e = extension(e, 45, []byte{1, 1})
	e = extension(e, 51, random(be16(be16(be16(nil, 36), 0x1d), 32), 32, r))
	suites := be16(nil, 10)
	for _, s := range [...]uint16{0x1302, 0x1303, 0x1301, 0xc02f, 0xc030} {
		suites = be16(suites, s)
	}
	return tlsRecord(b, 22, 0x0301, hello(1, append(suites, 1), e, r))
}

// TLSServerHello answers, with the rest of the server's flight encrypted: n bytes.
func TLSServerHello(b []byte, n int, r Random) []byte {
	e := extension(nil, 43, be16(nil, 0x0304))
	e = extension(e, 51, random(be16(be16(nil, 0x1d), 32), 32, r))
	b = tlsRecord(b, 22, 0x0303, hello(2, be16(nil, 0x1302), e, r))
	b = tlsRecord(b, 20, 0x0303, []byte{1})
	return TLSData(b, n, r)
}

// TLSFinish ends the client's part of the handshake.
func TLSFinish(b []byte, r Random) []byte {
	return TLSData(tlsRecord(b, 20, 0x0303, []byte{1}), 53, r)
}

// TLSData appends a record of n encrypted bytes.
func TLSData(b []byte, n int, r Random) []byte {
	return random(be16(be16(append(b, 23), 0x0303), uint16(n)), n, r)
}
