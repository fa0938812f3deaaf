package frame

// NTLM messages ([MS-NLMP], 2.2.1): how a Windows user proves an identity; the names of
// user, domain and machine are in the clear.

const ntlmFlags = 0xe288_8215

func ntlm(kind uint32) []byte { return le32([]byte("NTLMSSP\x00"), kind) }

func ntlmVersion(b []byte) []byte { return append(b, 10, 0, 0x63, 0x45, 0, 0, 0, 15) }

func ntlmField(b []byte, length, offset int) []byte {
	return le32(le16(le16(b, uint16(length)), uint16(length)), uint32(offset))
}

// NTLMNegotiate opens the exchange.
func NTLMNegotiate() []byte {
	b := le32(ntlm(1), ntlmFlags)
	return ntlmVersion(ntlmField(ntlmField(b, 0, 0), 0, 0))
}

func targetInfo(domain, server string) []byte {
	pair := func(b []byte, id uint16, s string) []byte {
		return utf16(le16(le16(b, id), uint16(2*len(s))), s)
	}
	return le32(pair(pair(nil, 2, domain), 1, server), 0)
}

// NTLMChallenge is the server's answer.
func NTLMChallenge(domain, server string, r Random) []byte {
	info := targetInfo(domain, server)
	b := ntlmField(ntlm(2), 2*len(domain), 56)
	b = random(le32(b, ntlmFlags), 8, r)
	b = ntlmField(zeros(b, 8), len(info), 56+2*len(domain))
	return append(utf16(ntlmVersion(b), domain), info...)
}

// NTLMAuthenticate proves who the user is.
func NTLMAuthenticate(domain, user, machine, server string, now int64, r Random) []byte {
	response := random(nil, 16, r)
	response = le64(le32(append(response, 1, 1, 0, 0), 0), fileTime(now))
	response = zeros(random(response, 8, r), 4)
	response = zeros(append(response, targetInfo(domain, server)...), 4)
	const head = 72
	names := 2 * (len(domain) + len(user) + len(machine))
	lm := head + names
	b := ntlmField(ntlm(3), 24, lm)
	b = ntlmField(b, len(response), lm+24)
	b = ntlmField(b, 2*len(domain), head)
	b = ntlmField(b, 2*len(user), head+2*len(domain))
	b = ntlmField(b, 2*len(machine), head+2*len(domain)+2*len(user))
	b = ntlmField(b, 16, lm+24+len(response))
	b = ntlmVersion(le32(b, ntlmFlags))
	b = utf16(utf16(utf16(b, domain), user), machine)
	b = append(zeros(b, 24), response...)
	return random(b, 16, r)
}
