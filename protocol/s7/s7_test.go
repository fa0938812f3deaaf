package s7

import (
	"testing"

	"github.com/davylamp/davy/protocol/cotp"
	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T)   { protocoltest.Run(t, &Protocol, &cotp.Protocol) }
func FuzzS7(f *testing.F) { protocoltest.Fuzz(f, &Protocol, &cotp.Protocol) }
