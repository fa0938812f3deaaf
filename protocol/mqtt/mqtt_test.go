package mqtt

import (
	"bytes"
	"testing"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol) }

func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol) }

// TestLong holds that a publication longer than is waited for is told once, by its topic
// and the beginning of its payload, and that what follows it is read again.
func TestLong(t *testing.T) {
	payload := bytes.Repeat([]byte("z"), 200_000)
	length := 2 + 3 + len(payload)
	b := append([]byte{publish << 4, byte(length&127) | 128, byte(length>>7&127) | 128, byte(length >> 14), 0, 3, 'b', 'i', 'g'}, payload...)
	b = append(b, pingRequest<<4, 0)
	conv := &protocoltest.Conversation{Layer: protocol.TCP,
		Client:  davy.Endpoint{Addr: davy.AddrOf4(0xc0000201, 0), Port: 50000},
		Server:  davy.Endpoint{Addr: davy.AddrOf4(0xc0000202, 0), Port: 1883},
		Packets: []protocoltest.Packet{{FromClient: true}}}
	p := protocoltest.NewPlayer(conv, &Protocol)
	for len(b) > 0 {
		n := min(len(b), 1460)
		p.Feed(0, b[:n])
		b = b[n:]
	}
	rows := p.Out.Rows.String()
	if n := bytes.Count([]byte(rows), []byte("topic big")); n != 1 {
		t.Errorf("the long publication is told %d times", n)
	}
	if !bytes.Contains([]byte(rows), []byte(`"op":"ping"`)) {
		t.Error("what follows the long publication is not read")
	}
}
