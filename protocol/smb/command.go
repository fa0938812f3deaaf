package smb

import "github.com/davylamp/davy"

// command is what a command is called and means. Quiet ones are the daily work of reading
// and writing what has been opened.
type command struct {
	op    string
	verb  davy.Verb
	quiet bool
}

// smb2Code marks the codes of version 2 and later, so that one number names a command.
const smb2Code = 0x100

// commands2 are the commands of SMB 2 and 3 ([MS-SMB2] 2.2.1).
var commands2 = [...]command{
	{"negotiate", davy.Connect, false}, {"session setup", davy.Authenticate, false}, {"log off", davy.Authenticate, false},
	{"tree connect", davy.Connect, false}, {"tree disconnect", davy.Connect, true}, {"create", davy.Read, false},
	{"close", davy.Other, true}, {"flush", davy.Other, true}, {"read", davy.Read, true}, {"write", davy.File, true},
	{"lock", davy.Other, true}, {"ioctl", davy.Other, true}, {"cancel", davy.Other, true}, {"echo", davy.Diagnose, true},
	{"query directory", davy.Browse, true}, {"change notify", davy.Subscribe, true}, {"query info", davy.Browse, true},
	{"set info", davy.File, true}, {"oplock break", davy.Other, true},
}

// Commands of SMB 1 that are read further ([MS-CIFS] 2.2.2.1).
const (
	cmdDelete       = 0x06
	cmdRename       = 0x07
	cmdTransaction  = 0x25
	cmdTransaction2 = 0x32
	cmdNegotiate    = 0x72
	cmdSessionSetup = 0x73
	cmdTreeConnect  = 0x75
	cmdCreate       = 0xa2
	cmdOpenX        = 0x2d
)

// commandOf finds a command by its code; an empty name is no command.
func commandOf(code uint32) command {
	if code >= smb2Code {
		if code -= smb2Code; int(code) < len(commands2) {
			return commands2[code]
		}
		return command{}
	}
	switch code {
	case 0x00:
		return command{"create directory", davy.File, false}
	case 0x01:
		return command{"delete directory", davy.File, false}
	case 0x02:
		return command{"open", davy.Read, false}
	case 0x03, 0x0f:
		return command{"create", davy.File, false}
	case 0x04:
		return command{"close", davy.Other, true}
	case 0x05:
		return command{"flush", davy.Other, true}
	case cmdDelete:
		return command{"delete", davy.File, false}
	case cmdRename:
		return command{"rename", davy.File, false}
	case 0x08:
		return command{"query info", davy.Browse, true}
	case 0x09:
		return command{"set info", davy.File, true}
	case 0x0a, 0x1a, 0x2e:
		return command{"read", davy.Read, true}
	case 0x0b, 0x1d, 0x2f, 0x2c, 0x0d:
		return command{"write", davy.File, true}
	case 0x10:
		return command{"check directory", davy.Browse, true}
	case 0x11, 0x12, 0x22, 0x23, 0x0c, 0x24, 0x13, 0x14:
		return command{"other", davy.Other, true}
	case cmdTransaction, 0x26:
		return command{"transaction", davy.Other, true}
	case 0x29:
		return command{"copy", davy.File, false}
	case 0x2a:
		return command{"move", davy.File, false}
	case 0x2b:
		return command{"echo", davy.Diagnose, true}
	case cmdOpenX:
		return command{"open", davy.Read, false}
	case cmdTransaction2, 0x33:
		return command{"transaction 2", davy.Other, true}
	case 0x34, 0x35:
		return command{"find close", davy.Other, true}
	case 0x70, cmdTreeConnect:
		return command{"tree connect", davy.Connect, false}
	case 0x71:
		return command{"tree disconnect", davy.Connect, true}
	case cmdNegotiate:
		return command{"negotiate", davy.Connect, false}
	case cmdSessionSetup:
		return command{"session setup", davy.Authenticate, false}
	case 0x74:
		return command{"log off", davy.Authenticate, false}
	case 0x80, 0x81, 0x82, 0x83, 0x84:
		return command{"search", davy.Browse, true}
	case 0xa0, 0xa1:
		return command{"nt transaction", davy.Other, true}
	case cmdCreate:
		return command{"create", davy.Read, false}
	case 0xa4:
		return command{"cancel", davy.Other, true}
	case 0xa5:
		return command{"nt rename", davy.File, false}
	case 0xc0, 0xc1, 0xc2, 0xc3:
		return command{"print", davy.File, true}
	}
	return command{}
}

// Statuses that are no failures ([MS-ERREF] 2.3.1).
const (
	statusPending        = 0x00000103
	statusMoreProcessing = 0xc0000016
	statusBufferOverflow = 0x80000005
	statusNoMoreFiles    = 0x80000006
)

// status makes a result of an NTSTATUS.
func status(code uint32) davy.Result {
	r := davy.Result{Told: true, Code: code, Failed: code >= 0x80000000}
	switch code {
	case 0:
	case statusPending:
		r.Name = "pending"
	case statusMoreProcessing:
		r.Name, r.Failed = "more processing required", false
	case statusBufferOverflow:
		r.Name, r.Failed = "more data", false
	case statusNoMoreFiles:
		r.Name, r.Failed = "no more files", false
	case 0xc0000022:
		r.Name = "access denied"
	case 0xc0000034:
		r.Name = "no such object"
	case 0xc000003a:
		r.Name = "no such path"
	case 0xc000000f:
		r.Name = "no such file"
	case 0xc0000035:
		r.Name = "name collision"
	case 0xc0000043:
		r.Name = "sharing violation"
	case 0xc000006d:
		r.Name = "log-in failed"
	case 0xc000006a:
		r.Name = "wrong password"
	case 0xc0000064:
		r.Name = "no such user"
	case 0xc000006e:
		r.Name = "account restriction"
	case 0xc000006f:
		r.Name = "invalid log-in hours"
	case 0xc0000071:
		r.Name = "password expired"
	case 0xc0000072:
		r.Name = "account disabled"
	case 0xc0000193:
		r.Name = "account expired"
	case 0xc0000234:
		r.Name = "account locked"
	case 0xc00000cc:
		r.Name = "no such share"
	case 0xc00000bb:
		r.Name = "not supported"
	case 0xc000000d:
		r.Name = "invalid parameter"
	case 0xc0000008, 0xc0000128:
		r.Name = "invalid handle"
	case 0xc0000203:
		r.Name = "session deleted"
	case 0xc0000120:
		r.Name = "cancelled"
	default:
		if r.Failed {
			r.Name = "failed"
		}
	}
	return r
}
