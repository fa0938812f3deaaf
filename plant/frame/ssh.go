package frame

// SSH transport: banners, key exchange and what is seen of the rest (RFC 4253, 4 to 8;
// RFC 8731 for curve25519).

// SSHBanner appends an identification string.
func SSHBanner(b []byte, software string) []byte {
	return append(append(append(b, "SSH-2.0-"...), software...), "\r\n"...)
}

// sshPacket appends an unencrypted packet, padded to eight bytes.
func sshPacket(b []byte, payload []byte) []byte {
	pad := 8 - (5+len(payload))%8
	if pad < 4 {
		pad += 8
	}
	b = append(be32(b, uint32(1+len(payload)+pad)), byte(pad))
	return zeros(append(b, payload...), pad)
}

func sshString(b []byte, s string) []byte { return append(be32(b, uint32(len(s))), s...) }

// SSHKeyInit appends the algorithms that a side offers.
func SSHKeyInit(b []byte, r Random) []byte {
	p := random([]byte{20}, 16, r)
	const ciphers = "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes256-gcm@openssh.com"
	const macs = "umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256"
	for _, list := range [...]string{"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256",
		"ssh-ed25519,rsa-sha2-512,rsa-sha2-256", ciphers, ciphers, macs, macs, "none,zlib@openssh.com",
		"none,zlib@openssh.com", "", ""} {
		p = sshString(p, list)
	}
	return sshPacket(b, be32(append(p, 0), 0))
}

// SSHExchange appends the client's half of the key exchange.
func SSHExchange(b []byte, r Random) []byte {
	return sshPacket(b, random(be32([]byte{30}, 32), 32, r))
}

// SSHExchanged appends the server's half (host key, its part, signature) and its new-keys.
func SSHExchanged(b []byte, r Random) []byte {
	key := random(be32(sshString(nil, "ssh-ed25519"), 32), 32, r)
	sig := random(be32(sshString(nil, "ssh-ed25519"), 64), 64, r)
	p := sshString([]byte{31}, string(key))
	p = random(be32(p, 32), 32, r)
	return SSHNewKeys(sshPacket(b, sshString(p, string(sig))))
}

// SSHNewKeys appends the message that ends the exchange.
func SSHNewKeys(b []byte) []byte { return sshPacket(b, []byte{21}) }

// SSHData appends n bytes of an encrypted packet; its length is hidden too.
func SSHData(b []byte, n int, r Random) []byte { return random(b, n, r) }
