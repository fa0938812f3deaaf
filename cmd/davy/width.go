package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// width is how many columns a terminal has, 0 for what is none: its lines stay whole, for
// programs to read.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !interactive(w) {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col < 40 {
		return 0
	}
	return int(size.Col)
}

// folded breaks a text between words so that it fits behind a margin; the lines after the
// first are indented to it.
func folded(text string, margin, columns int) string {
	if columns-margin < 20 {
		return text
	}
	var b strings.Builder
	at := margin
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > columns:
			b.WriteString("\n" + strings.Repeat(" ", margin))
			at = margin
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
