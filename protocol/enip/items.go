package enip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// Items of the common packet format (CIP Vol. 2, table 2-6.10).
const (
	nullItem          = 0x0000
	identityItem      = 0x000c
	connectedAddress  = 0x00a1
	connectedData     = 0x00b1
	unconnectedData   = 0x00b2
	servicesItem      = 0x0100
	socketOT          = 0x8000
	socketTO          = 0x8001
	sequencedAddress  = 0x8002
	unconnectedDTLS   = 0x8003
	maxItems          = 64 // more than any list has; bounds what a hostile count can ask for
	sequenceCountSize = 2
)

// items are what a packet's list of items says that carries CIP.
type items struct {
	count      int
	connected  bool
	connection uint32
	data       []byte // of the first data item
	hasData    bool
	ot, to     socket
	other      uint16 // the first item of another type, 0 when there is none
	defect     davy.Defect
}

// socket is a socket address item (CIP Vol. 2, 2-6.3.3): as in C, but most significant byte
// first.
type socket struct {
	port uint16
	ip   uint32
	told bool
}

// readItems reads the list behind skip bytes.
func readItems(b []byte, skip int) (k items) {
	r := wire.NewReader(b)
	r.Skip(skip)
	k.count = int(r.U16LE())
	if r.Short() {
		k.defect = davy.Truncated
		return k
	}
	for i := 0; i < min(k.count, maxItems); i++ {
		id := r.U16LE()
		data := r.Bytes(int(r.U16LE()))
		if r.Short() {
			k.defect = davy.LengthMismatch
			return k
		}
		k.item(id, data)
	}
	if r.Len() > 0 && k.defect == "" {
		k.defect = davy.LengthMismatch
	}
	return k
}

func (k *items) item(id uint16, data []byte) {
	r := wire.NewReader(data)
	switch id {
	case nullItem:
		if len(data) > 0 {
			k.defect = davy.LengthMismatch
		}
	case connectedAddress, sequencedAddress:
		k.connected, k.connection = true, r.U32LE()
	case connectedData, unconnectedData, unconnectedDTLS:
		if !k.hasData {
			k.data, k.hasData = data, true
			k.connected = id == connectedData
		}
	case socketOT:
		k.ot.read(&r)
	case socketTO:
		k.to.read(&r)
	default:
		if k.other == 0 {
			k.other = id
		}
	}
	if r.Short() {
		k.defect = davy.LengthMismatch
	}
}

func (s *socket) read(r *wire.Reader) {
	r.Skip(2) // family
	s.port, s.ip = r.U16(), r.U32()
	r.Skip(8)
	s.told = !r.Short()
}

// cip is the message in the data item, behind the sequence count where there is one.
func (k *items) cip() []byte {
	switch {
	case !k.connected:
		return k.data
	case len(k.data) >= sequenceCountSize:
		return k.data[sequenceCountSize:]
	}
	return nil
}

// itemsFit reports whether a list of items is n bytes long, as far as b shows it.
func itemsFit(b []byte, n int) bool {
	r := wire.NewReader(b)
	count := int(r.U16LE())
	if r.Short() || count == 0 && n != 2 || count > maxItems {
		return false
	}
	left := n - 2
	for range count {
		if left < 4 {
			return false
		}
		r.Skip(2)
		size := int(r.U16LE())
		if r.Short() {
			return true // the rest has not come yet
		}
		if left -= 4 + size; left < 0 {
			return false
		}
		r.Skip(min(size, r.Len()))
		if r.Len() == 0 {
			return true
		}
	}
	return left == 0
}
