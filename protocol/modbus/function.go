package modbus

import "github.com/davylamp/davy"

// kind is the shape of a function's PDUs.
type kind uint8

const (
	unknown     kind = iota // no operation of the specification
	reserved                // reserved for companies' older products (spec annex A): known to exist, not how
	readBits                // address, quantity; byte count, bits
	readWords               // address, quantity; byte count, registers
	writeBit                // address, 0xFF00 or 0; the same
	writeWord               // address, register; the same
	writeBits               // address, quantity, byte count, bits; address, quantity
	writeWords              // address, quantity, byte count, registers; address, quantity
	maskWord                // address, AND mask, OR mask; the same
	readWrite               // read and write address and quantity, byte count, registers; byte count, registers
	readQueue               // pointer address; byte count, count, registers
	readFile                // byte count, sub-requests; byte count, sub-responses
	writeFile               // byte count, sub-requests; the same
	status                  // nothing; one byte
	diagnose                // sub-function, words; the same
	counters                // nothing; status, count
	events                  // nothing; byte count, status, counts, events
	serverID                // nothing; byte count, bytes
	encapsulate             // MEI type, bytes; the same type, bytes
	carried                 // function 90, when nobody reads it
)

// function is how one function code is called, what it means to a plant, and how it is read.
type function struct {
	op     string
	verb   davy.Verb
	kind   kind
	space  *davy.Space
	limit  uint16 // highest quantity
	cyclic bool   // plain cyclic process data
}

// table holds every function code of a request. Verbs: an output switched by a coil is a
// write like one by a register, since Modbus does not say what a coil moves.
var table = [128]function{
	0:  {"function 0", davy.Other, unknown, nil, 0, false},
	1:  {"read coils", davy.Read, readBits, coils, 2000, true},
	2:  {"read discrete inputs", davy.Read, readBits, discrete, 2000, true},
	3:  {"read holding registers", davy.Read, readWords, holding, 125, true},
	4:  {"read input registers", davy.Read, readWords, input, 125, true},
	5:  {"write single coil", davy.Write, writeBit, coils, 1, false},
	6:  {"write single register", davy.Write, writeWord, holding, 1, false},
	7:  {"read exception status", davy.Diagnose, status, nil, 0, false},
	8:  {"diagnostics", davy.Diagnose, diagnose, nil, 0, false},
	11: {"get comm event counter", davy.Diagnose, counters, nil, 0, false},
	12: {"get comm event log", davy.Diagnose, events, nil, 0, false},
	15: {"write multiple coils", davy.Write, writeBits, coils, 1968, false},
	16: {"write multiple registers", davy.Write, writeWords, holding, 123, false},
	17: {"report server id", davy.Identify, serverID, nil, 0, false},
	20: {"read file record", davy.Read, readFile, file, 0, false},
	21: {"write file record", davy.Write, writeFile, file, 0, false},
	22: {"mask write register", davy.Write, maskWord, holding, 1, false},
	23: {"read/write multiple registers", davy.Write, readWrite, holding, 125, false},
	24: {"read fifo queue", davy.Read, readQueue, fifo, 31, false},
	43: {"encapsulated interface transport", davy.Other, encapsulate, nil, 0, false},

	// Names of the reserved ones: Modicon Modbus Protocol Reference Guide PI-MBUS-300 Rev. J.
	9:   {"program 484", davy.Other, reserved, nil, 0, false},
	10:  {"poll 484", davy.Other, reserved, nil, 0, false},
	13:  {"program controller", davy.Other, reserved, nil, 0, false},
	14:  {"poll controller", davy.Other, reserved, nil, 0, false},
	18:  {"program 884/M84", davy.Other, reserved, nil, 0, false},
	19:  {"reset communications link", davy.Other, reserved, nil, 0, false},
	41:  {"", davy.Other, reserved, nil, 0, false},
	42:  {"", davy.Other, reserved, nil, 0, false},
	90:  {"vendor function 90", davy.Other, carried, nil, 0, false},
	91:  {"", davy.Other, reserved, nil, 0, false},
	125: {"", davy.Other, reserved, nil, 0, false},
	126: {"", davy.Other, reserved, nil, 0, false},
	127: {"", davy.Other, reserved, nil, 0, false},

	// User-defined (spec 5): the specification knows they exist.
	65: {"", davy.Other, reserved, nil, 0, false}, 66: {"", davy.Other, reserved, nil, 0, false},
	67: {"", davy.Other, reserved, nil, 0, false}, 68: {"", davy.Other, reserved, nil, 0, false},
	69: {"", davy.Other, reserved, nil, 0, false}, 70: {"", davy.Other, reserved, nil, 0, false},
	71: {"", davy.Other, reserved, nil, 0, false}, 72: {"", davy.Other, reserved, nil, 0, false},
	100: {"", davy.Other, reserved, nil, 0, false}, 101: {"", davy.Other, reserved, nil, 0, false},
	102: {"", davy.Other, reserved, nil, 0, false}, 103: {"", davy.Other, reserved, nil, 0, false},
	104: {"", davy.Other, reserved, nil, 0, false}, 105: {"", davy.Other, reserved, nil, 0, false},
	106: {"", davy.Other, reserved, nil, 0, false}, 107: {"", davy.Other, reserved, nil, 0, false},
	108: {"", davy.Other, reserved, nil, 0, false}, 109: {"", davy.Other, reserved, nil, 0, false},
	110: {"", davy.Other, reserved, nil, 0, false},
}

// subFunction is one of function 8, or an MEI type of function 43.
type subFunction struct {
	op   string
	verb davy.Verb
}

// diagnostics are the sub-functions of function 8 (spec 6.8); 21 is older Modicon's (PI-MBUS-300).
var diagnostics = [22]subFunction{
	0:  {"return query data", davy.Diagnose},
	1:  {"restart communications option", davy.Restart},
	2:  {"return diagnostic register", davy.Diagnose},
	3:  {"change ascii input delimiter", davy.Configure},
	4:  {"force listen only mode", davy.Mode}, // the device leaves the conversation until restarted
	10: {"clear counters and diagnostic register", davy.Reset},
	11: {"return bus message count", davy.Diagnose},
	12: {"return bus communication error count", davy.Diagnose},
	13: {"return bus exception error count", davy.Diagnose},
	14: {"return server message count", davy.Diagnose},
	15: {"return server no response count", davy.Diagnose},
	16: {"return server nak count", davy.Diagnose},
	17: {"return server busy count", davy.Diagnose},
	18: {"return bus character overrun count", davy.Diagnose},
	20: {"clear overrun counter and flag", davy.Reset},
	21: {"get or clear modbus plus statistics", davy.Diagnose},
}

// transports are the MEI types of function 43 (spec 6.19).
var transports = [15]subFunction{
	13: {"canopen general reference", davy.Other},
	14: {"read device identification", davy.Identify},
}

// sub gives a message the name and verb of its sub-function n, and says whether there is
// one. The code of such a message is the function and above it the sub-function.
func sub(m *davy.Message, list []subFunction, n uint16) bool {
	m.Code = m.Code&0xff | uint32(n)<<8
	if int(n) >= len(list) || list[n].op == "" {
		return false
	}
	m.Op, m.Verb = list[n].op, list[n].verb
	return true
}

// opOf names an operation by its code.
func opOf(code uint32) string {
	m := davy.Message{Code: code, Op: table[code&0x7f].op}
	switch table[code&0x7f].kind {
	case diagnose:
		sub(&m, diagnostics[:], uint16(code>>8))
	case encapsulate:
		sub(&m, transports[:], uint16(code>>8))
	}
	return m.Op
}

// refuse gives a message the result of an exception (spec 7).
func refuse(m *davy.Message, code uint8) {
	// 5 is no refusal: the request was accepted and takes long.
	m.Result = davy.Result{Told: true, Failed: code != 5, Code: uint32(code), Name: "exception"}
	if int(code) < len(exceptions) && exceptions[code] != "" {
		m.Result.Name = exceptions[code]
	} else {
		flaw(m, davy.ReservedValue)
	}
}

// exceptions are the exception codes (spec 7); 7 is in PI-MBUS-300 only.
var exceptions = [12]string{
	1:  "illegal function",
	2:  "illegal data address",
	3:  "illegal data value",
	4:  "server device failure",
	5:  "acknowledge",
	6:  "server device busy",
	7:  "negative acknowledge",
	8:  "memory parity error",
	10: "gateway path unavailable",
	11: "gateway target device failed to respond",
}
