package opcua

import (
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol) }

func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol) }
