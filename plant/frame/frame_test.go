package frame

import (
	"bytes"
	"encoding/hex"
	"testing"
)

type fixed struct{}

func (fixed) Fill(b []byte) {
	for i := range b {
		b[i] = 0x5a
	}
}

// TestAfterTheBook: messages that the specifications themselves print, or that their clauses
// fix byte by byte.
func TestAfterTheBook(t *testing.T) {
	for _, c := range []struct {
		source string
		got    []byte
		want   string
	}{
		{"Modbus V1.1b3, 6.3: read registers 108 to 110", ModbusRead(nil, 1, 17, ReadHolding, 0x6b, 3), "0001 0000 0006 11 03 006b 0003"},
		{"Modbus V1.1b3, 6.3: the answer", ModbusWords(nil, 1, 17, ReadHolding, []uint16{0x022b, 0, 0x64}), "0001 0000 0009 11 03 06 022b 0000 0064"},
		{"Modbus V1.1b3, 6.6: write register 2 to 3", ModbusWriteOne(nil, 2, 1, WriteRegister, 1, 3), "0002 0000 0006 01 06 0001 0003"},
		{"Modbus V1.1b3, 6.12: write registers 2 and 3", ModbusWrite(nil, 3, 1, 1, []uint16{10, 0x0102}), "0003 0000 000b 01 10 0001 0002 04 000a 0102"},
		{"Modbus V1.1b3, 6.12: the answer", ModbusWritten(nil, 3, 1, 1, 2), "0003 0000 0006 01 10 0001 0002"},
		{"Modbus V1.1b3, 6.17: read 4 to 9, write 15 to 17", ModbusReadWrite(nil, 4, 1, 3, 6, 14, []uint16{255, 255, 255}), "0004 0000 0011 01 17 0003 0006 000e 0003 06 00ff 00ff 00ff"},
		{"Modbus V1.1b3, 6.1 example: coils as bits", ModbusBits(nil, 5, 1, ReadCoils, 0x6bcd, 16), "0005 0000 0005 01 01 02 cd 6b"},
		{"Modbus V1.1b3, 7: exception 2 to function 1", ModbusException(nil, 6, 10, ReadCoils, 2), "0006 0000 0003 0a 81 02"},
		{"Modbus V1.1b3, 6.21: basic identification", ModbusIdentify(nil, 7, 1), "0007 0000 0005 01 2b 0e 01 00"},
		{"RFC 1006, 6 and ISO 8073, 13.3: connection request", CotpConnect(nil, false, 0x0100, 0x0102), "0300 0016 11 e0 0000 0001 00 c0010a c1020100 c2020102"},
		{"volume 2, 2-4.4: RegisterSession", EnipRegister(nil, 0, 0), "6500 0400 00000000 00000000 0000000000000000 00000000 0100 0000"},
		{"1756-PM020, chapter 1: read tag rate", CipRead(nil, Tag{Name: "rate", Type: CipDint}), "4c 03 91 04 72617465 0100"},
		{"1756-PM020, chapter 1: write 14 to tag CartonSize", CipWrite(nil, Tag{Name: "CartonSize", Type: CipDint, Bits: 14}), "4d 06 91 0a 436172746f6e53697a65 c400 0100 0e000000"},
		{"volume 1, 5A-2: Get_Attributes_All of the identity", CipIdentify(nil), "01 02 20 01 24 01"},
		{"RFC 826: request", ARP(nil, ARPRequest, 0x020000000001, 0x0a000001, 0, 0x0a000002), "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"},
		{"RFC 1035, 4.1: query", DNSQuery(nil, 0xabcd, "a.bc"), "abcd 0100 0001 0000 0000 0000 01 61 02 6263 00 0001 0001"},
		{"MQTT 3.1.1, 3.2", MQTTAccepted(nil), "20 02 00 00"},
		{"MQTT 3.1.1, 3.3: the example topic a/b", MQTTPublish(nil, 10, "a/b", ""), "32 07 0003 612f62 000a"},
		{"RFC 4253, 4.2", SSHBanner(nil, "x_1"), hex.EncodeToString([]byte("SSH-2.0-x_1\r\n"))},
		{"RFC 4253, 6 and 7.3: new keys", SSHNewKeys(nil), "0000000c 0a 15 00000000000000000000"},
		{"RFC 8446, 5.2: application data", TLSData(nil, 3, fixed{}), "17 0303 0003 5a5a5a"},
		{"IEC 61158-6-10, 4.3: identify all", DCPIdentifyAll(nil, 0x01020304), "fefe 05 00 01020304 0080 0004 ffff 0000"},
		{"OPC 10000-6, 7.1.2.3: hello", UAHello("opc.tcp://h"), "48454c46 2b000000 00000000 00000100 00000100 00000000 00000000 0b000000 6f70632e7463703a2f2f68"},
	} {
		want, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(c.want), []byte(" "), nil)))
		if err != nil {
			t.Fatal(c.source, err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s:\n got %x\nwant %x", c.source, c.got, want)
		}
	}
}

// TestLengthsAgree: what counts its own length counts right.
func TestLengthsAgree(t *testing.T) {
	block := S7Block{Kind: 'C', Number: 21, Code: make([]byte, 333), Days: 15_000}
	for name, m := range map[string][]byte{
		"read":    S7ReadJob(nil, 1, []S7Item{{1, 2, 3}, {4, 5, 6}}),
		"answer":  S7ReadReply(nil, 1, [][]byte{{1, 2, 3}, {4}}),
		"write":   S7WriteJob(nil, 1, []S7Item{{1, 2, 3}}, [][]byte{{1, 2, 3}}),
		"request": S7RequestDownload(nil, 1, block),
		"insert":  S7Insert(nil, 1, block),
		"stop":    S7StopProgram(nil, 1),
	} {
		if n := int(m[2])<<8 | int(m[3]); n != len(m) {
			t.Errorf("S7 %s: TPKT says %d of %d bytes", name, n, len(m))
		}
		head := 10
		if m[8] == 3 {
			head = 12
		}
		if n := 7 + head + int(m[13])<<8 + int(m[14]) + int(m[15])<<8 + int(m[16]); n != len(m) {
			t.Errorf("S7 %s: header says %d of %d bytes", name, n, len(m))
		}
	}
	if b := block.Bytes(); len(b) != int(b[8])<<24|int(b[9])<<16|int(b[10])<<8|int(b[11]) {
		t.Errorf("block says %x of %d bytes", b[8:12], len(b))
	}
	long := MQTTPublish(nil, 1, "t", string(make([]byte, 300)))
	if n := int(long[1]&0x7f) | int(long[2])<<7; n != len(long)-3 {
		t.Errorf("MQTT says %d of %d bytes", n, len(long)-3)
	}
	for _, n := range []int{0, 45, 46, 60} {
		if got := len(Pad(make([]byte, n), 0)); got != max(n, 60) {
			t.Errorf("%d bytes padded to %d", n, got)
		}
	}
}

// TestChecksums: RFC 1071, 3 has the example; a hop keeps the header's checksum right.
func TestChecksums(t *testing.T) {
	if s := sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); s != 0xddf2 {
		t.Errorf("sum %04x, want ddf2", s)
	}
	p := UDP(nil, IP{Src: 0x0a000001, Dst: 0x0a000002, TTL: 64, ID: 7}, 1, 2, []byte("odd"))
	Hop(p)
	if p[8] != 63 || sum(0, p[:20]) != 0xffff {
		t.Errorf("after a hop: %x", p[:20])
	}
}
