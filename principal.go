package davy

// Role is what a user or a token may do: each may all that the one before may.
type Role string

// Roles, rising.
const (
	Viewer   Role = "viewer"   // looks
	Operator Role = "operator" // decides about incidents, plans work, reads captures
	Admin    Role = "admin"    // users, tokens, audit trail
)

// Principal is who acts.
type Principal struct {
	Name  string // of the user; "davy" is Davy itself
	Role  Role
	Token string // id of the API token it came with; "" when it came with a session
	From  string // network address it came from
}

// Itself is the principal of what Davy does without being told.
var Itself = Principal{Name: "davy", Role: Admin}

// Decision answers whether somebody may do something. The zero Decision is no.
type Decision struct {
	Allowed   bool
	Principal Principal
	Act       string
	Object    string
	Reason    string // for the person who was refused
}

// Record is a line of the audit trail. Its hash covers it and the record before it.
type Record struct {
	Number int64  `json:"number"`
	Time   string `json:"time"`
	By     string `json:"by"`
	From   string `json:"from,omitempty"`
	Act    string `json:"act"`
	Object string `json:"object,omitempty"`
	Detail string `json:"detail,omitempty"`
	Hash   string `json:"hash"`
}

// User is somebody who may sign in. Times of users, sessions and tokens are ns since the epoch.
type User struct {
	Name     string
	Role     Role
	Password string // its argon2id hash with the parameters, never the password
	Disabled bool   // may not sign in
	Created  int64
	Seen     int64 // the last signing in
}

// Session is a signed-in browser. Only the hash of its secret is kept.
type Session struct {
	Hash    string
	User    string
	From    string
	Created int64
	Used    int64
	Ends    int64 // whatever happens
}

// Token is a key for programs. Only the hash of its secret is kept.
type Token struct {
	ID      string
	Name    string
	User    string // who made it; it may never do more than its user
	Role    Role
	Hash    string
	Created int64
	Used    int64
	Ends    int64 // 0: never
}

// SetupLink lets whoever holds its secret make the first user, once.
type SetupLink struct {
	Hash string
	Ends int64
}
