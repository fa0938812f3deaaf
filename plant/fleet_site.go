package plant

import (
	"fmt"

	"github.com/davylamp/davy"
)

// site3 is what lies above the line: operations, DMZ, office, and the world outside.
func (f *fleet) site3() {
	f.historian = f.add(f.operations, "10.20.20.10", 0xc8f750_90e4d7, &windows, &host{Name: "historian-01", Kind: davy.KindHistorian, Vendor: "Dell",
		Model: "PowerEdge R450", Critical: "medium", Owner: "Automation", Speaks: "Modbus and CIP client, OPC UA client, HTTP client"})
	f.edge = f.add(f.operations, "10.20.20.12", 0x000bab_8812f3, &linux, &host{Name: "edge-01", Kind: davy.KindGateway, Vendor: "Advantech",
		Model: "UNO-2271G", Critical: "low", Owner: "Automation", Speaks: "Modbus client, MQTT client, SSH"})
	f.ntp = f.add(f.operations, "10.20.20.20", 0xec4670_00b84a, &linux, &host{Name: "ntp-01", Kind: davy.KindServer, Vendor: "Meinberg",
		Model: "LANTIME M300", Critical: "medium", Owner: "Automation", Speaks: "NTP"})
	f.jump = f.add(f.dmz, "10.20.30.10", 0x98e743_61f7a5, &windows, &host{Name: "jump-01", Kind: davy.KindServer, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "high", Owner: "IT", Speaks: "RDP, SSH client"})
	f.mirror = f.add(f.dmz, "10.20.30.20", 0x98e743_61f90c, &linux, &host{Name: "mirror-01", Kind: davy.KindHistorian, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "low", Owner: "IT", Speaks: "HTTP"})
	f.broker = f.add(f.dmz, "10.20.30.30", 0x98e743_61fa33, &linux, &host{Name: "broker-01", Kind: davy.KindServer, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "low", Owner: "IT", Speaks: "MQTT"})
	f.dc = f.add(f.office, "10.40.1.10", 0xc8f750_aa0b31, &windows, &host{Name: "dc-01", Kind: davy.KindServer, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "high", Owner: "IT", Speaks: "DNS, DHCP"})
	f.files = f.add(f.office, "10.40.1.11", 0xc8f750_aa0c72, &windows, &host{Name: "file-01", Kind: davy.KindServer, Vendor: "Dell",
		Model: "PowerEdge R350", Critical: "medium", Owner: "IT", Speaks: "SMB"})
	f.printer = f.add(f.office, "10.40.1.30", 0x3c2af4_77d9be, &appliance, &host{Name: "prn-01", Kind: davy.KindPrinter, Vendor: "Brother",
		Model: "HL-L6400DW", Critical: "low", Owner: "IT", Speaks: "HTTP"})
	for i := range 4 {
		f.desks = append(f.desks, f.add(f.office, fmt.Sprintf("10.40.1.%d", 101+i), 0x10c595_4e8800+davy.MAC(i*0x61), &windows, &host{
			Name: fmt.Sprintf("ws-%d", 101+i), Kind: davy.KindWorkstation, Vendor: "Lenovo", Model: "ThinkCentre M70q",
			Critical: "low", Owner: "IT", Speaks: "DNS, DHCP, TLS, SMB, RDP"}))
	}
	f.webNames = []string{"news.example.com", "mail.example.org", "cdn.example.net", "updates.example.com"}
	assets := len(f.hosts)
	for i, name := range f.webNames {
		f.web = append(f.web, f.add(f.internet, fmt.Sprintf("198.51.100.%d", 20+7*i), 1, &faraway, &host{Name: name}))
	}
	f.beacon = f.add(f.internet, "203.0.113.77", 1, &faraway, &host{Name: "beacon"})
	f.laptop = f.add(f.line, "10.20.10.187", 0xaced5c_e1903d, &windows, &host{Name: "DESKTOP-7KQ2M4P", Kind: davy.KindWorkstation})
	f.hosts = f.hosts[:assets]
}
