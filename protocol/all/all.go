// Package all lists every protocol that Davy reads. The list is generated from the folders
// beside it; it decides nothing.
package all

//go:generate go run generate.go
