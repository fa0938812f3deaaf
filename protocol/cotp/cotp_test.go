package cotp

import (
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T)     { protocoltest.Run(t, &Protocol) }
func FuzzCOTP(f *testing.F) { protocoltest.Fuzz(f, &Protocol) }
