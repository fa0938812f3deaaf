package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/davylamp/davy"
)

// theirCIP is what tshark says of each message of a frame: of CIP its service, class,
// instance, attribute, status and tag; of EtherNet/IP's own its command and status.
func theirCIP(d *details) (list []message) {
	var first, last int // the elements of one encapsulated message
	flush := func() {
		if first == 0 {
			return
		}
		if leaves := services(d, first, last); len(leaves) > 0 {
			list = append(list, leaves...)
			return
		}
		list = append(list, theirCommand(d, first))
	}
	d.inside(0, func(k int, e *element) {
		switch {
		case e.name == "enip":
			flush()
			first, last = k, k
		case first != 0:
			last = k
		}
	})
	flush()
	return list
}

func theirCommand(d *details, k int) (m message) {
	if s, ok := d.first(k, "enip.command"); ok {
		m.say("command", number(s))
		if status, ok := d.first(k, "enip.status"); ok && number(status) != 0 {
			m.say("status", number(status))
		}
		if name, ok := d.first(k, "enip.lir.name"); ok {
			m.say("name", name)
		}
		return m
	}
	// A sequenced address item makes it process data; what tshark cannot read is left unsaid.
	if s, ok := d.first(k, "enip.cpf.typeid"); ok && number(s) == 0x8002 {
		m.say("command", "I/O")
	}
	return m
}

// services are the messages in a row of siblings that hold nothing further: not those that
// only wrap others, as the Multiple Service Packet and the Unconnected Send do.
func services(d *details, first, last int) (list []message) {
	open := 0 // a CIP message whose own siblings may still come
	var inner []message
	flush := func() {
		switch {
		case open == 0:
			list = append(list, inner...)
		case len(inner) > 0:
			list = append(list, inner...)
		default:
			list = append(list, theirService(d, open))
		}
		open, inner = 0, nil
	}
	for k := first; k != 0; k = d.elements[k].next {
		if d.elements[k].name == "cip" {
			flush()
			open = k
		}
		if kid := d.elements[k].kid; kid != 0 {
			inner = append(inner, services(d, kid, 0)...)
		}
		if k == last {
			break
		}
	}
	flush()
	return list
}

// managing are the connection manager's own services.
var managing = []int64{0x4e, 0x54, 0x56, 0x57, 0x5a, 0x5b}

func theirService(d *details, k int) (m message) {
	s, _ := d.first(k, "cip.service")
	code := number(s)
	m.say("service", code&0x7f)
	// To the reply of what was sent through the connection manager tshark gives the
	// manager's path, which is that of the envelope.
	class, _ := d.first(k, "cip.class")
	enveloped := code&0x80 != 0 && number(class) == 6 && !slices.Contains(managing, code&0x7f)
	if status, ok := d.first(k, "cip.genstat"); ok {
		m.say("status", number(status))
	}
	tag := ""
	member := false
	d.inside(k, func(i int, e *element) {
		list := strings.Contains(e.show, "Attribute List (Request)")
		if !strings.HasPrefix(e.show, "Request Path") && !list || enveloped {
			return
		}
		d.under(i, func(_ int, e *element) {
			switch e.name {
			case "cip.class":
				if !list {
					m.say("class", number(e.show))
				}
			case "cip.instance":
				if !list {
					m.say("instance", number(e.show))
				}
			case "cip.attribute":
				m.say("attribute", number(e.show))
			case "cip.symbol":
				if tag != "" {
					tag += "."
				}
				tag, member = tag+e.show, false
			case "cip.member":
				switch {
				case tag == "":
				case member:
					tag = strings.TrimSuffix(tag, "]") + fmt.Sprintf(",%d]", number(e.show))
				default:
					tag, member = tag+fmt.Sprintf("[%d]", number(e.show)), true
				}
			}
		})
	})
	if tag != "" {
		m.say("tag", tag)
	}
	return m
}

// ourCIP is what Davy's messages of a frame say, by the same names.
func ourCIP(all []*davy.Message) (list []message) {
	for _, i := range all {
		if i.Protocol == "cip" {
			list = append(list, ourService(i))
		} else if i.Part == 0 {
			list = append(list, ourCommand(i))
		}
	}
	return list
}

func ourCommand(i *davy.Message) (m message) {
	if strings.Contains(i.Op, "I/O") {
		m.say("command", "I/O")
		return m
	}
	m.say("command", i.Code)
	if i.Result.Failed {
		m.say("status", i.Result.Code)
	}
	if i.Value.Kind == davy.Text {
		m.say("name", string(i.Value.Raw))
	}
	return m
}

// What the text behind an object tells: the classes before the last, and the attributes of
// a list.
var (
	classNumber    = regexp.MustCompile(`^class 0x([0-9a-f]+)`)
	instanceNumber = regexp.MustCompile(` instance ([0-9]+)`)
	attributes     = regexp.MustCompile(` attributes? ([0-9, ]+)`)
	besideClass    = regexp.MustCompile(`^([^ ]*)(?: member (?:[0-9,]+\.)?([^ 0-9][^ ]*))?`)
)

func ourService(i *davy.Message) (m message) {
	if i.Code > 0xffff {
		m.say("service", i.Code>>16) // below it the command that Execute PCCC carries
	} else {
		m.say("service", i.Code)
	}
	if i.Result.Told {
		m.say("status", i.Result.Code)
	}
	o := &i.Object
	switch {
	case o.Space == nil:
	case o.Space.Name == "pccc data file":
		m.say("class", 0x67) // the operation says "PCCC", and the object is what it names
	case o.Space.Name == "cip tag":
		tag, _, _ := strings.Cut(string(o.Name), " attributes ")
		m.say("tag", tag)
		ourAttributes(&m, o)
	case o.Space.Name == "cip class":
		for _, outer := range strings.Split(string(o.Name), " in ")[1:] {
			if c := classNumber.FindStringSubmatch(outer); c != nil {
				m.say("class", number("0x"+c[1]))
			}
			if n := instanceNumber.FindStringSubmatch(outer); n != nil {
				m.say("instance", n[1])
			}
		}
		m.say("class", o.Area)
		if o.Count > 0 {
			m.say("instance", o.Index)
		}
		ourAttributes(&m, o)
		b := besideClass.FindStringSubmatch(string(o.Name))
		if tag := strings.Trim(b[1]+"."+b[2], "."); tag != "" {
			m.say("tag", tag)
		}
	}
	return m
}

// ourAttributes are the attribute that an object names, or those of a list.
func ourAttributes(m *message, o *davy.Object) {
	if o.Sub > 0 {
		m.say("attribute", o.Sub)
	}
	if a := attributes.FindStringSubmatch(string(o.Name)); a != nil {
		for _, n := range strings.Split(a[1], ", ") {
			m.say("attribute", n)
		}
	}
}
