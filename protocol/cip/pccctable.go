package cip

import "github.com/davylamp/davy"

// form is how a PCCC command names what it is about.
type form uint8

const (
	bare         form = iota
	byAddress         // a 16-bit address (unprotected commands)
	bySection         // size, file, file type, element (and sub-element): SLC's logical address
	bySectionSub      //
	masked            // the same, then a mask
	byFile            // size, tag, offset, file type
	byRange           // offset, total, PLC-5 address
	byLevels          // PLC-5 address alone
	openFile          // protection, file, file type
	modeByte          // the mode
)

type pcccCommand struct {
	command, function uint8
	op                string
	verb              davy.Verb
	form              form
}

// pcccCommands are in the order of command and function.
var pcccCommands = [...]pcccCommand{
	{0x00, 0, "PCCC Protected Write", davy.Write, byAddress},
	{0x01, 0, "PCCC Unprotected Read", davy.Read, byAddress},
	{0x02, 0, "PCCC Protected Bit Write", davy.Write, byAddress},
	{0x05, 0, "PCCC Unprotected Bit Write", davy.Write, byAddress},
	{0x06, 0x00, "PCCC Echo", davy.Diagnose, bare},
	{0x06, 0x01, "PCCC Read Diagnostic Counters", davy.Diagnose, bare},
	{0x06, 0x02, "PCCC Set Variables", davy.Configure, bare},
	{0x06, 0x03, "PCCC Diagnostic Status", davy.Diagnose, bare},
	{0x06, 0x04, "PCCC Set Timeout", davy.Configure, bare},
	{0x06, 0x05, "PCCC Set NAKs", davy.Configure, bare},
	{0x06, 0x06, "PCCC Set ENQs", davy.Configure, bare},
	{0x06, 0x07, "PCCC Reset Diagnostic Counters", davy.Diagnose, bare},
	{0x06, 0x08, "PCCC Set Data Table Size", davy.Configure, bare},
	{0x06, 0x09, "PCCC Read Link Parameters", davy.ReadConfig, bare},
	{0x06, 0x0a, "PCCC Set Link Parameters", davy.Configure, bare},
	{0x07, 0x00, "PCCC Disable Outputs", davy.Mode, bare},
	{0x07, 0x01, "PCCC Enable Outputs", davy.Mode, bare},
	{0x07, 0x03, "PCCC Enable PLC Scanning", davy.Start, bare},
	{0x07, 0x04, "PCCC Enter Download Mode", davy.Download, bare},
	{0x07, 0x05, "PCCC Exit Download or Upload Mode", davy.Mode, bare},
	{0x07, 0x06, "PCCC Enter Upload Mode", davy.Upload, bare},
	{0x08, 0, "PCCC Unprotected Write", davy.Write, byAddress},
	{0x0f, 0x00, "PCCC Word Range Write", davy.Write, byRange},
	{0x0f, 0x01, "PCCC Word Range Read", davy.Read, byRange},
	{0x0f, 0x02, "PCCC Bit Write", davy.Write, byLevels},
	{0x0f, 0x03, "PCCC File Write", davy.Write, byRange},
	{0x0f, 0x04, "PCCC File Read", davy.Read, byRange},
	{0x0f, 0x05, "PCCC Download Request", davy.Download, bare},
	{0x0f, 0x06, "PCCC Upload", davy.Upload, bare},
	{0x0f, 0x07, "PCCC Shutdown", davy.Stop, bare},
	{0x0f, 0x08, "PCCC Physical Write", davy.Download, bare},
	{0x0f, 0x09, "PCCC Physical Read", davy.Upload, bare},
	{0x0f, 0x0a, "PCCC Restart Request", davy.Restart, bare},
	{0x0f, 0x11, "PCCC Get Edit Resource", davy.Edit, bare},
	{0x0f, 0x12, "PCCC Return Edit Resource", davy.Edit, bare},
	{0x0f, 0x17, "PCCC Read Bytes Physical", davy.Upload, bare},
	{0x0f, 0x18, "PCCC Write Bytes Physical", davy.Download, bare},
	{0x0f, 0x26, "PCCC Read Modify Write", davy.Write, byLevels},
	{0x0f, 0x29, "PCCC Read Section Size", davy.Browse, byLevels},
	{0x0f, 0x3a, "PCCC Set CPU Mode", davy.Mode, modeByte},
	{0x0f, 0x41, "PCCC Disable Forces", davy.Force, bare},
	{0x0f, 0x50, "PCCC Download All Request", davy.Download, bare},
	{0x0f, 0x52, "PCCC Download Completed", davy.Download, bare},
	{0x0f, 0x53, "PCCC Upload All Request", davy.Upload, bare},
	{0x0f, 0x55, "PCCC Upload Completed", davy.Upload, bare},
	{0x0f, 0x57, "PCCC Initialize Memory", davy.Reset, bare},
	{0x0f, 0x5e, "PCCC Modify PLC-2 Compatibility File", davy.Configure, bare},
	{0x0f, 0x67, "PCCC Typed Write", davy.Write, byRange},
	{0x0f, 0x68, "PCCC Typed Read", davy.Read, byRange},
	{0x0f, 0x79, "PCCC Read Modify Write N", davy.Write, bare},
	{0x0f, 0x80, "PCCC Change CPU Mode", davy.Mode, modeByte},
	{0x0f, 0x81, "PCCC Open File", davy.File, openFile},
	{0x0f, 0x82, "PCCC Close File", davy.File, bare},
	{0x0f, 0x88, "PCCC Execute Command List", davy.Other, bare},
	{0x0f, 0x8f, "PCCC Apply Port Configuration", davy.Configure, bare},
	{0x0f, 0xa1, "PCCC Protected Typed Logical Read", davy.Read, bySection},
	{0x0f, 0xa2, "PCCC Protected Typed Logical Read", davy.Read, bySectionSub},
	{0x0f, 0xa3, "PCCC Online Monitor Read", davy.Read, bare}, // not published: RSLogix 500 polls words of the running program with it
	{0x0f, 0xa7, "PCCC Protected Typed File Read", davy.Read, byFile},
	{0x0f, 0xa9, "PCCC Protected Typed Logical Write", davy.Write, bySection},
	{0x0f, 0xaa, "PCCC Protected Typed Logical Write", davy.Write, bySectionSub},
	{0x0f, 0xab, "PCCC Protected Typed Logical Masked Write", davy.Write, masked},
	{0x0f, 0xaf, "PCCC Protected Typed File Write", davy.Write, byFile},
}

// pcccLocal are errors that the local node found (1770-6.5.16, 8-2), by the lower half of
// the status; pcccRemote those of the command's target, by the upper half.
var pcccLocal = [...]string{
	1: "destination node is out of buffer space",
	2: "cannot guarantee delivery",
	3: "duplicate token holder detected",
	4: "local port is disconnected",
	5: "application layer timed out waiting for a response",
	6: "duplicate node detected",
	7: "station is offline",
	8: "hardware fault",
}

var pcccRemote = [16]string{
	0x0: "",
	0x1: "illegal command or format",
	0x2: "host has a problem and will not communicate",
	0x3: "remote node host is missing, disconnected or shut down",
	0x4: "host could not complete function due to hardware fault",
	0x5: "addressing problem or memory protect rungs",
	0x6: "function not allowed due to command protection selection",
	0x7: "processor is in program mode",
	0x8: "compatibility mode file missing or communication zone problem",
	0x9: "remote node cannot buffer command",
	0xa: "wait for acknowledge, buffer full",
	0xb: "remote node problem due to download",
	0xc: "wait for acknowledge, buffer full",
	0xd: "", // not used, as is 0xe; 0xf points to the extended status
}

// pcccExtended are the extended statuses for command 0x0f (1770-6.5.16, 8-4).
var pcccExtended = [...]string{
	0x01: "a field has an illegal value",
	0x02: "fewer levels in the address than the minimum",
	0x03: "more levels in the address than the system supports",
	0x04: "symbol not found",
	0x05: "symbol is of improper format",
	0x06: "address does not point to something usable",
	0x07: "file is the wrong size",
	0x08: "cannot complete the request, the situation has changed",
	0x09: "data or file is too large",
	0x0a: "transaction size plus word address is too large",
	0x0b: "access denied, improper privilege",
	0x0c: "condition cannot be generated, resource is not available",
	0x0d: "condition already exists, resource is readily available",
	0x0e: "command cannot be executed",
	0x0f: "histogram overflow",
	0x10: "no access",
	0x11: "illegal data type",
	0x12: "invalid parameter or invalid data",
	0x13: "address reference exists to deleted area",
	0x14: "command execution failure for unknown reason",
	0x15: "data conversion error",
	0x16: "scanner cannot communicate with rack adapter",
	0x17: "type mismatch",
	0x18: "module response was not valid",
	0x19: "duplicated label",
	0x1a: "file is open, another node owns it",
	0x1b: "another node is the program owner",
	0x1e: "data table element protection violation",
	0x1f: "temporary internal problem",
	0x22: "remote rack fault",
	0x23: "timeout",
	0x24: "unknown error",
}
