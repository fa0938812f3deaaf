package smb

import (
	"testing"

	"github.com/davylamp/davy/protocol/ntlm"
	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol, &ntlm.Protocol) }

func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol, &ntlm.Protocol) }
