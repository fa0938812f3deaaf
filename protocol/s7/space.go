package s7

import (
	"strconv"

	"github.com/davylamp/davy"
)

// Memory areas of an S7 address. Index counts bits, Area is the number of the data block,
// Sub the transport size, Count how many elements of it.
var (
	dataBlock    = davy.Space{Name: "s7 data block", Text: func(dst []byte, o *davy.Object) []byte { return blockMemory(dst, "DB", o) }}
	instance     = davy.Space{Name: "s7 instance data block", Text: func(dst []byte, o *davy.Object) []byte { return blockMemory(dst, "DI", o) }}
	inputs       = davy.Space{Name: "s7 input", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "I", o) }}
	outputs      = davy.Space{Name: "s7 output", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "Q", o) }}
	flags        = davy.Space{Name: "s7 bit memory", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "M", o) }}
	peripheral   = davy.Space{Name: "s7 peripheral", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "P", o) }}
	peripheralIn = davy.Space{Name: "s7 peripheral input", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "PI", o) }}
	local        = davy.Space{Name: "s7 local data", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "L", o) }}
	localBefore  = davy.Space{Name: "s7 local data of the caller", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "V", o) }}
	systemInfo   = davy.Space{Name: "s7-200 system information", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "SI", o) }}
	systemFlags  = davy.Space{Name: "s7-200 system flag", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "SM", o) }}
	analogIn     = davy.Space{Name: "s7-200 analogue input", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "AI", o) }}
	analogOut    = davy.Space{Name: "s7-200 analogue output", Text: func(dst []byte, o *davy.Object) []byte { return memory(dst, "AQ", o) }}
	// record is a data record of a module: Area is its number, Index the module's diagnostic
	// address, Count the bytes.
	record = davy.Space{Name: "s7 data record", Text: func(dst []byte, o *davy.Object) []byte {
		dst = strconv.AppendUint(append(dst, "data record "...), uint64(o.Area), 10)
		dst = strconv.AppendUint(append(dst, " of module "...), o.Index, 10)
		return appendCount(dst, o)
	}}
	unknownArea = davy.Space{Name: "s7 area", Text: func(dst []byte, o *davy.Object) []byte {
		dst = strconv.AppendUint(append(dst, "area 0x"...), uint64(o.Area>>16), 16)
		dst = strconv.AppendUint(append(dst, " number "...), uint64(o.Area&0xffff), 10)
		return memory(append(dst, ' '), "", o)
	}}
	// Index is the number of the first one.
	counters    = davy.Space{Name: "s7 counter", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "C", o) }}
	timers      = davy.Space{Name: "s7 timer", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "T", o) }}
	counters200 = davy.Space{Name: "s7-200 counter", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "C", o) }}
	timers200   = davy.Space{Name: "s7-200 timer", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "T", o) }}
)

// Other things that messages are about.
var (
	// symbol is a variable of an S7-1200 by its symbol: Area is the data block or area, Index
	// the checksum, Name the path below it, four bytes each.
	symbol = davy.Space{Name: "s7 symbol", Text: symbolText}
	// nck is a variable of a SINUMERIK: Area is area and unit, Index column and line, Sub the
	// module, Count the lines.
	nck = davy.Space{Name: "s7 NCK variable", Text: nckText}
	// drive is a drive parameter, Sub its index.
	drive = davy.Space{Name: "s7 drive parameter", Text: func(dst []byte, o *davy.Object) []byte {
		dst = strconv.AppendUint(append(dst, "drive parameter "...), o.Index, 10)
		return append(strconv.AppendUint(append(dst, '['), uint64(o.Sub), 10), ']')
	}}
	// syntax is a variable addressed in a way not known: Area is the syntax, Name its bytes.
	syntax = davy.Space{Name: "s7 address", Text: func(dst []byte, o *davy.Object) []byte {
		dst = strconv.AppendUint(append(dst, "address of syntax 0x"...), uint64(o.Area), 16)
		return appendHex(append(dst, ' '), o.Name)
	}}
	// block is a block of the program: Area is its type, Index its number, Sub the file
	// system, all as characters of its name.
	block = davy.Space{Name: "s7 block", Text: blockText}
	// blockType is all blocks of one type.
	blockType = davy.Space{Name: "s7 block type", Text: func(dst []byte, o *davy.Object) []byte {
		return append(appendBlockType(dst, o.Area), " blocks"...)
	}}
	// statusList is a system status list (SZL): Area is its identifier.
	statusList = davy.Space{Name: "s7 SZL", Text: func(dst []byte, o *davy.Object) []byte {
		dst = appendHex16(append(dst, "SZL 0x"...), uint16(o.Area))
		return appendHex16(append(dst, " index 0x"...), uint16(o.Index))
	}}
	// tisJob is a job of the programmer commands: Area is its function, Index its number.
	tisJob = davy.Space{Name: "s7 job", Text: func(dst []byte, o *davy.Object) []byte {
		op, _ := serviceOf(groupTIS, uint8(o.Area))
		if op == "" {
			op = "unknown"
		}
		return strconv.AppendUint(append(append(dst, op...), " job "...), o.Index, 10)
	}}
	file       = davy.Space{Name: "s7 file", Text: func(dst []byte, o *davy.Object) []byte { return named(dst, "file ", o) }}
	argument   = davy.Space{Name: "s7 argument", Text: func(dst []byte, o *davy.Object) []byte { return named(dst, "argument ", o) }}
	subscriber = davy.Space{Name: "s7 subscriber", Text: func(dst []byte, o *davy.Object) []byte { return named(dst, "subscriber ", o) }}
	// uploading is an upload by the number that the controller gave it.
	uploading = davy.Space{Name: "s7 upload", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "upload ", o) }}
	cyclicJob = davy.Space{Name: "s7 cyclic job", Text: func(dst []byte, o *davy.Object) []byte { return numbered(dst, "cyclic job ", o) }}
	// remote is what data from program to program are called: R_ID.
	remote = davy.Space{Name: "s7 request id", Text: func(dst []byte, o *davy.Object) []byte {
		return strconv.AppendUint(append(dst, "R_ID 0x"...), o.Index, 16)
	}}
	event      = davy.Space{Name: "s7 event", Text: func(dst []byte, o *davy.Object) []byte { return appendEvent(dst, "event 0x", o) }}
	alarm      = davy.Space{Name: "s7 alarm", Text: func(dst []byte, o *davy.Object) []byte { return appendEvent(dst, "alarm 0x", o) }}
	connection = davy.Space{Name: "s7 connection", Text: func(dst []byte, o *davy.Object) []byte {
		return append(append(dst, connectionKind(uint8(o.Sub))...), " connection"...)
	}}
)

// spaces are all of them, for finding again what was saved.
var spaces = []*davy.Space{&dataBlock, &instance, &inputs, &outputs, &flags, &peripheral, &peripheralIn, &local, &localBefore,
	&systemInfo, &systemFlags, &analogIn, &analogOut, &record, &unknownArea, &counters, &timers, &counters200, &timers200, &symbol,
	&nck, &drive, &syntax, &block, &blockType, &statusList, &tisJob, &file, &argument, &subscriber, &uploading, &cyclicJob, &remote,
	&event, &alarm, &connection}

// area finds the memory area by its code in an address; numbered ones count elements.
func area(code uint8) (space *davy.Space, numbered bool) {
	switch code {
	case 0x01:
		return &record, false
	case 0x03:
		return &systemInfo, false
	case 0x05:
		return &systemFlags, false
	case 0x06:
		return &analogIn, false
	case 0x07:
		return &analogOut, false
	case 0x1c:
		return &counters, true
	case 0x1d:
		return &timers, true
	case 0x1e:
		return &counters200, true
	case 0x1f:
		return &timers200, true
	case 0x80:
		return &peripheral, false
	case 0x81:
		return &inputs, false
	case 0x82:
		return &outputs, false
	case 0x83:
		return &flags, false
	case 0x84:
		return &dataBlock, false
	case 0x85:
		return &instance, false
	case 0x86:
		return &local, false
	case 0x87:
		return &localBefore, false
	}
	return &unknownArea, false
}

// element is a transport size of an address: how a variable is read.
type element struct {
	name   string // where the letter does not say it
	letter byte
	bytes  int // of one element, 0 where that is not fixed
	kind   davy.ValueKind
}

const (
	sizeBit   = 0x01
	sizeByte  = 0x02
	sizeWord  = 0x04
	sizeDWord = 0x06
)

func elementOf(size uint32) element {
	switch size {
	case sizeBit:
		return element{"", 'X', 1, davy.Bits}
	case sizeByte:
		return element{"", 'B', 1, davy.U8List}
	case 0x03:
		return element{"CHAR", 'B', 1, davy.Text}
	case sizeWord:
		return element{"", 'W', 2, davy.U16BE}
	case 0x05:
		return element{"INT", 'W', 2, davy.I16BE}
	case sizeDWord:
		return element{"", 'D', 4, davy.U32BE}
	case 0x07:
		return element{"DINT", 'D', 4, davy.I32BE}
	case 0x08:
		return element{"REAL", 'D', 4, davy.F32BE}
	case 0x09:
		return element{"DATE", 'W', 2, davy.U16BE}
	case 0x0a:
		return element{"TOD", 'D', 4, davy.U32BE}
	case 0x0b:
		return element{"TIME", 'D', 4, davy.I32BE}
	case 0x0c:
		return element{"S5TIME", 'W', 2, davy.U16BE}
	case 0x0f:
		return element{"DATE_AND_TIME", 'B', 8, davy.Bytes}
	case 0x1c:
		return element{"COUNTER", 'B', 2, davy.U16BE}
	case 0x1d:
		return element{"TIMER", 'B', 2, davy.U16BE}
	case 0x1e:
		return element{"IEC COUNTER", 'B', 0, davy.Bytes}
	case 0x1f:
		return element{"IEC TIMER", 'B', 0, davy.Bytes}
	case 0x20:
		return element{"HS COUNTER", 'B', 0, davy.Bytes}
	}
	return element{"?", 'B', 0, davy.Bytes}
}
