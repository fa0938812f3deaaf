package doctor

import (
	"errors"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linux/ethtool.h.
const (
	getGRO, setGRO     = 0x2b, 0x2c
	getFlags, setFlags = 0x25, 0x26
	flagLRO            = 1 << 15
	flagTakesVLAN      = 1 << 8 // ETH_FLAG_RXVLAN
)

// ethtool asks or sets one value.
func (p *patient) ethtool(command, value uint32) (uint32, error) {
	v := struct{ command, value uint32 }{command, value}
	r := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&v)}
	copy(r.name[:unix.IFNAMSIZ-1], p.name)
	err := p.ioctl(unix.SIOCETHTOOL, unsafe.Pointer(&r))
	return v.value, err
}

// offloads are what the interface does to frames before they are captured.
func (p *patient) offloads() {
	gro, err := p.ethtool(getGRO, 0)
	flags, err2 := p.ethtool(getFlags, 0)
	if err := errors.Join(err, err2); err != nil {
		p.say("offloads", Note, "cannot be found out: %v", err2)
		return
	}
	lro := flags & flagLRO
	var on, off, undo []string
	if gro != 0 {
		on, off, undo = append(on, "GRO"), append(off, "gro off"), append(undo, "gro on")
	}
	if lro != 0 {
		on, off, undo = append(on, "LRO"), append(off, "lro off"), append(undo, "lro on")
	}
	if len(on) == 0 {
		p.say("offloads", Good, "no packets are joined before they are captured")
	} else {
		p.say("offloads", Warn, "%s joins packets: frames are not as on the wire, sizes and times are wrong", strings.Join(on, " and ")).mends(p,
			"ethtool -K "+p.name+" "+strings.Join(off, " "), "ethtool -K "+p.name+" "+strings.Join(undo, " "), func() error {
				var err error
				if gro != 0 {
					_, err = p.ethtool(setGRO, 0)
				}
				if lro != 0 && err == nil {
					_, err = p.ethtool(setFlags, flags&^flagLRO)
				}
				return err
			})
	}
	if flags&flagTakesVLAN != 0 {
		p.say("VLAN tags", Good, "are taken off by the interface, and put back by Davy")
	} else {
		p.say("VLAN tags", Good, "stay in the frames, or are put back by Davy")
	}
}
