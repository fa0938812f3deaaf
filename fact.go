package davy

// Attribute is what a Fact tells of an asset.
type Attribute string

// The attributes. A dissector uses these words and no others, so that one inventory
// serves all protocols.
const (
	AttrName      Attribute = "name"       // station, host or system name
	AttrVendor    Attribute = "vendor"     // who made it
	AttrModel     Attribute = "model"      // product name, or order number where that is what is told
	AttrOrder     Attribute = "order"      // order or catalogue number
	AttrFirmware  Attribute = "firmware"   // version of what runs in it
	AttrHardware  Attribute = "hardware"   // hardware version
	AttrSerial    Attribute = "serial"     // serial number: strong evidence that two addresses are one device
	AttrKind      Attribute = "kind"       // one of the Kind constants
	AttrMAC       Attribute = "mac"        // the MAC that belongs to the address, told by ARP or the device
	AttrIP        Attribute = "ip"         // an IP address that belongs to the station (text)
	AttrKey       Attribute = "key"        // position of the key switch
	AttrRunState  Attribute = "run-state"  // run, stop, program, fault ...
	AttrModule    Attribute = "module"     // a module in the rack, where Path does not already say it
	AttrOS        Attribute = "os"         // operating system
	AttrSoftware  Attribute = "software"   // a program and its version
	AttrLocation  Attribute = "location"   // plant designation, place
	AttrRole      Attribute = "role"       // controller, device, supervisor ... as the protocol calls it
	AttrVirtual   Attribute = "virtual"    // the address is shared by the members of a redundant group (VRRP ...)
	AttrRouter    Attribute = "router"     // the station forwards packets of others
	AttrProject   Attribute = "project"    // name of the loaded program or project
	AttrNeighbour Attribute = "neighbour"  // the port of another station that this one hangs on
	AttrProtected Attribute = "protection" // protection or security level
	AttrBehind    Attribute = "behind"     // some device answers behind the address, at the path; the value is the protocol
	AttrMember    Attribute = "member"     // the station belongs to the redundant group of this virtual address
	AttrDomain    Attribute = "domain"     // Windows domain or workgroup, or DNS domain, that the station belongs to
)

// Kinds of assets, as a plant engineer would say.
const (
	KindController  = "controller"
	KindIO          = "remote I/O"
	KindDrive       = "drive"
	KindHMI         = "HMI"
	KindEngineering = "engineering station"
	KindHistorian   = "historian"
	KindServer      = "server"
	KindWorkstation = "workstation"
	KindSwitch      = "switch"
	KindRouter      = "router"
	KindPrinter     = "printer"
	KindCamera      = "camera"
	KindRobot       = "robot"
	KindSensor      = "sensor"
	KindGateway     = "gateway"
	KindExternal    = "external host" // not of the site
	KindUnknown     = "unknown"
)

// Fact is something a packet said about an asset.
type Fact struct {
	Time       int64
	Origin     Origin
	About      Addr // whom it concerns
	Path       Path // and which device behind that address
	Attribute  Attribute
	Value      string
	Source     string // the protocol and message that told it, such as "modbus 43/14"
	Confidence uint8  // 0 to 100: 90 and more is the device's own word, 50 a conclusion
}
