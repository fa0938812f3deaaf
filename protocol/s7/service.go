package s7

import "github.com/davylamp/davy"

// Function groups of userdata.
const (
	groupMode   = 0x00 // mode transition: without a group on the wire
	groupTIS    = 0x01 // programmer commands: test and installation functions
	groupCyclic = 0x02
	groupBlock  = 0x03
	groupCPU    = 0x04
	groupSecret = 0x05
	groupBSend  = 0x06 // block communication between programs
	groupClock  = 0x07
	groupDrives = 0x20 // data records routed to PROFIBUS
	groupNC     = 0x3f
	groupUSend  = 0xff // Davy's own number for what has none: uncoordinated sending
)

// Services that are read further than their name.
const (
	blockStatus    = 0x01
	variableStatus = 0x02
	modifyVariable = 0x08
	forceVariable  = 0x09
	disableJob     = 0x0d
	enableJob      = 0x0e
	deleteJob      = 0x0f
	readJob        = 0x11
	replaceJob     = 0x12
	blockStatus2   = 0x13

	cyclicTransfer = 0x01
	unsubscribe    = 0x04
	changeDriven   = 0x05
	changeModify   = 0x07
	readRecord     = 0x08

	listBlocks       = 0x01
	listBlocksOfType = 0x02
	blockInfo        = 0x03

	readSZL        = 0x01
	messageService = 0x02
	diagnosticMsg  = 0x03
	alarm8Lock     = 0x07
	alarm8Unlock   = 0x08
	scanInd        = 0x09
	alarmAck       = 0x0b
	alarmQuery     = 0x13

	readClock      = 0x01
	setClock       = 0x02
	readClockNext  = 0x03
	setClockSecond = 0x04
)

// services maps what userdata asks for to verbs. What the status list, the job, or the
// direction decides is decided where they are read.
var services = [...]struct {
	group, service uint8
	op             string
	verb           davy.Verb
}{
	{groupMode, 0x01, "mode transition", davy.Diagnose},
	{groupTIS, blockStatus, "block status", davy.Diagnose},
	{groupTIS, variableStatus, "variable status", davy.Read},
	{groupTIS, 0x03, "output ISTACK", davy.Diagnose},
	{groupTIS, 0x04, "output BSTACK", davy.Diagnose},
	{groupTIS, 0x05, "output LSTACK", davy.Diagnose},
	{groupTIS, 0x06, "time measurement", davy.Diagnose},
	{groupTIS, 0x07, "force selection", davy.Diagnose},
	{groupTIS, modifyVariable, "modify variable", davy.Write},
	{groupTIS, forceVariable, "force", davy.Force},
	{groupTIS, 0x0a, "breakpoint", davy.Mode},
	{groupTIS, 0x0b, "exit HOLD", davy.Mode},
	{groupTIS, 0x0c, "memory reset", davy.Reset},
	{groupTIS, disableJob, "disable job", davy.Diagnose},
	{groupTIS, enableJob, "enable job", davy.Diagnose},
	{groupTIS, deleteJob, "delete job", davy.Diagnose},
	{groupTIS, 0x10, "read job list", davy.Diagnose},
	{groupTIS, readJob, "read job", davy.Diagnose},
	{groupTIS, replaceJob, "replace job", davy.Diagnose},
	{groupTIS, blockStatus2, "block status v2", davy.Diagnose},
	{groupTIS, 0x16, "flash LED", davy.Control},
	{groupCyclic, cyclicTransfer, "cyclic transfer", davy.Subscribe},
	{groupCyclic, unsubscribe, "unsubscribe", davy.Subscribe},
	{groupCyclic, changeDriven, "change driven transfer", davy.Subscribe},
	{groupCyclic, changeModify, "change driven transfer modify", davy.Subscribe},
	{groupCyclic, readRecord, "read record", davy.ReadConfig},
	{groupBlock, listBlocks, "list blocks", davy.Browse},
	{groupBlock, listBlocksOfType, "list blocks of type", davy.Browse},
	{groupBlock, blockInfo, "get block info", davy.Browse},
	{groupCPU, readSZL, "read SZL", davy.Diagnose},
	{groupCPU, messageService, "message service", davy.Subscribe},
	{groupCPU, diagnosticMsg, "diagnostic message", davy.Diagnose},
	{groupCPU, 0x05, "ALARM_8 indication", davy.Subscribe},
	{groupCPU, 0x06, "NOTIFY indication", davy.Subscribe},
	{groupCPU, alarm8Lock, "ALARM_8 lock", davy.Alarm},
	{groupCPU, alarm8Unlock, "ALARM_8 unlock", davy.Alarm},
	{groupCPU, scanInd, "SCAN indication", davy.Subscribe},
	{groupCPU, alarmAck, "ALARM ack", davy.Alarm},
	{groupCPU, 0x0c, "ALARM ack indication", davy.Subscribe},
	{groupCPU, 0x0d, "ALARM lock indication", davy.Subscribe},
	{groupCPU, 0x0e, "ALARM unlock indication", davy.Subscribe},
	{groupCPU, 0x10, "AR_SEND indication", davy.Subscribe},
	{groupCPU, 0x11, "ALARM_SQ indication", davy.Subscribe},
	{groupCPU, 0x12, "ALARM_S indication", davy.Subscribe},
	{groupCPU, alarmQuery, "ALARM query", davy.Diagnose},
	{groupCPU, 0x16, "NOTIFY_8 indication", davy.Subscribe},
	{groupSecret, 0x01, "password", davy.Authenticate},
	{groupSecret, 0x02, "clear password", davy.Authenticate},
	{groupBSend, 0x01, "BSEND", davy.Write},
	{groupClock, readClock, "read clock", davy.Diagnose},
	{groupClock, setClock, "set clock", davy.Clock},
	{groupClock, readClockNext, "read clock following", davy.Diagnose},
	{groupClock, setClockSecond, "set clock", davy.Clock},
	{groupDrives, 0x01, "data record routing open", davy.Connect},
	{groupDrives, 0x02, "data record routing close", davy.Connect},
	{groupDrives, 0x03, "data record routing", davy.Configure},
	{groupNC, 0x01, "NC request download", davy.Download},
	{groupNC, 0x02, "NC download block", davy.Download},
	{groupNC, 0x03, "NC continue download", davy.Download},
	{groupNC, 0x04, "NC download ended", davy.Download},
	{groupNC, 0x06, "NC start upload", davy.Upload},
	{groupNC, 0x07, "NC upload", davy.Upload},
	{groupNC, 0x08, "NC continue upload", davy.Upload},
	{groupUSend, 0, "USEND", davy.Write},
}

func serviceOf(group, service uint8) (op string, verb davy.Verb) {
	for i := range services {
		if services[i].group == group && services[i].service == service {
			return services[i].op, services[i].verb
		}
	}
	switch group {
	case groupTIS, groupBlock, groupCPU, groupCyclic:
		return "", davy.Diagnose
	case groupSecret:
		return "", davy.Authenticate
	case groupBSend:
		return "BSEND", davy.Write
	}
	return "", davy.Other
}

// serviceCode is a service as one number, apart from the functions of jobs.
func serviceCode(group, service uint8) uint32 { return 1<<16 | uint32(group)<<8 | uint32(service) }

// listVerb tells what reading a status list asks for, by the low half of its identifier.
func listVerb(id uint16) davy.Verb {
	switch id & 0xff {
	case 0x11, 0x1c:
		return davy.Identify // module identification, component identification
	case 0x00, 0x12, 0x13, 0x14, 0x15, 0x31:
		return davy.Browse // lists there are, features, memory, areas, block types, communication
	}
	return davy.Diagnose // states, protection, diagnostics
}
