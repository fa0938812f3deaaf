package enip

import (
	"testing"

	"github.com/davylamp/davy/protocol/protocoltest"
)

func TestConversations(t *testing.T) { protocoltest.Run(t, &Protocol) }
func FuzzDissect(f *testing.F)       { protocoltest.Fuzz(f, &Protocol) }
