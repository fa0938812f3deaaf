package cip

import (
	"slices"

	"github.com/davylamp/davy"
)

// Services that the reading itself knows.
const (
	getAttributesAll = 0x01
	setAttributesAll = 0x02
	getAttributeList = 0x03
	setAttributeList = 0x04
	resetService     = 0x05
	multipleService  = 0x0a
	getAttribute     = 0x0e
	setAttribute     = 0x10
	executePCCC      = 0x4b
	readTag          = 0x4c
	writeTag         = 0x4d
	forwardClose     = 0x4e
	modifyTag        = 0x4e
	unconnectedSend  = 0x52
	readFragment     = 0x52
	writeFragment    = 0x53
	forwardOpen      = 0x54
	listInstances    = 0x55
	largeForwardOpen = 0x5b
	firstOwnService  = 0x4b // services from here to 0x63 mean what the class says
	lastOwnService   = 0x63
	firstVendorOwn   = 0x32 // services from here to 0x4a are the vendor's
)

// meaning is what a service is called and what it does; NoVerb is left to the class.
type meaning struct {
	op   string
	verb davy.Verb
}

// common are the services that mean the same for every class (CIP Vol. 1, appendix A).
var common = [firstVendorOwn]meaning{
	0x01: {"Get Attributes All", getVerb},
	0x02: {"Set Attributes All", setVerb},
	0x03: {"Get Attribute List", getVerb},
	0x04: {"Set Attribute List", setVerb},
	0x05: {"Reset", davy.Reset},
	0x06: {"Start", davy.Start},
	0x07: {"Stop", davy.Stop},
	0x08: {"Create", makeVerb},
	0x09: {"Delete", makeVerb},
	0x0a: {"Multiple Service Packet", davy.Other},
	0x0d: {"Apply Attributes", davy.Configure},
	0x0e: {"Get Attribute Single", getVerb},
	0x10: {"Set Attribute Single", setVerb},
	0x11: {"Find Next Object Instance", davy.Browse},
	0x14: {"Error Response", davy.Other},
	0x15: {"Restore", davy.Configure},
	0x16: {"Save", davy.Configure},
	0x17: {"Nop", davy.Other},
	0x18: {"Get Member", getVerb},
	0x19: {"Set Member", setVerb},
	0x1a: {"Insert Member", setVerb},
	0x1b: {"Remove Member", setVerb},
	0x1c: {"Group Sync", davy.Other},
	0x1d: {"Get Connection Point Member List", davy.Browse},
}

// Verbs that stand for a choice by class, in the common table alone.
const (
	getVerb  davy.Verb = 100 + iota // what reading the class means
	setVerb                         // what writing the class means
	makeVerb                        // edit in a Logix controller, else configure
)

type ownService struct {
	class   uint32
	service uint8
	meaning
}

// own are services with a meaning of their own for a class, ordered by class and service.
// Class 0 stands for a tag that is named by its symbol.
//
// Sources: connection manager CIP Vol. 1, 3-5.5; file 5-42; control CIP Vol. 5, 5-2 (safety);
// modbus CIP Vol. 7; device level ring CIP Vol. 2, 5-6; tags, symbols and templates Rockwell
// publication 1756-PM020. Of the classes that Rockwell does not publish: forces are class
// 0x68 and 0x69, services 0x4d and 0x4e; the run mode is class 0x8e, services 0x06 and 0x07
// (AdvancedHMI's "Class Codes for ControlLogix"); MITRE's ACID indicators name 0x51 on
// 0x6a a change of the program, 0x08 on 0xac a download, 0x4b and 0x4c on 0x64 and 0x5c on
// 0x8e (CVE-2020-6990) the controller's handshake. 0x4f and 0x50 on 0x6a, 0x4d on 0x6c, and
// 0x4b on 0xac were concluded from recorded uploads, downloads and locks; 0x4b and 0x4c on
// 0x74, which stand around an engineer's edits, and the polling of 0x72 and 0xb2, in which an
// HMI has its tags collected, likewise.
var own = [...]ownService{
	{0, 0x4c, meaning{"Read Tag", davy.Read}},
	{0, 0x4d, meaning{"Write Tag", davy.Write}},
	{0, 0x4e, meaning{"Read Modify Write Tag", davy.Write}},
	{0, 0x52, meaning{"Read Tag Fragmented", davy.Read}},
	{0, 0x53, meaning{"Write Tag Fragmented", davy.Write}},
	{0, 0x55, meaning{"Get Instance Attribute List", davy.Browse}},
	{0x06, 0x4e, meaning{"Forward Close", davy.Connect}},
	{0x06, 0x52, meaning{"Unconnected Send", davy.Other}},
	{0x06, 0x54, meaning{"Forward Open", davy.Connect}},
	{0x06, 0x56, meaning{"Get Connection Data", davy.Diagnose}},
	{0x06, 0x57, meaning{"Search Connection Data", davy.Diagnose}},
	{0x06, 0x5a, meaning{"Get Connection Owner", davy.Diagnose}},
	{0x06, 0x5b, meaning{"Large Forward Open", davy.Connect}},
	{0x37, 0x4b, meaning{"Initiate Upload", davy.File}},
	{0x37, 0x4c, meaning{"Initiate Download", davy.File}},
	{0x37, 0x4d, meaning{"Initiate Partial Read", davy.File}},
	{0x37, 0x4e, meaning{"Initiate Partial Write", davy.File}},
	{0x37, 0x4f, meaning{"Upload Transfer", davy.File}},
	{0x37, 0x50, meaning{"Download Transfer", davy.File}},
	{0x37, 0x51, meaning{"Clear File", davy.File}},
	{0x39, 0x4c, meaning{"Recover", davy.Reset}},
	{0x39, 0x4e, meaning{"Perform Diagnostics", davy.Diagnose}},
	{0x39, 0x4f, meaning{"Configure Request", davy.Configure}},
	{0x39, 0x50, meaning{"Validate Configuration", davy.Configure}},
	{0x39, 0x51, meaning{"Set Password", davy.Configure}},
	{0x39, 0x52, meaning{"Configuration Lock", davy.Configure}},
	{0x39, 0x53, meaning{"Mode Change", davy.Mode}},
	{0x39, 0x54, meaning{"Safety Reset", davy.Reset}},
	{0x39, 0x55, meaning{"Reset Password", davy.Configure}},
	{0x39, 0x56, meaning{"Propose TUNID", davy.Configure}},
	{0x39, 0x57, meaning{"Apply TUNID", davy.Configure}},
	{0x39, 0x58, meaning{"Propose TUNID List", davy.Configure}},
	{0x39, 0x59, meaning{"Apply TUNID List", davy.Configure}},
	{0x3a, 0x4b, meaning{"Reset Error", davy.Diagnose}},
	{0x44, 0x4b, meaning{"Read Discrete Inputs", davy.Read}},
	{0x44, 0x4c, meaning{"Read Coils", davy.Read}},
	{0x44, 0x4d, meaning{"Read Input Registers", davy.Read}},
	{0x44, 0x4e, meaning{"Read Holding Registers", davy.Read}},
	{0x44, 0x4f, meaning{"Write Coils", davy.Write}},
	{0x44, 0x50, meaning{"Write Holding Registers", davy.Write}},
	{0x44, 0x51, meaning{"Modbus Passthrough", davy.Other}},
	{0x45, 0x4b, meaning{"Kick Timer", davy.Connect}},
	{0x45, 0x4c, meaning{"Open Connection", davy.Connect}},
	{0x45, 0x4d, meaning{"Close Connection", davy.Connect}},
	{0x45, 0x4e, meaning{"Stop Connection", davy.Connect}},
	{0x45, 0x4f, meaning{"Change Start", davy.Configure}},
	{0x45, 0x50, meaning{"Get Status", davy.Diagnose}},
	{0x45, 0x51, meaning{"Change Complete", davy.Configure}},
	{0x45, 0x52, meaning{"Audit Changes", davy.Configure}},
	{0x47, 0x4b, meaning{"Verify Fault Location", davy.Diagnose}},
	{0x47, 0x4c, meaning{"Clear Rapid Faults", davy.Diagnose}},
	{0x47, 0x4d, meaning{"Restart Sign On", davy.Diagnose}},
	{0x47, 0x4e, meaning{"Clear Gateway Partial Fault", davy.Diagnose}},
	{0x64, 0x4b, meaning{"Challenge", davy.Authenticate}},
	{0x64, 0x4c, meaning{"Challenge Response", davy.Authenticate}},
	{0x67, 0x4b, meaning{"Execute PCCC", davy.Other}},
	{0x68, 0x4d, meaning{"Enable SFC Forces", davy.Force}},
	{0x68, 0x4e, meaning{"Disable SFC Forces", davy.Force}},
	{0x69, 0x4d, meaning{"Enable I/O Forces", davy.Force}},
	{0x69, 0x4e, meaning{"Disable I/O Forces", davy.Force}},
	{0x6a, 0x4f, meaning{"Program Object Read", davy.Upload}},
	{0x6a, 0x50, meaning{"Program Object Write", davy.Download}},
	{0x6a, 0x51, meaning{"Program Object Change", davy.Edit}},
	{0x6b, 0x4c, meaning{"Read Tag", davy.Read}},
	{0x6b, 0x4d, meaning{"Write Tag", davy.Write}},
	{0x6b, 0x4e, meaning{"Read Modify Write Tag", davy.Write}},
	{0x6b, 0x52, meaning{"Read Tag Fragmented", davy.Read}},
	{0x6b, 0x53, meaning{"Write Tag Fragmented", davy.Write}},
	{0x6b, 0x55, meaning{"Get Instance Attribute List", davy.Browse}},
	{0x6c, 0x4c, meaning{"Read Template", davy.Browse}},
	{0x6c, 0x4d, meaning{"Write Template", davy.Edit}},
	{0x72, 0x4c, meaning{"Read Data", davy.Read}},
	{0x74, 0x4b, meaning{"Reserve", davy.Authenticate}},
	{0x74, 0x4c, meaning{"Release", davy.Authenticate}},
	{0x8e, 0x5c, meaning{"Controller Handshake", davy.Authenticate}},
	{0xa1, 0x4b, meaning{"NVS Update", davy.Firmware}},
	{0xa1, 0x4d, meaning{"NVS Transfer", davy.Firmware}},
	{0xac, 0x4b, meaning{"Controller Lock", davy.Control}},
	{0xb2, 0x4c, meaning{"Read Data", davy.Read}},
}

// operation says what a service is called and what it does to what the path names.
func operation(service uint8, p *epath, data []byte) (string, davy.Verb) {
	c := classOf(p.class)
	if service < firstVendorOwn {
		m := common[service]
		switch m.verb {
		case getVerb:
			m.verb = c.reads()
			if p.class == linkClass && (p.attribute == 4 || p.attribute == 5) {
				m.verb = davy.Diagnose // interface and media counters (CIP Vol. 2, 5-5.3.2)
			}
		case setVerb:
			m.verb = c.writes()
		case makeVerb:
			if m.verb = davy.Configure; logix(p.class) {
				m.verb = davy.Edit
			}
		case davy.Reset:
			if p.class == identityClass && (len(data) == 0 || data[0] == 0) {
				m.verb = davy.Restart // type 0 is a power cycle; the others clear (CIP Vol. 1, table 5-2.5)
			}
		case davy.NoVerb:
			m.verb = davy.Other
		}
		return m.op, m.verb
	}
	if p.classes == 0 && p.symbols == 0 {
		return "", davy.Other
	}
	key := p.class<<8 | uint32(service)
	i, ok := slices.BinarySearchFunc(own[:], key, func(o ownService, key uint32) int {
		return int(o.class<<8|uint32(o.service)) - int(key)
	})
	switch {
	case ok:
		return own[i].op, own[i].verb
	case p.class == storageClass && service >= firstOwnService && service <= lastOwnService:
		return "", davy.Firmware
	}
	return "", davy.Other
}

// reserved reports whether the specification keeps a service code for later (CIP Vol. 1,
// tables 4-9.6 and ).
func reserved(service uint8) bool {
	if service < firstVendorOwn {
		return common[service].op == ""
	}
	return service > lastOwnService
}

// namesTag reports whether the path names tag data: by its symbol, or by the symbol's instance.
func (p *epath) namesTag() bool {
	return p.classes == 0 && p.symbols > 0 || p.class == symbolClass
}
