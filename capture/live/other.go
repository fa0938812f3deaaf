//go:build !linux

package live

import (
	"errors"

	"github.com/davylamp/davy/capture"
)

var errLinux = errors.New("live capture needs Linux")

// Live captures from interfaces; it is there on Linux alone.
type Live struct{}

// Open says that there is no live capture here.
func Open(Config) (*Live, error) { return nil, errLinux }

// DropCapabilities says that there are none to drop.
func DropCapabilities() error { return errLinux }

// Fill, and what else a source has, are never reached.
func (*Live) Fill(*capture.Batch) error   { return errLinux }
func (*Live) Continue([]string)           {}
func (*Live) Interfaces() []string        { return nil }
func (*Live) InterfaceName(uint16) string { return "" }
func (*Live) Stats() []InterfaceStats     { return nil }
func (*Live) Dropped() uint64             { return 0 }
func (*Live) Stop()                       {}
func (*Live) Close() error                { return nil }
