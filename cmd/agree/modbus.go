package main

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/davylamp/davy"
)

// theirModbus is what tshark says of each ADU of a frame: unit, function, reference, count,
// values and exception.
func theirModbus(d *details) (list []message) {
	unit := ""
	open := false
	d.inside(0, func(k int, e *element) {
		switch e.name {
		case "mbtcp":
			if open {
				list = append(list, message{{"unit", unit}})
			}
			unit, _ = d.first(k, "mbtcp.unit_id")
			open = true
		case "modbus":
			m := message{{"unit", unit}}
			theirPDU(d, k, &m)
			list, open = append(list, m), false
		}
	})
	if open {
		list = append(list, message{{"unit", unit}})
	}
	return list
}

func theirPDU(d *details, k int, m *message) {
	function, _ := d.first(k, "modbus.func_code")
	m.say("function", function)
	if code, ok := d.first(k, "modbus.exception_code"); ok {
		m.say("exception", code)
		return
	}
	_, reply := d.first(k, "modbus.request_frame")
	var words, bits []string
	firstNumber := ""
	data := ""
	d.under(k, func(_ int, e *element) {
		switch e.name {
		case "modbus.reference_num", "modbus.read_reference_num":
			m.say("reference", e.show)
		case "modbus.write_reference_num":
			m.say("written reference", e.show)
		case "modbus.bit_cnt", "modbus.word_cnt", "modbus.read_word_cnt":
			if function != "20" && function != "21" {
				m.say("count", e.show)
			} else {
				m.say("record count", e.show)
			}
		case "modbus.write_word_cnt":
			m.say("written count", e.show)
		case "modbus.reference_num_32":
			n := number(e.show)
			m.say("file", n>>16)
			m.say("record", n&0xffff)
		case "modbus.regnum16", "modbus.bitnum":
			if firstNumber == "" {
				firstNumber = e.show
			}
		case "modbus.regval_uint16":
			words = append(words, e.show)
		case "modbus.bitval":
			bits = append(bits, e.show)
		case "modbus.and_mask", "modbus.or_mask", "modbus.ev_status", "modbus.ev_count":
			words = append(words, strconv.FormatInt(number(e.show), 10))
		case "modbus.diagnostic_code", "modbus.mei":
			m.say("subfunction", e.show)
		case "modbus.object_id":
			m.say("object", e.show)
		case "modbus.object_str_value", "modbus.object_value":
			m.say("values", e.value)
		case "modbus.data":
			data = e.value
		default:
			if strings.HasPrefix(e.name, "modbus.diagnostic.") && e.value != "" {
				data = e.value
			}
		}
	})
	if reply && firstNumber != "" && (function == "1" || function == "2" || function == "3" || function == "4") {
		m.say("reference", firstNumber)
	}
	switch {
	case len(words) > 0 && function != "12":
		m.say("values", strings.Join(words, ","))
	case len(bits) > 0:
		m.say("values", strings.Join(bits, ","))
	case data == "" || function == "90" || function == "20" || function == "12":
		// What function 90 carries is told as UMAS, which tshark does not read.
	case function == "15":
		count, _ := d.first(k, "modbus.bit_cnt")
		m.say("values", bitsOf(data, int(number(count))))
	case function == "5":
		m.say("values", map[string]string{"0000": "0", "ff00": "1"}[data])
	case function == "6", function == "23", function == "8", function == "21":
		m.say("values", numbersOf(data))
	case function == "7":
		m.say("values", number("0x"+data))
	case function == "17" && reply && len(data) >= 2:
		m.say("values", data[2:]) // tshark counts the byte count to the data
	default:
		m.say("values", data)
	}
}

// numbersOf are the 16-bit numbers in hex digits.
func numbersOf(digits string) string {
	var list []string
	for i := 0; i+4 <= len(digits); i += 4 {
		list = append(list, strconv.FormatInt(number("0x"+digits[i:i+4]), 10))
	}
	return strings.Join(list, ",")
}

// bitsOf are the first bits in hex digits, the least significant of each byte first.
func bitsOf(digits string, count int) string {
	b, _ := hex.DecodeString(digits)
	var list []string
	for i := 0; i < count && i/8 < len(b); i++ {
		list = append(list, strconv.Itoa(int(b[i/8]>>(i%8)&1)))
	}
	return strings.Join(list, ",")
}

// ourModbus is what Davy's messages of a frame say, by the same names.
func ourModbus(all []*davy.Message) (list []message) {
	for _, items := range parts(all) {
		list = append(list, ourADU(items))
	}
	return list
}

// parts divides messages into those of one message's items.
func parts(all []*davy.Message) (list [][]*davy.Message) {
	for i, m := range all {
		if n := len(list); n > 0 && m.Part > 0 && m.Parts > 1 && all[i-1].Protocol == m.Protocol && m.Part == all[i-1].Part+1 {
			list[n-1] = append(list[n-1], m)
		} else {
			list = append(list, []*davy.Message{m})
		}
	}
	return list
}

func ourADU(items []*davy.Message) (m message) {
	first := items[0]
	if first.Path.Kind != nil {
		m.say("unit", first.Path.Number)
	}
	if first.Protocol == "umas" {
		m.say("function", 90)
		if first.Result.Failed && first.Result.Name == "modbus exception" {
			m.say("exception", first.Result.Code)
		}
		return m
	}
	function := first.Code & 0x7f
	m.say("function", function)
	if first.Result.Code != 0 { // "acknowledge" is an exception and no failure
		m.say("exception", first.Result.Code)
	}
	if function == 8 || function == 43 {
		m.say("subfunction", first.Code>>8)
	}
	for _, i := range items {
		o := &i.Object
		switch {
		case o.Space == nil:
		case o.Space.Name == "file record":
			m.say("file", o.Area)
			m.say("record", o.Index)
			m.say("record count", o.Count)
		case o.Space.Name == "device identification object":
			m.say("object", o.Index)
		case function == 23 && i.Part == 0 && !first.Reply:
			m.say("written reference", o.Index)
			m.say("written count", o.Count)
		case function == 23 && first.Reply && i.Part == 0:
		case function == 24:
			m.say("reference", o.Index)
		default:
			m.say("reference", o.Index)
			m.say("count", o.Count)
		}
		if function == 24 && first.Reply {
			m.say("count", len(i.Value.Raw)/2)
		}
		if function == 43 && !first.Reply {
			continue // the level
		}
		if i.Value.Kind != davy.NoValue {
			m.say("values", values(&i.Value))
		}
	}
	return m
}

// values is a value as its row tells it: numbers with commas, or the bytes in hex.
func values(v *davy.Value) string {
	switch v.Kind {
	case davy.Bytes, davy.Text:
		return hex.EncodeToString(v.Raw)
	}
	return strings.Trim(string(v.AppendJSON(nil)), "[]")
}
