package http

import (
	"testing"

	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/protocol/ntlm"
	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol, &ntlm.Protocol) }

func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol, &ntlm.Protocol) }

// TestProbe holds that protocols with lines like HTTP's are left alone.
func TestProbe(t *testing.T) {
	for line, want := range map[string]bool{
		"GET / HTTP/1.1\r\n":                         true,
		"GET /a b HTTP/1.0\n":                        true,
		"POST /long/path/that/does/not/end/yet":      true,
		"RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\r\n": true,
		"HTTP/1.1 200 OK\r\n":                        true,
		"OPTIONS rtsp://192.0.2.1/a RTSP/1.0\r\n":    false,
		"OPTIONS rtsp://192.0.2.1/a":                 false,
		"INVITE sip:a@example.com SIP/2.0\r\n":       false,
		"GET something\r\n":                          false,
		"HTTP/1.1 999 no\r\n":                        false,
		"EHLO example.com\r\n":                       false,
		"USER operator\r\n":                          false,
	} {
		g := probe(&protocol.Peek{Layer: protocol.TCP, Bytes: []byte(line)})
		if got := g.Confidence >= protocol.Likely; got != want {
			t.Errorf("%q: %v", line, g)
		}
	}
}
