// Package web makes the pages that a browser shows. It reads nouns and decides nothing; it
// serves nothing yet: the first page is the report of one analysis, one file to hand over.
// What stood in a packet is shown as text, never as markup.
package web
