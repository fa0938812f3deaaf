package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// element is a proto or field of tshark's packet details (PDML).
type element struct {
	name  string // the filter's name, "" where it has none
	show  string // the value as text
	value string // the bytes, in hex
	label string // the line as people see it
	kid   int    // the first inside it, 0 for none
	next  int    // the next beside it, 0 for none
}

// details are one packet's. Element 0 is the packet itself.
type details struct {
	frame    int
	elements []element
}

// inside calls f for everything directly inside element i.
func (d *details) inside(i int, f func(k int, e *element)) {
	for k := d.elements[i].kid; k != 0; k = d.elements[k].next {
		f(k, &d.elements[k])
	}
}

// under calls f for everything under element i, in the order of the page.
func (d *details) under(i int, f func(k int, e *element)) {
	d.inside(i, func(k int, e *element) {
		f(k, e)
		d.under(k, f)
	})
}

// first is the text of the first element of a name under i; ok is false when there is none.
func (d *details) first(i int, name string) (show string, ok bool) {
	if k := d.find(i, name); k != 0 {
		return d.elements[k].show, true
	}
	return "", false
}

// find is the first element of a name under i, 0 when there is none.
func (d *details) find(i int, name string) int {
	for k := d.elements[i].kid; k != 0; k = d.elements[k].next {
		if d.elements[k].name == name {
			return k
		}
		if j := d.find(k, name); j != 0 {
			return j
		}
	}
	return 0
}

// number is a text of tshark's as a number: decimal or with 0x.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		u, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			return -1
		}
		n = int64(u)
	}
	return n
}

// readDetails reads PDML packet by packet. What f is given is good until it returns.
func readDetails(r io.Reader, f func(*details)) error {
	lines := bufio.NewReaderSize(r, 1<<20)
	d := new(details)
	var stack, last []int
	open := false
	for {
		line, err := lines.ReadSlice('\n')
		var long []byte
		for err == bufio.ErrBufferFull {
			long = append(long, line...)
			line, err = lines.ReadSlice('\n')
		}
		if long != nil {
			line = append(long, line...)
		}
		if len(line) == 0 && err != nil {
			if err == io.EOF {
				err = nil
			}
			if open {
				return fmt.Errorf("the packet details end inside a packet")
			}
			return err
		}
		line = bytes.TrimSpace(line)
		switch {
		case bytes.HasPrefix(line, []byte("<packet>")):
			d.frame, d.elements = 0, append(d.elements[:0], element{})
			stack, last = append(stack[:0], 0), append(last[:0], 0)
			open = true
		case !open:
		case bytes.HasPrefix(line, []byte("</packet>")):
			open = false
			if k := d.find(0, "num"); k != 0 {
				d.frame = int(number(d.elements[k].show))
			}
			f(d)
		case bytes.HasPrefix(line, []byte("</")):
			stack, last = stack[:len(stack)-1], last[:len(last)-1]
		case bytes.HasPrefix(line, []byte("<field")), bytes.HasPrefix(line, []byte("<proto")):
			k := len(d.elements)
			d.elements = append(d.elements, parse(string(line)))
			if top := len(stack) - 1; last[top] == 0 {
				d.elements[stack[top]].kid, last[top] = k, k
			} else {
				d.elements[last[top]].next, last[top] = k, k
			}
			if !bytes.HasSuffix(line, []byte("/>")) {
				stack, last = append(stack, k), append(last, 0)
			}
		}
	}
}

// parse reads a tag's attributes.
func parse(line string) (e element) {
	for {
		before, rest, ok := strings.Cut(line, `="`)
		if !ok {
			return e
		}
		value, after, ok := strings.Cut(rest, `"`)
		if !ok {
			return e
		}
		line = after
		switch name := before[strings.LastIndexByte(before, ' ')+1:]; name {
		case "name":
			e.name = value
		case "show":
			e.show = plain(value)
		case "value":
			e.value = value
		case "showname":
			e.label = plain(value)
		}
	}
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#x27;", "'", "&apos;", "'", "&amp;", "&")

func plain(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return entities.Replace(s)
}
