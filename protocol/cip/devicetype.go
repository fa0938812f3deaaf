package cip

import (
	"slices"

	"github.com/davylamp/davy"
)

// profile is a device type (CIP Vol. 1, table 6-7.1, and those that vendors took from the
// vendor-specific range and publish), and the kind of asset it makes where that is certain.
type profile struct {
	id   uint16
	name string
	kind string
}

var profiles = [...]profile{
	{0x00, "Generic Device", ""},
	{0x01, "Control Station", ""},
	{0x02, "AC Drive Device", davy.KindDrive},
	{0x03, "Motor Overload", ""},
	{0x04, "Limit Switch", davy.KindSensor},
	{0x05, "Inductive Proximity Switch", davy.KindSensor},
	{0x06, "Photoelectric Sensor", davy.KindSensor},
	{0x07, "General Purpose Discrete I/O", davy.KindIO},
	{0x08, "Encoder", davy.KindSensor},
	{0x09, "Resolver", davy.KindSensor},
	{0x0a, "General Purpose Analog I/O", davy.KindIO},
	{0x0c, "Communications Adapter", ""},
	{0x0d, "Barcode Scanner", davy.KindSensor},
	{0x0e, "Programmable Logic Controller", davy.KindController},
	{0x10, "Position Controller", davy.KindDrive},
	{0x11, "Weigh Scale", davy.KindSensor},
	{0x12, "Message Display", davy.KindHMI},
	{0x13, "DC Drive", davy.KindDrive},
	{0x14, "Servo Drive", davy.KindDrive},
	{0x15, "Contactor", ""},
	{0x16, "Motor Starter", ""},
	{0x17, "Softstart Starter", ""},
	{0x18, "Human-Machine Interface", davy.KindHMI},
	{0x19, "Pneumatic Valve", davy.KindIO},
	{0x1a, "Mass Flow Controller", ""},
	{0x1b, "Pneumatic Valve", davy.KindIO},
	{0x1c, "Vacuum Pressure Gauge", davy.KindSensor},
	{0x1d, "Process Control Valve", ""},
	{0x1e, "Residual Gas Analyzer", davy.KindSensor},
	{0x1f, "DC Power Generator", ""},
	{0x20, "RF Power Generator", ""},
	{0x21, "Turbomolecular Vacuum Pump", ""},
	{0x22, "Encoder", davy.KindSensor},
	{0x23, "Safety Discrete I/O Device", davy.KindIO},
	{0x24, "Fluid Flow Controller", ""},
	{0x25, "CIP Motion Drive", davy.KindDrive},
	{0x26, "CompoNet Repeater", ""},
	{0x27, "Mass Flow Controller Enhanced", ""},
	{0x28, "CIP Modbus Device", ""},
	{0x29, "CIP Modbus Translator", davy.KindGateway},
	{0x2a, "Safety Analog I/O Device", davy.KindIO},
	{0x2b, "Generic Device (keyable)", ""},
	{0x2c, "Managed Ethernet Switch", davy.KindSwitch},
	{0x2d, "CIP Motion Safety Drive Device", davy.KindDrive},
	{0x2e, "Safety Drive Device", davy.KindDrive},
	{0x2f, "CIP Motion Encoder", davy.KindSensor},
	{0x30, "CIP Motion Converter", davy.KindDrive},
	{0x31, "CIP Motion I/O", davy.KindIO},
	{0x32, "ControlNet Physical Layer Component", ""},
	{0x64, "In-Sight 2000 Series", davy.KindCamera},
	{0x96, "PowerFlex 525", davy.KindDrive},
	{0xc8, "Embedded Component", ""},
	{0x305, "DataMan Series Reader", davy.KindSensor},
}

func deviceType(id uint16) (name, kind string) {
	i, ok := slices.BinarySearchFunc(profiles[:], id, func(p profile, id uint16) int { return int(p.id) - int(id) })
	if !ok {
		return "", ""
	}
	return profiles[i].name, profiles[i].kind
}
