// Package web makes what a browser shows: the report of one analysis (one page to hand over,
// which needs nothing else), and the console, whose sources stand in web/console and which is
// built into web/dist. It reads nouns and decides nothing; what the console shows it asks of
// the API. What stood in a packet is shown as text, never as markup.
package web
