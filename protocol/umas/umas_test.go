package umas

import (
	"testing"

	"github.com/davylamp/davy/protocol/modbus"
	"github.com/davylamp/davy/protocol/protocoltest"
)

func Test(t *testing.T) { protocoltest.Run(t, &Protocol, &modbus.Protocol) }
func Fuzz(f *testing.F) { protocoltest.Fuzz(f, &Protocol, &modbus.Protocol) }
