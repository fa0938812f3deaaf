-- The first form. A list that is searched has a narrow table with what is filtered and sorted by (held in memory, too), and
-- its rows as JSON in a table beside it. place is the id in its natural order; folded is what free search
-- looks into. Times of rows are RFC 3339 text as the rows have them; others are ns since the epoch.
CREATE TABLE forms (form BIGINT PRIMARY KEY, since BIGINT NOT NULL);

CREATE TABLE assets (
  place TEXT PRIMARY KEY, id TEXT NOT NULL, scope TEXT NOT NULL, addresses TEXT NOT NULL, address_place TEXT NOT NULL, name TEXT NOT NULL,
  name_place TEXT NOT NULL, kind TEXT NOT NULL,
  vendor TEXT NOT NULL, model TEXT NOT NULL, level TEXT NOT NULL, zone TEXT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
  written BIGINT NOT NULL, folded TEXT NOT NULL);
CREATE INDEX assets_written ON assets (written);
CREATE TABLE asset_rows (place TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE asset_addresses (address TEXT NOT NULL, scope TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (address, scope, place));
CREATE INDEX asset_addresses_place ON asset_addresses (place);

CREATE TABLE links (
  place TEXT PRIMARY KEY, id TEXT NOT NULL, scope TEXT NOT NULL, client TEXT NOT NULL, server TEXT NOT NULL,
  client_place TEXT NOT NULL, server_place TEXT NOT NULL, port BIGINT NOT NULL, transport TEXT NOT NULL, protocol TEXT NOT NULL,
  first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, messages BIGINT NOT NULL, failures BIGINT NOT NULL, packets BIGINT NOT NULL,
  bytes BIGINT NOT NULL, one_way BIGINT NOT NULL, encrypted BIGINT NOT NULL, written BIGINT NOT NULL, folded TEXT NOT NULL);
CREATE INDEX links_written ON links (written);
CREATE INDEX links_client ON links (client, scope);
CREATE INDEX links_server ON links (server, scope);
CREATE TABLE link_rows (place TEXT PRIMARY KEY, body TEXT NOT NULL);

CREATE TABLE findings (
  place TEXT PRIMARY KEY, id TEXT NOT NULL, detector TEXT NOT NULL, severity BIGINT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
  protocol TEXT NOT NULL, verb TEXT NOT NULL, planned TEXT NOT NULL, times BIGINT NOT NULL, story BIGINT NOT NULL, incident TEXT NOT NULL,
  state TEXT NOT NULL, decided_by TEXT NOT NULL, reason TEXT NOT NULL, decided BIGINT NOT NULL, written BIGINT NOT NULL, folded TEXT NOT NULL);
CREATE INDEX findings_written ON findings (written);
CREATE INDEX findings_incident ON findings (incident, place);
CREATE TABLE finding_rows (place TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE finding_entities (address TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (address, place));
CREATE INDEX finding_entities_place ON finding_entities (place);

CREATE TABLE incidents (
  place TEXT PRIMARY KEY, id TEXT NOT NULL, severity BIGINT NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, findings BIGINT NOT NULL,
  state TEXT NOT NULL, decided_by TEXT NOT NULL, reason TEXT NOT NULL, decided BIGINT NOT NULL, decided_severity BIGINT NOT NULL,
  decided_findings BIGINT NOT NULL, joined TEXT NOT NULL, written BIGINT NOT NULL, folded TEXT NOT NULL);
CREATE INDEX incidents_written ON incidents (written);
CREATE TABLE incident_rows (place TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE incident_entities (address TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (address, place));
CREATE INDEX incident_entities_place ON incident_entities (place);

CREATE TABLE rulings (num BIGINT PRIMARY KEY, object TEXT NOT NULL, act TEXT NOT NULL, reason TEXT NOT NULL, by_name TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX rulings_object ON rulings (object, num);
CREATE TABLE acceptances (story BIGINT NOT NULL, object TEXT NOT NULL, by_name TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (story, object));

CREATE TABLE windows (id TEXT PRIMARY KEY, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, body TEXT NOT NULL);

CREATE TABLE captures (
  place TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, size BIGINT NOT NULL, state TEXT NOT NULL, added BIGINT NOT NULL, folded TEXT NOT NULL);
CREATE TABLE capture_rows (place TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE minutes (at BIGINT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE events (num BIGINT PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE dropped (what TEXT PRIMARY KEY, total BIGINT NOT NULL, at BIGINT NOT NULL);

CREATE TABLE audit (
  num BIGINT PRIMARY KEY, at BIGINT NOT NULL, by_name TEXT NOT NULL, from_address TEXT NOT NULL, act TEXT NOT NULL, object TEXT NOT NULL,
  detail TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE audit_base (num BIGINT PRIMARY KEY, hash TEXT NOT NULL);

CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, disabled BIGINT NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL);
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY, user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE, from_address TEXT NOT NULL, created BIGINT NOT NULL,
  used BIGINT NOT NULL, ends BIGINT NOT NULL);
CREATE TABLE tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE, role TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE, created BIGINT NOT NULL, used BIGINT NOT NULL, ends BIGINT NOT NULL);
CREATE TABLE setups (hash TEXT PRIMARY KEY, ends BIGINT NOT NULL);
