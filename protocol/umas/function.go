package umas

import (
	"strconv"

	"github.com/davylamp/davy"
)

// What UMAS addresses.
var (
	memory     = &davy.Space{Name: "umas block", Text: memoryText}          // a memory block's bytes: Area the block, Index the offset
	physical   = &davy.Space{Name: "umas address", Text: addressText}       // the controller's own address space, in bytes
	strategy   = &davy.Space{Name: "strategy block"}                        // pieces of a program in transfer, from 1
	dictionary = &davy.Space{Name: "data dictionary", Text: dictionaryText} // Area the record type, Index the block
	table50    = &davy.Space{Name: "monitor table", Text: tableText}        // what a tool has set up to be read again and again
	words      = &davy.Space{Name: "umas object", Text: typedText}          // Area the type of object, as function 0x24 names it
	deviceData = &davy.Space{Name: "device data", Text: typedText}          // Area the type of data, as functions 0x74 and 0x75 name it
)

var spaces = []*davy.Space{memory, physical, strategy, dictionary, table50, words, deviceData}

func span(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(dst, o.Index, 10)
	if o.Count > 1 {
		dst = strconv.AppendUint(append(dst, ".."...), o.Index+uint64(o.Count)-1, 10)
	}
	return dst
}

func dictionaryText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "data dictionary 0x"...), uint64(o.Area), 16)
	return span(append(dst, " block "...), o)
}

func memoryText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "block "...), uint64(o.Area), 10)
	return span(append(dst, " byte "...), o)
}

func addressText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "address 0x"...), o.Index, 16)
	if o.Count > 1 {
		dst = strconv.AppendUint(append(dst, "..0x"...), o.Index+uint64(o.Count)-1, 16)
	}
	return dst
}

func tableText(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "monitor table "...), uint64(o.Area), 10)
	return span(append(dst, " byte "...), o)
}

func typedText(dst []byte, o *davy.Object) []byte {
	dst = append(append(dst, o.Space.Name...), " 0x"...)
	dst = strconv.AppendUint(dst, uint64(o.Area), 16)
	return span(append(dst, ' '), o)
}

// function is one UMAS function: its name and what it means to a plant.
type function struct {
	op     string
	verb   davy.Verb
	cyclic bool // plain reading of values
	quiet  bool // carries no intention
}

// table holds the functions that are known; README.md gives the source of each. Up and
// down are the house's: a download goes to the controller (the tool's words are the reverse).
var table = [256]function{
	0x00: {op: "function 0", verb: davy.Other},
	0x01: {op: "init comm", verb: davy.Connect},
	0x02: {op: "read id", verb: davy.Identify},
	0x03: {op: "read project info", verb: davy.Identify},
	0x04: {op: "read plc status", verb: davy.Diagnose},
	0x05: {op: "read loader info", verb: davy.Identify},
	0x06: {op: "read memory card info", verb: davy.Identify},
	0x07: {op: "read block info", verb: davy.Browse},
	0x0a: {op: "repeat", verb: davy.Diagnose},
	0x10: {op: "take reservation", verb: davy.Authenticate},
	0x11: {op: "release reservation", verb: davy.Authenticate},
	0x12: {op: "keep alive", verb: davy.Connect, quiet: true},
	0x20: {op: "read memory block", verb: davy.Read},
	0x21: {op: "write memory block", verb: davy.Write},
	0x22: {op: "read variables", verb: davy.Read, cyclic: true},
	0x23: {op: "write variables", verb: davy.Write},
	0x24: {op: "read coils and registers", verb: davy.Read, cyclic: true},
	0x25: {op: "write coils and registers", verb: davy.Write},
	0x26: {op: "read data dictionary", verb: davy.Browse},
	0x27: {op: "preload data dictionary", verb: davy.Browse},
	0x28: {op: "read physical address", verb: davy.Upload},
	0x29: {op: "write physical address", verb: davy.Download},
	0x2a: {op: "browse events", verb: davy.Diagnose},
	0x30: {op: "begin download", verb: davy.Download},
	0x31: {op: "download block", verb: davy.Download},
	0x32: {op: "end download", verb: davy.Download},
	0x33: {op: "begin upload", verb: davy.Upload},
	0x34: {op: "upload block", verb: davy.Upload},
	0x35: {op: "end upload", verb: davy.Upload},
	0x36: {op: "backup", verb: davy.Configure},
	0x37: {op: "preload blocks", verb: davy.Download},
	0x38: {op: "signed", verb: davy.Other},
	0x39: {op: "read ethernet master data", verb: davy.ReadConfig},
	0x40: {op: "start plc", verb: davy.Start},
	0x41: {op: "stop plc", verb: davy.Stop},
	0x42: {op: "initialise plc", verb: davy.Reset},
	0x43: {op: "swap blocks", verb: davy.Edit},
	0x50: {op: "monitor plc", verb: davy.Read},
	0x51: {op: "get modifications", verb: davy.Diagnose},
	0x52: {op: "get forced bits", verb: davy.Diagnose},
	0x53: {op: "get selected blocks", verb: davy.Browse},
	0x58: {op: "check plc", verb: davy.Diagnose},
	0x60: {op: "set breakpoint", verb: davy.Mode}, // the program halts where it stands
	0x61: {op: "delete breakpoint", verb: davy.Mode},
	0x62: {op: "step over", verb: davy.Mode},
	0x63: {op: "step in", verb: davy.Mode},
	0x64: {op: "step out", verb: davy.Mode},
	0x65: {op: "get call stack", verb: davy.Diagnose},
	0x66: {op: "check debug allowed", verb: davy.Diagnose},
	0x6c: {op: "process message", verb: davy.Other},
	0x6d: {op: "private message", verb: davy.Other},
	0x6e: {op: "exchange reservation nonces", verb: davy.Authenticate},
	0x70: {op: "read io object", verb: davy.Read},
	0x71: {op: "write io object", verb: davy.Write},
	0x72: {op: "read rack", verb: davy.Browse},
	0x73: {op: "get module status", verb: davy.Diagnose},
	0x74: {op: "read device data", verb: davy.Read, cyclic: true},
	0x75: {op: "write device data", verb: davy.Write},
	0x80: {op: "begin memory download", verb: davy.Download},
	0x81: {op: "end memory download", verb: davy.Download},
}

// verbOf is a function's verb, other where the function is not known.
func verbOf(code uint8) davy.Verb {
	if v := table[code].verb; v != davy.NoVerb {
		return v
	}
	return davy.Other
}
