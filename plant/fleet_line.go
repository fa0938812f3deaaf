package plant

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

// controllers are the PLCs, of four makes.
func (f *fleet) controllers() {
	f.fill = f.add(f.line, "10.20.10.11", 0x286336_a41b07, &simatic, &host{Name: "plc-fill", Kind: davy.KindController, Vendor: "Siemens",
		Model: "6ES7 516-3AN02-0AB0", Firmware: "V2.9.4", Serial: "S C-N8KD51892021", Critical: "high", Owner: "Filling",
		Speaks: "S7comm, PROFINET", points: fillPoints,
		station: frame.Station{Name: "plc-fill", Vendor: "S7-1500", VendorID: 0x2a, DeviceID: 0x010e, Role: 2}})
	f.pal = f.add(f.line, "10.20.10.12", 0x000e8c_d1330a, &simatic, &host{Name: "plc-pal", Kind: davy.KindController, Vendor: "Siemens",
		Model: "6ES7 315-2EH14-0AB0", Firmware: "V3.2.6", Serial: "S C-C2UR29482011", Critical: "high", Owner: "Packaging",
		Speaks: "S7comm", points: palPoints})
	f.pack = f.add(f.line, "10.20.10.13", 0xf45433_8e20b4, &logix, &host{Name: "plc-pack", Kind: davy.KindController, Vendor: "Rockwell Automation",
		Model: "1756-L83E/B", Firmware: "33.11", Serial: "00C1A7F4", Critical: "high", Owner: "Packaging",
		Speaks: "EtherNet/IP, CIP", points: packPoints,
		identity: frame.Identity{Vendor: 1, Kind: 14, Product: 166, Major: 33, Minor: 11, Status: 0x3060, Serial: 0x00c1a7f4, Name: "1756-L83E/B", State: 3}})
	past := func(name, ip string, mac davy.MAC) *host {
		return f.add(f.line, ip, mac, &modicon, &host{Name: name, Kind: davy.KindController, Vendor: "Schneider Electric",
			Model: "BME H58 2040", Firmware: "3.20", Critical: "critical", Owner: "Process",
			Speaks: "Modbus, UMAS", points: pastPoints})
	}
	f.pastA = past("plc-past-a", "10.20.10.30", 0x0080f4_1d6a20)
	f.pastB = past("plc-past-b", "10.20.10.31", 0x0080f4_1d6a9c)
	f.util = f.add(f.line, "10.20.10.15", 0x0030de_42c811, &appliance, &host{Name: "plc-util", Kind: davy.KindController, Vendor: "WAGO",
		Model: "750-8212", Firmware: "03.10.08", Critical: "medium", Owner: "Utilities", Speaks: "Modbus", points: utilPoints})
}

// fieldDevices are remote I/O, drives and meters.
func (f *fleet) fieldDevices() {
	pn := func(name, ip string, mac davy.MAC, kind, model, family string, device uint16) *host {
		return f.add(f.line, ip, mac, &simatic, &host{Name: name, Kind: kind, Vendor: "Siemens", Model: model, Critical: "medium", Owner: "Filling",
			Speaks: "PROFINET, LLDP", station: frame.Station{Name: name, Vendor: family, VendorID: 0x2a, DeviceID: device, Role: 1}})
	}
	f.ioFill1 = pn("io-fill-1", "10.20.10.21", 0xac6417_05b7e1, davy.KindIO, "6ES7 155-6AU01-0BN0", "ET200SP", 0x0313)
	f.ioFill2 = pn("io-fill-2", "10.20.10.22", 0xac6417_05b81d, davy.KindIO, "6ES7 155-6AU01-0BN0", "ET200SP", 0x0313)
	f.drvConv = pn("drv-conv", "10.20.10.23", 0x001b1b_97f044, davy.KindDrive, "6SL3246-0BA22-1FA0", "SINAMICS-G120", 0x0701)
	f.ioPack = f.add(f.line, "10.20.10.24", 0x001d9c_c3a5e8, &logix, &host{Name: "io-pack", Kind: davy.KindIO, Vendor: "Rockwell Automation",
		Model: "1734-AENTR/B", Firmware: "5.19", Serial: "60A1B2C3", Critical: "medium", Owner: "Packaging", Speaks: "EtherNet/IP, CIP I/O",
		identity: frame.Identity{Vendor: 1, Kind: 12, Product: 196, Major: 5, Minor: 19, Status: 0x0070, Serial: 0x60a1b2c3, Name: "1734-AENTR/B Ethernet Adapter", State: 3}})
	f.drvPack = f.add(f.line, "10.20.10.25", 0xf45433_b902f7, &logix, &host{Name: "drv-pack", Kind: davy.KindDrive, Vendor: "Rockwell Automation",
		Model: "PowerFlex 525", Firmware: "7.1", Serial: "6099D41E", Critical: "medium", Owner: "Packaging", Speaks: "EtherNet/IP, CIP I/O",
		identity: frame.Identity{Vendor: 1, Kind: 150, Product: 9, Major: 7, Minor: 1, Status: 0x0070, Serial: 0x6099d41e, Name: "PowerFlex 525 3P 400V 5.0HP", State: 3}})
	f.ioPast1 = f.add(f.line, "10.20.10.26", 0x000054_29c01a, &modicon, &host{Name: "io-past-1", Kind: davy.KindIO, Vendor: "Schneider Electric",
		Model: "STB NIP 2311", Firmware: "4.00", Critical: "high", Owner: "Process", Speaks: "Modbus", points: pastInputs})
	f.ioPast2 = f.add(f.line, "10.20.10.27", 0x0030de_0b77f2, &appliance, &host{Name: "io-past-2", Kind: davy.KindIO, Vendor: "WAGO",
		Model: "750-352", Firmware: "01.04.17", Critical: "high", Owner: "Process", Speaks: "Modbus", points: tankInputs})
	f.drvPump1 = f.add(f.line, "10.20.10.28", 0x0080f4_c0357b, &modicon, &host{Name: "drv-pump-1", Kind: davy.KindDrive, Vendor: "Schneider Electric",
		Model: "ATV320U22N4B", Firmware: "2.7", Critical: "medium", Owner: "Process", Speaks: "Modbus", points: pumpDrive})
	f.drvPump2 = f.add(f.line, "10.20.10.29", 0x0080f4_c035d0, &modicon, &host{Name: "drv-pump-2", Kind: davy.KindDrive, Vendor: "Schneider Electric",
		Model: "ATV320U22N4B", Firmware: "2.7", Critical: "medium", Owner: "Process", Speaks: "Modbus", points: boostDrive})
	f.meters = f.add(f.line, "10.20.10.35", 0x000054_6e1183, &modicon, &host{Name: "gw-meter", Kind: davy.KindGateway, Vendor: "Schneider Electric",
		Model: "EGX150", Firmware: "5.1", Critical: "low", Owner: "Utilities", Speaks: "Modbus gateway, units 1 to 3", points: meterPoints})
}

// stations are panels, servers and switches on the line.
func (f *fleet) stations() {
	f.hmiFill = f.add(f.line, "10.20.10.51", 0x286336_c9f21e, &simatic, &host{Name: "hmi-fill", Kind: davy.KindHMI, Vendor: "Siemens",
		Model: "6AV2 124-0MC01-0AX0", Critical: "medium", Owner: "Filling", Speaks: "S7comm client, LLDP"})
	f.hmiPack = f.add(f.line, "10.20.10.52", 0x001d9c_e7104b, &windows, &host{Name: "hmi-pack", Kind: davy.KindHMI, Vendor: "Rockwell Automation",
		Model: "PanelView Plus 7", Critical: "medium", Owner: "Packaging", Speaks: "EtherNet/IP, CIP client",
		identity: frame.Identity{Vendor: 1, Kind: 24, Product: 125, Major: 12, Minor: 0, Status: 0, Serial: 0xb3017e22, Name: "PanelView Plus 7", State: 255}})
	f.hmiPast = f.add(f.line, "10.20.10.53", 0x0080f4_7b0cd5, &appliance, &host{Name: "hmi-past", Kind: davy.KindHMI, Vendor: "Schneider Electric",
		Model: "HMIGTO5310", Critical: "medium", Owner: "Process", Speaks: "Modbus client"})
	f.scada = f.add(f.line, "10.20.10.40", 0xc8f750_3b6a12, &windows, &host{Name: "scada-01", Kind: davy.KindServer, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "high", Owner: "Automation", Speaks: "S7comm, CIP, Modbus client, OPC UA server, SNMP client"})
	f.eng = f.add(f.line, "10.20.10.45", 0x9c7bef_51d3c6, &windows, &host{Name: "eng-01", Kind: davy.KindEngineering, Vendor: "HP",
		Model: "Z2 G9", Critical: "high", Owner: "Automation", Speaks: "S7comm, UMAS, CIP, PROFINET DCP, RDP"})
	f.sw1 = f.add(f.line, "10.20.10.5", 0xece555_20ab40, &appliance, &host{Name: "sw-line-1", Kind: davy.KindSwitch, Vendor: "Hirschmann",
		Model: "RSP30", Firmware: "09.1.02", Critical: "high", Owner: "Automation", Speaks: "LLDP, SNMP"})
	f.sw2 = f.add(f.line, "10.20.10.6", 0xece555_20ac80, &appliance, &host{Name: "sw-line-2", Kind: davy.KindSwitch, Vendor: "Hirschmann",
		Model: "RSP30", Firmware: "09.1.02", Critical: "high", Owner: "Automation", Speaks: "LLDP, SNMP"})
}
