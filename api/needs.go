package api

import (
	"context"
	"io"
	"time"

	"github.com/davylamp/davy"
)

// What the API needs of the house. Each interface is small and asks for one thing; app hands
// over what has it. A Fault or davy.Fault becomes the right status with its sentence and its
// hint; any other error is a 500 whose text goes to the log alone.

// Inventory lists who is there and who talks to whom, from the store.
type Inventory interface {
	Assets(AssetQuery) (Page[Asset], error)
	// Asset finds one by its id ("A-7", "A-7/unit 3"), with its evidence.
	Asset(id string) (Asset, error)
	// Facets counts the values of kind, vendor, level and zone, most first.
	Facets() (map[string][]Facet, error)
	Links(LinkQuery) (Page[Link], error)
}

// Judgements lists findings and incidents, from the store.
type Judgements interface {
	Findings(FindingQuery) (Page[davy.FindingRow], error)
	Finding(id string) (davy.FindingRow, error)
	Incidents(IncidentQuery) (Page[Incident], error)
	Incident(id string) (Incident, error)
	// Decided keeps a person's decision on an incident with its audit record: "acknowledge",
	// "learn" (the engine takes it as normal from now on) or "reopen". It answers the
	// incident as it is then.
	Decided(by Principal, incident, act, reason string) (Incident, error)
}

// Counter counts for Home.
type Counter interface {
	// Counts are of all that is stored.
	Counts() (Counts, error)
	// News counts what was first seen since then and is not from learning.
	News(since time.Time) (News, error)
}

// Work keeps the windows of planned work; the engine takes a change at its next epoch.
type Work interface {
	Windows() ([]Window, error)
	// PutWindow makes a window (ID "": a new id is given) or changes one.
	PutWindow(by Principal, w Window) (Window, error)
	DeleteWindow(by Principal, id string) error
}

// Uploads are captures that people hand in; each is read by an analysis of its own.
type Uploads interface {
	Captures() ([]Capture, error)
	Capture(id string) (Capture, error)
	// Take copies the body to disk until its end and queues it. A body that ends with an error
	// (the browser went away, too large) leaves nothing behind. The name is what the person's
	// file was called: only for show, never a path.
	Take(ctx context.Context, by Principal, name string, body io.Reader) (Capture, error)
	// Report is the page of a finished analysis: one HTML file without scripts.
	Report(id string) (io.ReadCloser, error)
	// Remove stops the analysis if it runs, and deletes capture and report.
	Remove(by Principal, id string) error
}

// Evidence hands out the packets of an incident.
type Evidence interface {
	// Messages are decoded anew from the incident's packets, oldest first, at most limit of
	// them: rows of docs/schema/messages.schema.json, each one a JSON object.
	Messages(ctx context.Context, incident string, limit int) (Messages, error)
	// Packets writes a pcapng whose packets carry comments. Nothing is written where there is
	// an error with a kind (missing: its packets were overwritten).
	Packets(ctx context.Context, incident string, w io.Writer) error
	// Bundle writes the signed bundle, a zip.
	Bundle(ctx context.Context, incident string, w io.Writer) error
}

// Plant tells what the running engine knows and no table holds. All its answers are snapshots
// that are quick to make (under 50 ms) and may be asked by many at once.
type Plant interface {
	// Coverage is what is seen and what is not: lines for Home first, most pressing first.
	Coverage() (Coverage, error)
	// Learning says whether the engine still learns, and until when.
	Learning() Learning
	// Baseline sums up what was learned.
	Baseline() (Baseline, error)
	// Sensor is how the sensor is now; it is also sent by SSE each 2 s by whoever has it.
	Sensor() (Sensor, error)
	// Minutes are the samples of the last minutes, oldest first.
	Minutes(last time.Duration) ([]Minute, error)
	// Map draws who talks to whom: IT and the internet are one node each unless opened, and a
	// zone of more than 400 nodes is one group node unless opened.
	Map(MapQuery) (Map, error)
}

// Auditor lists who did what, newest first.
type Auditor interface {
	Audit(cursor string, limit int) (Page[AuditRecord], error)
}

// Gate decides and knows people: the identity room.
type Gate interface {
	// Decide says whether a principal may do an act on an object. The zero Decision is no.
	// Acts are those of the table in routes.go.
	Decide(p Principal, act, object string) Decision
	// BySession finds who has the secret of a session cookie, and keeps the session alive.
	// from is the address that asks, here and below.
	BySession(from, secret string) (Principal, error)
	// ByToken finds who has an API token.
	ByToken(from, secret string) (Principal, error)
	// LogIn checks a password and makes a session. Unknown name and wrong password take the
	// same time and give the same error (kind "refused"); too many of them kind "locked".
	LogIn(from, name, password string) (secret string, p Principal, err error)
	LogOut(by Principal, secret string) error
	// ChangePassword changes one's own, for whoever knows the old one. All one's sessions end.
	ChangePassword(by Principal, old, password string) error
	// SetupNeeded says whether there is no user yet.
	SetupNeeded() (bool, error)
	// SetUp makes the first administrator with the token of the set-up link and logs in.
	SetUp(from, token, name, password string) (secret string, p Principal, err error)
}

// People administers users and API tokens; each change has its audit record.
type People interface {
	Users() ([]User, error)
	AddUser(by Principal, name, password, role string) (User, error)
	// ChangeUser changes what is not "". A new password or role, and disabling, end the user's
	// sessions. The last administrator cannot be taken away.
	ChangeUser(by Principal, name string, change UserChange) (User, error)
	RemoveUser(by Principal, name string) error
	// Tokens lists all tokens without their secrets.
	Tokens() ([]Token, error)
	// AddToken makes a token for the role; its secret is in the answer, and nowhere later.
	AddToken(by Principal, name, role string, ends time.Time) (Token, error)
	RemoveToken(by Principal, id string) error
}
