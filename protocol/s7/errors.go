package s7

import "sort"

// failure names an error code of an answer.
type failure struct {
	code uint16
	name string
}

// failures are the error codes that Siemens documents for its S7 functions, in short words
// of our own, by number: the list is searched by halves.
var failures = [...]failure{
	{0x0110, "invalid block number"},
	{0x0111, "invalid request length"},
	{0x0112, "invalid parameter"},
	{0x0113, "invalid block type"},
	{0x0114, "block not found"},
	{0x0115, "block already exists"},
	{0x0116, "block is write-protected"},
	{0x0117, "block too large"},
	{0x0119, "wrong password"},
	{0x011b, "controller lacks resources"},
	{0x011c, "protocol error"},
	{0x011d, "too many blocks"},
	{0x0120, "end of block list"},
	{0x0140, "not enough memory"},
	{0x0141, "not enough resources"},
	{0x8001, "service not possible in the block's state"},
	{0x8003, "error while transferring the block"},
	{0x8100, "service unknown to the partner"},
	{0x8104, "service not implemented, or frame error"},
	{0x8204, "type of the object inconsistent"},
	{0x8205, "copied block exists and is not linked"},
	{0x8301, "not enough memory, or medium not accessible"},
	{0x8302, "too few resources"},
	{0x8304, "no further parallel upload possible"},
	{0x8305, "function not available"},
	{0x8306, "not enough work memory"},
	{0x8307, "not enough retentive work memory"},
	{0x8401, "invalid sequence of services"},
	{0x8402, "service not possible in the object's state"},
	{0x8404, "function cannot be performed"},
	{0x8405, "partner's block is disabled"},
	{0x8500, "wrong frame"},
	{0x8503, "service cancelled by the module"},
	{0x8701, "addressing error"},
	{0x8702, "service not supported by the module"},
	{0x8703, "access to the object refused"},
	{0x8704, "object damaged"},
	{0xd001, "illegal job number"},
	{0xd002, "illegal job variant"},
	{0xd003, "test function not supported"},
	{0xd004, "illegal job status"},
	{0xd011, "block of the call path does not exist"},
	{0xd012, "wrong address in the block"},
	{0xd014, "block is being deleted or overwritten"},
	{0xd015, "illegal variable address"},
	{0xd016, "no test because of errors in the program"},
	{0xd041, "illegal status list"},
	{0xd042, "illegal variable address"},
	{0xd043, "referenced job not found"},
	{0xd044, "illegal variable value"},
	{0xd061, "no memory for the job"},
	{0xd062, "job list full"},
	{0xd063, "trigger event in use"},
	{0xd081, "not permitted in this operating mode"},
	{0xd082, "cannot leave HOLD"},
	{0xd0a1, "not permitted at this protection level"},
	{0xd0a2, "memory is being changed by another function"},
	{0xd0a3, "too many modify jobs on the I/O"},
	{0xd0a4, "forcing is already set up"},
	{0xd0a5, "referenced job not found"},
	{0xd0a6, "job cannot be enabled or disabled"},
	{0xd0a7, "job cannot be deleted now"},
	{0xd0a8, "job cannot be replaced now"},
	{0xd0a9, "job cannot be read now"},
	{0xd0aa, "time limit exceeded"},
	{0xd0ad, "operating mode already set"},
	{0xd0ae, "job belongs to another connection"},
	{0xd0c1, "error while accessing a variable"},
	{0xd0c2, "change to STOP or HOLD"},
	{0xd201, "syntax error in the block name"},
	{0xd202, "syntax error in the parameters"},
	{0xd205, "linked block already in RAM"},
	{0xd206, "linked block already in EPROM"},
	{0xd208, "too many copied blocks"},
	{0xd209, "block not found"},
	{0xd20a, "too many blocks to link in one job"},
	{0xd20b, "too many blocks to delete in one job"},
	{0xd20c, "priority class of the OB does not exist"},
	{0xd20d, "system data block cannot be interpreted"},
	{0xd20e, "no further block"},
	{0xd20f, "block too large for the module"},
	{0xd210, "invalid block number"},
	{0xd212, "wrong attribute in the block header"},
	{0xd213, "too many system data blocks"},
	{0xd216, "invalid user program, reset needed"},
	{0xd217, "protection level not permitted"},
	{0xd219, "wrong block length"},
	{0xd21b, "memory cannot be compressed"},
	{0xd21e, "module cannot be given its parameters"},
	{0xd220, "programming language not permitted"},
	{0xd226, "structural error in a block"},
	{0xd230, "structural error in a block"},
	{0xd232, "block number not permitted"},
	{0xd234, "block exists twice"},
	{0xd235, "wrong checksum"},
	{0xd236, "no checksum"},
	{0xd237, "block with the same time stamp already there"},
	{0xd240, "coordination rules violated"},
	{0xd241, "not permitted at this protection level"},
	{0xd242, "protection of fail-safe blocks violated"},
	{0xd250, "update does not match the module"},
	{0xd252, "checksum error"},
	{0xd2a1, "another block function or trigger is active"},
	{0xd2a2, "a trigger is active on a block"},
	{0xd2a3, "block is not active, or in use"},
	{0xd2a4, "block is in use by another block function"},
	{0xd2a6, "program cannot be saved and changed at once"},
	{0xd2a8, "test function prevents new parameters"},
	{0xd2a9, "CPU is being given parameters"},
	{0xd2aa, "modules are being given parameters"},
	{0xd2b0, "error while configuring in RUN"},
	{0xd2c2, "download not possible"},
	{0xd401, "information not available"},
	{0xd402, "information not available"},
	{0xd403, "already logged on or off"},
	{0xd404, "no more log-ons possible"},
	{0xd405, "service not supported"},
	{0xd406, "information not available now"},
	{0xd407, "diagnostics error"},
	{0xd409, "error on the DP bus"},
	{0xd601, "syntax error in the parameters"},
	{0xd602, "wrong password"},
	{0xd603, "connection already legitimised"},
	{0xd604, "connection already enabled"},
	{0xd605, "no password is set"},
	{0xd801, "variable address invalid"},
	{0xd802, "job does not exist"},
	{0xd803, "illegal job status"},
	{0xd804, "illegal cycle time"},
	{0xd805, "no more cyclic jobs possible"},
	{0xd806, "job's state forbids the function"},
	{0xd807, "overload: reading takes longer than the cycle"},
	{0xdc01, "date or time invalid"},
	{0xe201, "CPU is already the master"},
	{0xef01, "only 0 permitted in a job"},
	{0xef02, "set of resources does not exist"},
}

// errorName names an error code; for one not listed, the class it is of.
func errorName(code uint16) string {
	if i := sort.Search(len(failures), func(i int) bool { return failures[i].code >= code }); i < len(failures) && failures[i].code == code {
		return failures[i].name
	}
	switch code >> 8 {
	case 0x81:
		return "application relationship error"
	case 0x82:
		return "object definition error"
	case 0x83:
		return "resource error"
	case 0x84:
		return "service processing error"
	case 0x85:
		return "supplies error"
	case 0x87:
		return "access error"
	case 0xd0:
		return "test function error"
	case 0xd2:
		return "block function error"
	case 0xd4:
		return "information function error"
	case 0xd6:
		return "password function error"
	case 0xd8:
		return "cyclic function error"
	}
	return ""
}
