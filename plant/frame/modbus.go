package frame

// Modbus function codes (MODBUS Application Protocol Specification V1.1b3, 5.1).
const (
	ReadCoils              uint8 = 1
	ReadDiscreteInputs     uint8 = 2
	ReadHolding            uint8 = 3
	ReadInput              uint8 = 4
	WriteCoil              uint8 = 5
	WriteRegister          uint8 = 6
	WriteRegisters         uint8 = 16
	ReadWriteRegisters     uint8 = 23
	EncapsulatedInterface  uint8 = 43
	GatewayTargetNoAnswer  uint8 = 11 // exception code, 7
	modbusDeviceIdentifier uint8 = 14
)

// modbus appends an MBAP header and the function code; length is of what follows it.
// (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3.)
func modbus(b []byte, id uint16, unit, function uint8, length int) []byte {
	b = be16(be16(be16(b, id), 0), uint16(length+2))
	return append(b, unit, function)
}

// ModbusRead asks for coils, inputs or registers (6.1 to 6.4).
func ModbusRead(b []byte, id uint16, unit, function uint8, first, count uint16) []byte {
	return be16(be16(modbus(b, id, unit, function, 4), first), count)
}

// ModbusWords answers a read of registers.
func ModbusWords(b []byte, id uint16, unit, function uint8, words []uint16) []byte {
	b = append(modbus(b, id, unit, function, 1+2*len(words)), byte(2*len(words)))
	return words16(b, words)
}

func words16(b []byte, words []uint16) []byte {
	for _, w := range words {
		b = be16(b, w)
	}
	return b
}

// ModbusBits answers a read of coils or inputs, least significant bit first.
func ModbusBits(b []byte, id uint16, unit, function uint8, bits uint16, count uint16) []byte {
	n := int(count+7) / 8
	b = append(modbus(b, id, unit, function, 1+n), byte(n))
	for i := range n {
		b = append(b, byte(bits>>(8*i)))
	}
	return b
}

// ModbusWriteOne writes a coil (5) or a register (6); the answer is the same message (6.5, 6.6).
func ModbusWriteOne(b []byte, id uint16, unit, function uint8, at, value uint16) []byte {
	return be16(be16(modbus(b, id, unit, function, 4), at), value)
}

// ModbusWrite writes registers (6.12).
func ModbusWrite(b []byte, id uint16, unit uint8, first uint16, words []uint16) []byte {
	b = modbus(b, id, unit, WriteRegisters, 5+2*len(words))
	b = append(be16(be16(b, first), uint16(len(words))), byte(2*len(words)))
	return words16(b, words)
}

// ModbusWritten answers ModbusWrite.
func ModbusWritten(b []byte, id uint16, unit uint8, first, count uint16) []byte {
	return be16(be16(modbus(b, id, unit, WriteRegisters, 4), first), count)
}

// ModbusReadWrite writes some registers and reads others in one exchange (6.17).
func ModbusReadWrite(b []byte, id uint16, unit uint8, first, count, writeFirst uint16, words []uint16) []byte {
	b = modbus(b, id, unit, ReadWriteRegisters, 9+2*len(words))
	b = be16(be16(be16(be16(b, first), count), writeFirst), uint16(len(words)))
	return words16(append(b, byte(2*len(words))), words)
}

// ModbusException refuses a request (7).
func ModbusException(b []byte, id uint16, unit, function, code uint8) []byte {
	return append(modbus(b, id, unit, function|0x80, 1), code)
}

// ModbusIdentify asks for the basic device identification (6.21).
func ModbusIdentify(b []byte, id uint16, unit uint8) []byte {
	return append(modbus(b, id, unit, EncapsulatedInterface, 3), modbusDeviceIdentifier, 1, 0)
}

// ModbusIdentity answers with vendor, product code and revision.
func ModbusIdentity(b []byte, id uint16, unit uint8, vendor, product, revision string) []byte {
	start := len(b)
	b = modbus(b, id, unit, EncapsulatedInterface, 0)
	b = append(b, modbusDeviceIdentifier, 1, 1, 0, 0, 3)
	for i, s := range [...]string{vendor, product, revision} {
		b = append(append(b, byte(i), byte(len(s))), s...)
	}
	put16(b, start+4, len(b)-start-6)
	return b
}
