package profinet

import (
	"strconv"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// frames is the space of real-time frames; Index is the FrameID, which stands for one
// direction of one connection.
var frames = davy.Space{Name: "profinet frame", Text: func(dst []byte, o *davy.Object) []byte {
	return appendHex(append(dst, "frame 0x"...), uint32(o.Index), 4)
}}

// slots is the space of submodules an alarm speaks of: Area is the slot, Index the subslot.
var slots = davy.Space{Name: "profinet slot", Text: func(dst []byte, o *davy.Object) []byte {
	dst = strconv.AppendUint(append(dst, "slot "...), uint64(o.Area), 10)
	return appendHex(append(dst, " subslot 0x"...), uint32(o.Index), 4)
}}

// realTime reads everything that is not DCP, by the ranges of the FrameID (IEC 61158-6-10,
// FrameID coding; the older class names of a range are its own).
func (d *dissector) realTime(c *protocol.Context, frame uint16, b []byte) {
	m := c.Begin(rt, c.Dir == protocol.FromServer)
	m.Object = davy.Object{Space: &frames, Index: uint64(frame)}
	m.Verb, m.Op, m.Code = davy.Other, "reserved frame", uint32(frame)
	switch {
	case frame >= 0x0020 && frame <= 0x0021, frame >= 0x0080 && frame <= 0x0081:
		m.Op, m.Quiet = "PTCP sync", true
	case frame >= 0xff00 && frame <= 0xff01:
		m.Op, m.Quiet = "PTCP announce", true
	case frame >= 0xff20 && frame <= 0xff22:
		m.Op, m.Quiet = "PTCP follow up", true
	case frame >= 0xff40 && frame <= 0xff43:
		m.Op, m.Quiet = "PTCP delay", true
	case frame >= 0xff80 && frame <= 0xff8f:
		m.Op, m.Quiet = "fragment", true
	case frame >= 0x0100 && frame <= 0x0fff:
		m.Op = "cyclic IRT"
		d.cyclic(c, m, b)
	case frame >= 0x8000 && frame <= 0xfbff:
		m.Op = "cyclic RT"
		d.cyclic(c, m, b)
	case frame == frameAlarmHigh, frame == frameAlarmLow:
		alarm(c, m, b)
	}
	c.Emit()
}

// Bits of the data status (IEC 61158-6-10, APDU status).
const (
	statusPrimary = 1 << 0
	statusValid   = 1 << 2
	statusRun     = 1 << 4
)

var dataStatus = [...]string{
	"data invalid", "data invalid, run", "data valid, stop", "data valid, run",
	"backup, data invalid", "backup, data invalid, run", "backup, data valid, stop", "backup, data valid, run"}

// cyclic reads the APDU status at the end of a frame: cycle counter, data status, transfer
// status. The process data before it, with its padding, is the value.
func (d *dissector) cyclic(c *protocol.Context, m *davy.Message, b []byte) {
	m.Verb, m.Cyclic = davy.Read, true
	if c.Sliced > 0 {
		m.Value = davy.Value{Kind: davy.Bytes, Raw: b}
		return
	}
	b = withoutRCT(b)
	if len(b) < 4 {
		m.Defect = davy.Truncated
		return
	}
	data, tail := b[:len(b)-4], wire.NewReader(b[len(b)-4:])
	cycle, status, transfer := tail.U16(), tail.U8(), tail.U8()
	m.Value = davy.Value{Kind: davy.Bytes, Raw: data}
	name := 0
	if status&statusPrimary == 0 {
		name |= 4
	}
	if status&statusValid != 0 {
		name |= 2
	}
	if status&statusRun != 0 {
		name |= 1
	}
	m.Result = davy.Result{Told: true, Code: uint32(status), Name: dataStatus[name],
		Failed: status&statusValid == 0 || transfer != 0}
	d.detail = strconv.AppendUint(append(d.detail[:0], "cycle "...), uint64(cycle), 10)
	m.Result.Detail = d.detail
}

// withoutRCT cuts off a PRP trailer (IEC 62439-3, redundancy control trailer): sequence
// number, LAN and size, and the suffix 0x88fb.
func withoutRCT(b []byte) []byte {
	n := len(b)
	if n < 10 || b[n-2] != 0x88 || b[n-1] != 0xfb {
		return b
	}
	lan, size := b[n-4]>>4, int(b[n-4]&15)<<8|int(b[n-3])
	if lan != 10 && lan != 11 || size != n+2 { // the FrameID before b counts too
		return b
	}
	return b[:n-6]
}

// PDU types of the alarm protocol (IEC 61158-6-10, RTA-PDU).
const (
	rtaData  = 1
	rtaNack  = 2
	rtaAck   = 3
	rtaError = 4
)

// Block types an alarm's data begins with.
const (
	blockAlarmHigh    = 0x0001
	blockAlarmLow     = 0x0002
	blockAlarmAckHigh = 0x8001
	blockAlarmAckLow  = 0x8002
)

// alarmTypes names AlarmType (IEC 61158-6-10).
var alarmTypes = [...]string{1: "diagnosis", 2: "process", 3: "pull", 4: "plug", 5: "status", 6: "update",
	7: "redundancy", 8: "controlled by supervisor", 9: "released by supervisor", 10: "plug wrong submodule",
	11: "return of submodule", 12: "diagnosis disappears", 13: "multicast communication mismatch",
	14: "port data change", 15: "sync data change", 16: "isochronous mode problem", 17: "network component problem",
	18: "time data change", 19: "dynamic frame packing problem", 20: "MRPD problem", 21: "system redundancy",
	30: "upload and retrieval", 31: "pull module"}

func alarm(c *protocol.Context, m *davy.Message, b []byte) {
	m.Verb, m.Op = davy.Diagnose, "alarm"
	r := wire.NewReader(b)
	r.Skip(4) // endpoints
	kind := r.U8()
	r.Skip(1 + 4) // flags, sequence numbers
	length := int(r.U16())
	if r.Short() || length > r.Len() {
		if c.Sliced == 0 {
			m.Defect = davy.Truncated
		}
		return
	}
	if kind>>4 != 1 {
		m.Defect = davy.ReservedValue
		return
	}
	switch kind & 15 {
	case rtaAck:
		m.Op, m.Quiet = "alarm transport ack", true
		return
	case rtaNack:
		m.Op, m.Quiet = "alarm transport nack", true
		return
	case rtaError:
		m.Verb, m.Op = davy.Connect, "abort"
		if status := r.U32(); !r.Short() {
			m.Result = davy.Result{Told: true, Failed: true, Name: "connection aborted", Code: status}
		}
		return
	case rtaData:
	default:
		m.Defect = davy.ReservedValue
		return
	}
	block := r.U16()
	r.Skip(4) // length and version
	kindOf := r.U16()
	r.Skip(4) // API
	slot, subslot := r.U16(), r.U16()
	if r.Short() {
		m.Defect = davy.LengthMismatch
		return
	}
	switch block {
	case blockAlarmHigh, blockAlarmLow:
		m.Op = "alarm"
	case blockAlarmAckHigh, blockAlarmAckLow:
		m.Op = "alarm ack"
	default:
		m.Defect = davy.ReservedValue
		return
	}
	m.Object = davy.Object{Space: &slots, Area: uint32(slot), Index: uint64(subslot)}
	m.Result = davy.Result{Told: true, Code: uint32(kindOf), Name: "other alarm"}
	if int(kindOf) < len(alarmTypes) && alarmTypes[kindOf] != "" {
		m.Result.Name = alarmTypes[kindOf]
	}
}
