package davy

// techniques are those of MITRE ATT&CK for ICS that a finding may be a sign of, by their ids.
var techniques = map[string]string{
	"T0814": "Denial of Service",
	"T0816": "Device Restart/Shutdown",
	"T0830": "Adversary-in-the-Middle",
	"T0836": "Modify Parameter",
	"T0842": "Network Sniffing",
	"T0843": "Program Download",
	"T0845": "Program Upload",
	"T0846": "Remote System Discovery",
	"T0855": "Unauthorized Command Message",
	"T0857": "System Firmware",
	"T0858": "Change Operating Mode",
	"T0866": "Exploitation of Remote Services",
	"T0869": "Standard Application Layer Protocol",
	"T0881": "Service Stop",
	"T0883": "Internet Accessible Device",
	"T0885": "Commonly Used Port",
	"T0888": "Remote System Information Discovery",
	"T0889": "Modify Program",
}

// Technique is the name of a technique of MITRE ATT&CK for ICS, "" where no finding says it.
func Technique(id string) string { return techniques[id] }
