package plant

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// seen is a frame as a reader that knows nothing of the encoders finds it.
type seen struct {
	stamp    int64
	port     int
	dst, src davy.MAC
	kind     uint16
	from, to netip.Addr
	proto    byte
	sport    uint16
	dport    uint16
	seq, ack uint32
	flags    byte
	payload  []byte // of TCP, UDP, or what follows the EtherType
	bad      string // what is wrong with it
}

func (s seen) between(a, b string) bool { return s.from.String() == a && s.to.String() == b }

// see reads a frame and checks its lengths and checksums.
func see(stamp int64, port int, b []byte) seen {
	be := binary.BigEndian
	s := seen{stamp: stamp, port: port, dst: davy.MACOf(b), src: davy.MACOf(b[6:]), kind: be.Uint16(b[12:])}
	if len(b) < 60 {
		s.bad = "shorter than a frame may be"
	}
	b = b[14:]
	if s.kind == 0x8100 {
		s.kind = be.Uint16(b[2:])
		b = b[4:]
	}
	s.payload = b
	if s.kind != 0x0800 {
		return s
	}
	total := int(be.Uint16(b[2:]))
	if b[0] != 0x45 || total > len(b) {
		s.bad = "IP length"
		return s
	}
	b = b[:total]
	if fold(0, b[:20]) != 0xffff {
		s.bad = "IP checksum"
	}
	s.from, _ = netip.AddrFromSlice(b[12:16])
	s.to, _ = netip.AddrFromSlice(b[16:20])
	s.proto = b[9]
	pseudo := append(append([]byte{}, b[12:20]...), 0, s.proto, byte((total-20)>>8), byte(total-20))
	b = b[20:]
	s.payload = b
	switch s.proto {
	case 6:
		s.sport, s.dport, s.seq, s.ack, s.flags = be.Uint16(b), be.Uint16(b[2:]), be.Uint32(b[4:]), be.Uint32(b[8:]), b[13]
		s.payload = b[b[12]>>4*4:]
	case 17:
		s.sport, s.dport = be.Uint16(b), be.Uint16(b[2:])
		if int(be.Uint16(b[4:])) != len(b) {
			s.bad = "UDP length"
		}
		s.payload = b[8:]
	default:
		return s
	}
	if fold(0, append(pseudo, b...)) != 0xffff {
		s.bad = "transport checksum"
	}
	return s
}

func fold(s uint32, b []byte) uint16 {
	for i := 0; i < len(b); i += 2 {
		w := uint32(b[i]) << 8
		if i+1 < len(b) {
			w |= uint32(b[i+1])
		}
		if s += w; s > 0xffff {
			s -= 0xffff
		}
	}
	return uint16(s)
}

// keep is a sink that keeps every frame, for short runs.
type keep struct{ frames []seen }

func (k *keep) Frame(stamp int64, port int, frame []byte) error {
	k.frames = append(k.frames, see(stamp, port, bytes.Clone(frame)))
	return nil
}

// watch is a sink that only calls a function.
type watch func(stamp int64, port int, frame []byte) error

func (f watch) Frame(stamp int64, port int, frame []byte) error { return f(stamp, port, frame) }

// lived is a short slow run with everything in it: each kind of surprise and the campaign.
func lived(t *testing.T, scenario string, seed uint64) ([]seen, *Result) {
	t.Helper()
	var k keep
	r, err := Write(Options{Scenario: scenario, Length: 10 * time.Hour, Seed: seed, Pace: Slow}, &k)
	if err != nil {
		t.Fatal(err)
	}
	return k.frames, r
}
