package frame

import "github.com/davylamp/davy"

// PROFINET DCP and cyclic real-time frames (IEC 61158-6-10, 4.3 and 4.7).

// DCPGroup is where stations are sought and announce themselves.
const DCPGroup davy.MAC = 0x010e_cf00_0000

// Frame identifiers.
const (
	dcpHello    uint16 = 0xfefc
	dcpGetSet   uint16 = 0xfefd
	dcpRequest  uint16 = 0xfefe
	dcpResponse uint16 = 0xfeff
)

// Station is what a PROFINET station tells of itself.
type Station struct {
	Name           string
	Vendor         string // type of station
	VendorID       uint16
	DeviceID       uint16
	Role           uint8 // 1 device, 2 controller
	IP, Mask, Gate uint32
}

// dcp appends a DCP frame's head; call put16(b, at, length) when the blocks are written.
func dcp(b []byte, frameID uint16, service, kind uint8, xid uint32, delay uint16) ([]byte, int) {
	b = append(be16(b, frameID), service, kind)
	b = be16(be32(b, xid), delay)
	return be16(b, 0), len(b)
}

func dcpBlock(b []byte, option, sub uint8, info uint16, data []byte) []byte {
	b = be16(append(b, option, sub), uint16(2+len(data)))
	b = append(be16(b, info), data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func finishDCP(b []byte, at int) []byte {
	put16(b, at, len(b)-at-2)
	return b
}

// DCPIdentifyAll asks every station who it is.
func DCPIdentifyAll(b []byte, xid uint32) []byte {
	b, at := dcp(b, dcpRequest, 5, 0, xid, 0x80)
	return finishDCP(append(b, 0xff, 0xff, 0, 0), at)
}

// DCPIdentifyName asks for the station of that name.
func DCPIdentifyName(b []byte, xid uint32, name string) []byte {
	b, at := dcp(b, dcpRequest, 5, 0, xid, 1)
	b = append(be16(append(b, 2, 2), uint16(len(name))), name...)
	if len(name)%2 == 1 {
		b = append(b, 0)
	}
	return finishDCP(b, at)
}

func (s Station) ip() []byte { return be32(be32(be32(nil, s.IP), s.Mask), s.Gate) }

// DCPIdentity answers an identify request.
func DCPIdentity(b []byte, xid uint32, s Station) []byte {
	b, at := dcp(b, dcpResponse, 5, 1, xid, 0)
	b = dcpBlock(b, 2, 5, 0, []byte{1, 2, 2, 1, 2, 2, 2, 3, 2, 4, 2, 5, 5, 1, 5, 2, 5, 3, 5, 4})
	b = dcpBlock(b, 2, 1, 0, []byte(s.Vendor))
	b = dcpBlock(b, 2, 2, 0, []byte(s.Name))
	b = dcpBlock(b, 2, 3, 0, be16(be16(nil, s.VendorID), s.DeviceID))
	b = dcpBlock(b, 2, 4, 0, []byte{s.Role, 0})
	return finishDCP(dcpBlock(b, 1, 2, 1, s.ip()), at)
}

// DCPHello announces a station after power-up.
func DCPHello(b []byte, xid uint32, s Station) []byte {
	b, at := dcp(b, dcpHello, 6, 0, xid, 0)
	b = dcpBlock(b, 2, 2, 0, []byte(s.Name))
	b = dcpBlock(b, 1, 2, 1, s.ip())
	b = dcpBlock(b, 2, 3, 0, be16(be16(nil, s.VendorID), s.DeviceID))
	return finishDCP(dcpBlock(b, 6, 1, 0, []byte{0, 2}), at)
}

// DCPSetIP gives a station its address for the time being, DCPSetDone answers.
func DCPSetIP(b []byte, xid uint32, s Station) []byte {
	b, at := dcp(b, dcpGetSet, 4, 0, xid, 0)
	return finishDCP(dcpBlock(b, 1, 2, 0, s.ip()), at)
}

func DCPSetDone(b []byte, xid uint32) []byte {
	b, at := dcp(b, dcpGetSet, 4, 1, xid, 0)
	b = be16(append(b, 5, 4), 3)
	return finishDCP(append(b, 1, 2, 0, 0), at)
}

// RealTime appends a cyclic frame of class 1: data, the counter in steps of 31.25 µs and the
// status "primary, valid, running, no problem".
func RealTime(b []byte, frameID uint16, data []byte, counter uint16) []byte {
	b = append(be16(b, frameID), data...)
	for n := len(data); n < 40; n++ {
		b = append(b, 0)
	}
	return append(be16(b, counter), 0x35, 0)
}
