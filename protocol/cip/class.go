package cip

import (
	"slices"

	"github.com/davylamp/davy"
)

// Classes that the reading itself knows.
const (
	identityClass     = 0x01
	assemblyClass     = 0x04
	connectionManager = 0x06
	fileClass         = 0x37
	pcccClass         = 0x67
	symbolClass       = 0x6b
	templateClass     = 0x6c
	wallClockClass    = 0x8b
	controllerClass   = 0x8e
	storageClass      = 0xa1
	dhPlusClass       = 0xa6
	tcpipClass        = 0xf5
	linkClass         = 0xf6
)

// class is what is known of an object class: its name, and what reading and writing its
// attributes means. Zero verbs are read and write.
type class struct {
	id          uint32
	name        string
	read, write davy.Verb
}

// classes are ODVA's public object classes (CIP Vol. 1, chapter 5; Vol. 2, Vol. 5, Vol. 7, Vol. 8) and the
// few vendor-specific ones of Logix controllers that have published meanings (Rockwell
// publication 1756-PM020, "Logix 5000 Controllers Data Access"; 1756-RM003 for the wall
// clock). In the vendor-specific range of a Logix controller (0x64 to 0xc7), writing the
// attributes of what makes up a program is an edit: which classes those are was concluded
// from recorded downloads, and is no published fact.
var classes = [...]class{
	{0x01, "identity", davy.Identify, davy.Configure},
	{0x02, "message router", davy.Browse, davy.Configure},
	{0x03, "devicenet", davy.ReadConfig, davy.Configure},
	{0x04, "assembly", 0, 0},
	{0x05, "connection", davy.Diagnose, davy.Configure},
	{0x06, "connection manager", davy.Diagnose, davy.Configure},
	{0x07, "register", 0, 0},
	{0x08, "discrete input point", 0, 0},
	{0x09, "discrete output point", 0, davy.Control},
	{0x0a, "analog input point", 0, 0},
	{0x0b, "analog output point", 0, davy.Control},
	{0x0e, "presence sensing", 0, 0},
	{0x0f, "parameter", 0, davy.Configure},
	{0x10, "parameter group", davy.ReadConfig, davy.Configure},
	{0x12, "group", 0, 0},
	{0x1d, "discrete input group", 0, 0},
	{0x1e, "discrete output group", 0, davy.Control},
	{0x1f, "discrete group", 0, 0},
	{0x20, "analog input group", 0, 0},
	{0x21, "analog output group", 0, davy.Control},
	{0x22, "analog group", 0, 0},
	{0x23, "position sensor", 0, 0},
	{0x24, "position controller supervisor", 0, davy.Control},
	{0x25, "position controller", 0, davy.Control},
	{0x26, "block sequencer", 0, davy.Control},
	{0x27, "command block", 0, davy.Configure},
	{0x28, "motor data", davy.ReadConfig, davy.Configure},
	{0x29, "control supervisor", 0, davy.Control},
	{0x2a, "ac/dc drive", 0, 0},
	{0x2b, "acknowledge handler", davy.Diagnose, davy.Configure},
	{0x2c, "overload", 0, davy.Configure},
	{0x2d, "softstart", 0, davy.Configure},
	{0x2e, "selection", 0, 0},
	{0x30, "s-device supervisor", 0, davy.Configure},
	{0x31, "s-analog sensor", 0, 0},
	{0x32, "s-analog actuator", 0, davy.Control},
	{0x33, "s-single stage controller", 0, 0},
	{0x34, "s-gas calibration", 0, davy.Configure},
	{0x35, "trip point", 0, davy.Configure},
	{0x37, "file", davy.File, davy.File},
	{0x38, "s-partial pressure", 0, 0},
	{0x39, "safety supervisor", davy.Diagnose, davy.Configure},
	{0x3a, "safety validator", davy.Diagnose, davy.Configure},
	{0x3b, "safety discrete output point", 0, davy.Control},
	{0x3c, "safety discrete output group", 0, davy.Control},
	{0x3d, "safety discrete input point", 0, davy.Configure},
	{0x3e, "safety discrete input group", 0, davy.Configure},
	{0x3f, "safety dual channel output", 0, davy.Control},
	{0x40, "s-sensor calibration", 0, davy.Configure},
	{0x41, "event log", davy.Diagnose, davy.Configure},
	{0x42, "motion device axis", 0, davy.Control},
	{0x43, "time sync", davy.ReadConfig, davy.Clock},
	{0x44, "modbus", 0, 0},
	{0x45, "originator connection list", davy.ReadConfig, davy.Configure},
	{0x46, "modbus serial link", davy.ReadConfig, davy.Configure},
	{0x47, "device level ring", davy.Diagnose, davy.Configure},
	{0x48, "qos", davy.ReadConfig, davy.Configure},
	{0x49, "safety analog input point", 0, davy.Configure},
	{0x4a, "safety analog input group", 0, davy.Configure},
	{0x4b, "safety dual channel analog input", 0, davy.Configure},
	{0x4c, "sercos iii link", davy.ReadConfig, davy.Configure},
	{0x4d, "target connection list", davy.ReadConfig, davy.Configure},
	{0x4e, "base energy", 0, davy.Configure},
	{0x4f, "electrical energy", 0, davy.Configure},
	{0x50, "non-electrical energy", 0, davy.Configure},
	{0x51, "base switch", davy.ReadConfig, davy.Configure},
	{0x52, "snmp", davy.ReadConfig, davy.Configure},
	{0x53, "power management", davy.ReadConfig, davy.Configure},
	{0x54, "rstp bridge", davy.ReadConfig, davy.Configure},
	{0x55, "rstp port", davy.ReadConfig, davy.Configure},
	{0x56, "prp/hsr protocol", davy.ReadConfig, davy.Configure},
	{0x57, "prp/hsr nodes table", davy.ReadConfig, davy.Configure},
	{0x58, "safety feedback", 0, davy.Configure},
	{0x59, "safety dual channel feedback", 0, davy.Configure},
	{0x5a, "safety stop functions", 0, davy.Configure},
	{0x5b, "safety limit functions", 0, davy.Configure},
	{0x5c, "power curtailment", 0, davy.Configure},
	{0x5d, "cip security", davy.ReadConfig, davy.Configure},
	{0x5e, "ethernet/ip security", davy.ReadConfig, davy.Configure},
	{0x5f, "certificate management", davy.ReadConfig, davy.Configure},
	{0x60, "authority", davy.ReadConfig, davy.Configure},
	{0x61, "password authenticator", davy.ReadConfig, davy.Configure},
	{0x62, "certificate authenticator", davy.ReadConfig, davy.Configure},
	{0x64, "", 0, davy.Edit},
	{0x67, "pccc", 0, 0},
	{0x68, "program", 0, davy.Edit},
	{0x69, "", 0, davy.Edit},
	{0x6a, "", 0, davy.Edit},
	{0x6b, "symbol", davy.Browse, davy.Edit},
	{0x6c, "template", davy.Browse, davy.Edit},
	{0x70, "", 0, davy.Edit},
	{0x77, "", 0, davy.Edit},
	{0x8b, "wall clock", 0, davy.Clock},
	{0x8e, "controller", 0, davy.Edit},
	{0xa1, "non-volatile storage", 0, davy.Firmware},
	{0xa6, "dh+", 0, 0},
	{0xf0, "controlnet", davy.ReadConfig, davy.Configure},
	{0xf1, "controlnet keeper", davy.ReadConfig, davy.Configure},
	{0xf2, "controlnet scheduling", davy.ReadConfig, davy.Configure},
	{0xf3, "connection configuration", davy.ReadConfig, davy.Configure},
	{0xf4, "port", davy.ReadConfig, davy.Configure},
	{0xf5, "tcp/ip interface", davy.ReadConfig, davy.Configure},
	{0xf6, "ethernet link", davy.ReadConfig, davy.Configure},
	{0xf7, "componet", davy.ReadConfig, davy.Configure},
	{0xf8, "componet repeater", davy.ReadConfig, davy.Configure},
	{0xf9, "hart master port", davy.ReadConfig, davy.Configure},
	{0xfa, "i/o aggregation", 0, davy.Configure},
	{0x100, "protection trip", davy.Diagnose, davy.Configure},
	{0x101, "protection alarm", davy.Diagnose, davy.Configure},
	{0x102, "circuit breaker supervisor", 0, davy.Control},
	{0x103, "circuit breaker statistics", davy.Diagnose, davy.Configure},
	{0x104, "electrical demand", 0, davy.Configure},
	{0x105, "electrical statistics", davy.Diagnose, davy.Configure},
	{0x106, "machine base data", davy.ReadConfig, davy.Configure},
	{0x107, "hart process device", 0, davy.Configure},
	{0x108, "process device diagnostics", davy.Diagnose, davy.Configure},
	{0x109, "lldp management", davy.ReadConfig, davy.Configure},
	{0x10a, "lldp data table", davy.Browse, davy.Configure},
	{0x10b, "io-link service parameter", davy.ReadConfig, davy.Configure},
	{0x10c, "io-link master phy", davy.ReadConfig, davy.Configure},
	{0x10d, "io-link device phy", davy.ReadConfig, davy.Configure},
}

// classOf is what is known of a class, the zero class when nothing is.
func classOf(id uint32) class {
	i, ok := slices.BinarySearchFunc(classes[:], id, func(c class, id uint32) int { return int(c.id) - int(id) })
	if !ok {
		return class{}
	}
	return classes[i]
}

func className(id uint32) string { return classOf(id).name }

// reads and writes are what reading and writing attributes of the class means.
func (c class) reads() davy.Verb {
	if c.read == davy.NoVerb {
		return davy.Read
	}
	return c.read
}

func (c class) writes() davy.Verb {
	if c.write == davy.NoVerb {
		return davy.Write
	}
	return c.write
}

// logix reports whether a class is in the range that vendors define themselves, where Logix
// controllers keep their programs (CIP Vol. 1, table 5-1.1).
func logix(id uint32) bool { return id >= 0x64 && id <= 0xc7 }
