package modbus

import (
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

// BenchmarkCyclic is what a plant does all day: a client reads ten registers.
func BenchmarkCyclic(b *testing.B) {
	c := &protocoltest.Conversation{Layer: "tcp", Packets: []protocoltest.Packet{
		{FromClient: true, Bytes: []byte{0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10}},
		{Bytes: append([]byte{0, 1, 0, 0, 0, 23, 1, 3, 20}, make([]byte, 20)...)},
	}}
	c.Client.Port, c.Server.Port = 50000, 502
	p := protocoltest.NewPlayer(c, &Protocol)
	p.Out.Mute = true
	b.ReportAllocs()
	for b.Loop() {
		p.Play()
	}
}
