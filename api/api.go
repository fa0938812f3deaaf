// Package api is the door for browsers and programs: HTTPS under /api/v1, described by an
// OpenAPI document that is made from the code, live by server-sent events. It asks the house
// by the small interfaces in needs.go, decides nothing about the plant, and lets nobody in
// whom the Gate does not let in: a route that is not in the table does not exist. What
// comes in is bounded in size and time, and a slow reader holds nobody up.
package api
