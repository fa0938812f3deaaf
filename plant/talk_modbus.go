package plant

import "github.com/davylamp/davy/plant/frame"

// modbusRead is one thing that a Modbus client asks for in every cycle.
type modbusRead struct {
	unit, function uint8
	first, count   uint16
	put            uint16 // with function 23: the registers written, from here on
	words          uint16 // as many
	silent         int    // the unit does not answer its gateway once in so many times
}

// modbusTalk reads from a Modbus server.
type modbusTalk struct {
	reads    []modbusRead
	identify bool // ask who it is after connecting
	id       uint16
}

func (t *modbusTalk) open(s *session, at int64) (int64, bool) {
	if !t.identify {
		return at, true
	}
	t.id++
	h := s.server
	return s.conn.exchange(at, frame.ModbusIdentify(nil, t.id, 255), frame.ModbusIdentity(nil, t.id, 255, h.Vendor, h.Model, "V"+h.Firmware))
}

func (t *modbusTalk) cycle(s *session, at int64) (int64, bool) {
	ok := true
	for i, r := range t.reads {
		if i > 0 {
			at += s.chance.span(1e6, 4e6)
		}
		if at, ok = t.read(s, at, r); !ok {
			break
		}
	}
	return at, ok
}

func (t *modbusTalk) read(s *session, at int64, r modbusRead) (int64, bool) {
	t.id++
	w := s.w
	switch {
	case r.silent > 0 && s.chance.hit(r.silent):
		return s.conn.exchange(at, frame.ModbusRead(nil, t.id, r.unit, r.function, r.first, r.count),
			frame.ModbusException(nil, t.id, r.unit, r.function, frame.GatewayTargetNoAnswer))
	case r.function == frame.ReadWriteRegisters:
		ask := frame.ModbusReadWrite(nil, t.id, r.unit, r.first, r.count, r.put, w.registers(s.server, at, r.put, r.words))
		return s.conn.exchange(at, ask, frame.ModbusWords(nil, t.id, r.unit, r.function, w.registers(s.server, at, r.first, r.count)))
	case r.function == frame.ReadCoils || r.function == frame.ReadDiscreteInputs:
		return s.conn.exchange(at, frame.ModbusRead(nil, t.id, r.unit, r.function, r.first, r.count),
			frame.ModbusBits(nil, t.id, r.unit, r.function, uint16(w.vat.look(at, compressors)), r.count))
	case r.function == frame.WriteRegisters:
		return t.write(s, at, r.unit, r.first, w.registers(s.server, at, r.first, r.count))
	}
	return s.conn.exchange(at, frame.ModbusRead(nil, t.id, r.unit, r.function, r.first, r.count),
		frame.ModbusWords(nil, t.id, r.unit, r.function, w.registers(s.server, at, r.first, r.count)))
}

func (t *modbusTalk) write(s *session, at int64, unit uint8, first uint16, words []uint16) (int64, bool) {
	t.id++
	return s.conn.exchange(at, frame.ModbusWrite(nil, t.id, unit, first, words), frame.ModbusWritten(nil, t.id, unit, first, uint16(len(words))))
}

// set writes a quantity to the one register where the device keeps it; the process follows.
func (t *modbusTalk) set(s *session, at int64, q quantity, v float64) (int64, bool) {
	t.id++
	pt := s.server.point(q)
	message := frame.ModbusWriteOne(nil, t.id, 1, frame.WriteRegister, pt.Place, uint16(pt.bits(v)))
	at, ok := s.conn.exchange(at, message, message)
	if ok {
		s.w.vat.v[q] = v
	}
	return at, ok
}
