package davy

// Verb says what a message asks for, in one vocabulary for every protocol, so that a
// rule, a baseline or a remote-access role written once holds for all of them.
type Verb uint8

// The verbs. A dissector maps its functions to them in one table.
const (
	NoVerb       Verb = iota
	Connect           // open or close a session
	Authenticate      // log in, reserve, prove an identity
	Identify          // ask who or what a device is
	Browse            // list what a device offers
	Read              // read values
	Subscribe         // ask for values to be sent
	Write             // write values
	Control           // operate an output
	Force             // override an input or output
	Start             // start a controller or program
	Stop              // stop a controller or program
	Mode              // change the operating mode, other than to run or stop
	Restart           // restart, warm or cold
	Reset             // reset to factory defaults, or clear
	Download          // program to device
	Upload            // program from device
	Edit              // change a program online
	Configure         // write a configuration
	ReadConfig        // read a configuration
	Firmware          // update firmware
	File              // operate on files
	Clock             // set the clock
	Alarm             // acknowledge or suppress alarms
	Diagnose          // counters, status, diagnostics
	Other             // known to the protocol, none of the above
	verbCount
)

var verbNames = [verbCount]string{"", "connect", "authenticate", "identify", "browse", "read", "subscribe", "write",
	"control", "force", "start", "stop", "mode", "restart", "reset", "download", "upload", "edit", "configure",
	"read-config", "firmware", "file", "clock", "alarm", "diagnose", "other"}

func (v Verb) String() string {
	if v < verbCount {
		return verbNames[v]
	}
	return "other"
}

// ParseVerb finds a verb by its name; ok is false when there is none of that name.
func ParseVerb(name string) (v Verb, ok bool) {
	for i, n := range verbNames {
		if n == name && i > 0 {
			return Verb(i), true
		}
	}
	return NoVerb, false
}

// Active reports whether the verb changes something in the plant: what is asked for is
// more than looking.
func (v Verb) Active() bool {
	switch v {
	case Write, Control, Force, Start, Stop, Mode, Restart, Reset, Download, Edit, Configure, Firmware, File, Clock, Alarm:
		return true
	}
	return false
}

// Engineering reports whether the verb is an engineer's: it concerns the program, the
// configuration or the operating state of a device rather than its values.
func (v Verb) Engineering() bool {
	switch v {
	case Force, Start, Stop, Mode, Restart, Reset, Download, Upload, Edit, Configure, Firmware, File:
		return true
	}
	return false
}
