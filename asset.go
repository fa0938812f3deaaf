package davy

// Asset is a device as Davy knows it: one row of the inventory.
type Asset struct {
	ID        string
	Scope     string
	Addresses []Addr
	MACs      []MAC
	Path      string // behind which unit, slot or route of the address; "" for the address itself
	Name      string
	Kind      string
	Vendor    string
	Model     string
	Firmware  string
	Serial    string
	Modules   []Module
	Level     string // Purdue level: 0, 1, 2, 3, 3.5, 4, 5; "" when unknown
	Zone      string
	Owner     string
	Critical  string
	RunState  string
	Key       string
	Virtual   bool     // an address shared by members of a redundant group
	Members   []string // ids of the members, where Virtual
	First     int64    // message time first seen
	Last      int64
	Evidence  []Evidence
}

// Module is a part of a device that tells its own identity.
type Module struct {
	Path, Name, Vendor, Model, Firmware, Serial string
}

// Evidence says where an attribute came from and how sure it is.
type Evidence struct {
	Attribute  Attribute
	Value      string
	Source     string
	Confidence uint8
	First      int64 // message time first told
	Last       int64
	Count      uint64
}

// Link is who talks to whom, how, and at which cycle.
type Link struct {
	ID             string
	Client, Server Addr
	Port           uint16 // the server's; 0 where there is none
	Transport      string
	Protocol       string
	First, Last    int64
	Messages       uint64
	Requests       uint64
	Failures       uint64 // replies that refuse
	Packets, Bytes uint64
	OneWay         bool
	Encrypted      bool
	News           News // what was new when it was first seen
	Operations     []Operation
}

// Operation is one kind of request on a link, with its rhythm.
type Operation struct {
	Path     string
	Verb     Verb
	Op       string
	Object   string
	Count    uint64
	Cycle    int64 // ns between requests, smoothed; 0 below three requests
	Jitter   int64 // ns, mean deviation from the cycle
	Response int64 // ns from request to reply, smoothed
	Last     int64
	News     News // why it is not usual: it, its object or changing anything was not learned; 0: learned
}
