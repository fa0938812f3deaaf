package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

// Kinds of S7 PDUs.
const (
	s7Job      = 1
	s7Ack      = 2
	s7AckData  = 3
	s7Userdata = 7
)

// theirS7 is what tshark says of each S7 PDU of a frame: function, area, block, address,
// items and return codes.
func theirS7(d *details) (list []message) {
	d.inside(0, func(k int, e *element) {
		if e.name == "s7comm" {
			list = append(list, theirS7PDU(d, k))
		}
	})
	return list
}

func theirS7PDU(d *details, k int) (m message) {
	kind, _ := d.first(k, "s7comm.header.rosctr")
	if number(kind) == s7Userdata {
		return theirUserdata(d, k)
	}
	function, ok := d.first(k, "s7comm.param.func")
	if ok {
		m.say("function", number(function))
	}
	items := false
	d.under(k, func(i int, e *element) {
		switch e.name {
		case "s7comm.param.item":
			if s := theirItem(d, i); s != "" {
				m.say("item", s)
			}
		case "s7comm.data.item":
			items = true
			theirDatum(d, i, &m, number(kind) == s7AckData)
		case "s7comm.param.pistart.servicename":
			m.say("service", e.show)
		case "s7comm.param.pistart.argument":
			m.say("argument", e.show)
		case "s7comm.param.blockcontrol.filename":
			if b := theirBlock(d, i); b != "" {
				m.say("block", b)
			}
		case "s7comm.param.neg_pdu_length":
			m.say("length", e.show)
		}
	})
	if class, ok := d.first(k, "s7comm.header.errcls"); ok && !items {
		code, _ := d.first(k, "s7comm.header.errcod")
		m.say("return code", number(class)<<8|number(code))
	}
	return m
}

// theirItem is one variable's specification: area, block, address, size and count.
func theirItem(d *details, k int) string {
	get := func(name string) int64 {
		s, _ := d.first(k, "s7comm.param.item."+name)
		return number(s)
	}
	if s, ok := d.first(k, "s7comm.param.item.syntaxid"); !ok || number(s) != 0x10 {
		return ""
	}
	area := get("area")
	text := fmt.Sprintf("area %#x", area)
	if area == 0x84 || area == 0x85 {
		text += fmt.Sprintf(" block %d", get("db"))
	}
	return text + fmt.Sprintf(" address %d size %d count %d", get("address"), get("transp_size"), get("length"))
}

// theirDatum is one data item: its return code where it is an answer's, and its bytes.
func theirDatum(d *details, k int, m *message, answer bool) {
	code, ok := d.first(k, "s7comm.data.returncode")
	if ok && answer {
		m.say("return code", itemCode(number(code)))
	}
	if i := d.find(k, "s7comm.resp.data"); i != 0 {
		m.say("values", d.elements[i].value)
	}
}

// itemCode is a return code as rows tell it: success, and data that did not change, are ok.
func itemCode(n int64) int64 {
	if n == 0xff {
		return 0
	}
	return n
}

// theirBlock is a block's name: type, number, file system.
func theirBlock(d *details, k int) string {
	kind, ok := d.first(k, "s7comm.data.blockcontrol.block_type")
	number, _ := d.first(k, "s7comm.data.blockcontrol.block_number")
	system, _ := d.first(k, "s7comm.data.blockcontrol.dest_filesys")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %s", kind, n, system)
}

func theirUserdata(d *details, k int) (m message) {
	group, ok := d.first(k, "s7comm.param.userdata.funcgroup")
	if !ok {
		return m
	}
	kind, _ := d.first(k, "s7comm.param.userdata.type")
	if service, ok := d.first(k, "s7comm.param.userdata.subfunc"); ok {
		// tshark divides the byte into halves; the kind is its two high bits, which tells in the
		// groups of drives and SINUMERIK only.
		m.say("function", 1<<16|(number(kind)<<4|number(group))&0x3f<<8|number(service))
	}
	if number(kind) == 8 {
		code, told := d.first(k, "s7comm.param.errcod")
		if told && number(code) != 0 {
			m.say("return code", number(code))
		} else if code, ok := d.first(k, "s7comm.data.returncode"); ok {
			n := number(code)
			if n == 0x0a || n == 0 {
				n = 0xff // no data, which is no failure where nothing was to come
			}
			m.say("return code", itemCode(n))
		}
	}
	if id, ok := d.first(k, "s7comm.data.userdata.szl_id"); ok {
		index, _ := d.first(k, "s7comm.data.userdata.szl_index")
		m.say("list", fmt.Sprintf("%#x %#x", number(id), number(index)))
	}
	if number(kind) == 4 {
		if s, ok := d.first(k, "s7comm.data.blockinfo.block_number"); ok {
			t, _ := d.first(k, "s7comm.blockinfo.blocktype")
			f, _ := d.first(k, "s7comm.data.blockinfo.filesys")
			n, _ := strconv.Atoi(s)
			m.say("block", fmt.Sprintf("%s %d %s", t, n, f))
		}
	}
	d.under(k, func(i int, e *element) {
		switch e.name {
		case "s7comm.param.item":
			if s := theirItem(d, i); s != "" {
				m.say("item", s)
			}
		case "s7comm.resp.data":
			if number(group) <= 2 { // alarms: the row has their bytes whole
				m.say("values", e.value)
			}
		}
	})
	return m
}

// ourS7 is what Davy's messages of a frame say, by the same names.
func ourS7(all []*davy.Message) (list []message) {
	for _, items := range parts(all) {
		list = append(list, ourS7PDU(items))
	}
	return list
}

// sameAreas reports whether tshark shows the areas that one item names as one value, in which
// each area's bytes stand behind its return code.
func sameAreas(their, our message) bool {
	t := their.all("values")
	return len(t) == 1 && t[0] == strings.Join(our.all("area"), "")
}

// areas are the codes of S7's memory areas by the names of Davy's spaces.
var areas = map[string]int{"s7 data record": 0x01, "s7-200 system information": 0x03, "s7-200 system flag": 0x05, "s7-200 analogue input": 0x06,
	"s7-200 analogue output": 0x07, "s7 counter": 0x1c, "s7 timer": 0x1d, "s7-200 counter": 0x1e, "s7-200 timer": 0x1f, "s7 peripheral": 0x80,
	"s7 input": 0x81, "s7 output": 0x82, "s7 bit memory": 0x83, "s7 data block": 0x84, "s7 instance data block": 0x85, "s7 local data": 0x86,
	"s7 local data of the caller": 0x87}

func ourS7PDU(items []*davy.Message) (m message) {
	first := items[0]
	m.say("function", first.Code)
	whole := false
	for _, i := range items {
		o := &i.Object
		if o.Space != nil {
			ourS7Object(&m, o)
		}
		if i.Value.Kind == davy.Number {
			m.say("length", i.Value.Num)
		} else if i.Value.Kind != davy.NoValue {
			m.say("values", hex.EncodeToString(i.Value.Raw))
		}
		if i.Result.Told {
			code := byte(i.Result.Code)
			if code == 0 {
				code = 0xff
			}
			m.say("area", hex.EncodeToString(append([]byte{code}, i.Value.Raw...)))
		}
		if i.Result.Told && !whole {
			m.say("return code", i.Result.Code)
			whole = i.Result.Code > 0xff || i.Code > 0xffff // of the header, or of a service: it stands for all
		}
	}
	if before, after, ok := strings.Cut(first.Op, "("); ok && strings.HasSuffix(after, ")") && before != "" {
		m.say("service", strings.TrimSuffix(after, ")"))
	}
	if first.Code == 0x29 {
		m.say("service", "P_PROGRAM")
	}
	return m
}

func ourS7Object(m *message, o *davy.Object) {
	switch o.Space.Name {
	case "s7 block":
		m.say("block", fmt.Sprintf("0%c %d %c", o.Area, o.Index, o.Sub))
	case "s7 SZL":
		m.say("list", fmt.Sprintf("%#x %#x", o.Area, o.Index))
	case "s7 argument":
		m.say("argument", string(o.Name))
	default:
		code, ok := areas[o.Space.Name]
		block := int(o.Area)
		if o.Space.Name == "s7 area" {
			code, block, ok = int(o.Area>>16), int(o.Area&0xffff), true
		}
		if !ok {
			return
		}
		text := fmt.Sprintf("area %#x", code)
		if code == 0x84 || code == 0x85 {
			text += fmt.Sprintf(" block %d", block)
		}
		m.say("item", text+fmt.Sprintf(" address %d size %d count %d", o.Index, o.Sub, o.Count))
	}
}
