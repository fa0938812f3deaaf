package cip

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/protocol"
	"github.com/davylamp/davy/wire"
)

// pcccFacts takes the identity out of a Diagnostic Status reply (1770-6.5.16, chapter 10):
// status, type extender, interface type, processor type, series and revision, then for SLC
// 500 and MicroLogix eleven characters of the catalogue number, an error word and the
// processor's mode word, whose bits 0 to 4 are the mode (1747-RM001, S:1/0 to S:1/4).
func (d *Dialogue) pcccFacts(c *protocol.Context, request, data []byte, path davy.Path) {
	q, p := readPCCC(request, false), readPCCC(data, true)
	if !q.ok || !p.ok || q.command != 0x06 || q.function != 0x03 || p.status != 0 {
		return
	}
	d.diagnosticStatus(c, p.data, path)
}

func (d *Dialogue) diagnosticStatus(c *protocol.Context, b []byte, path davy.Path) {
	r := wire.NewReader(b)
	r.Skip(1)
	extended := r.U8()
	r.Skip(2)
	series := r.U8()
	catalogue := trim(r.Bytes(11))
	if r.Short() || extended != 0xee || !printable(catalogue) {
		return // a PLC-2, PLC-3 or PLC-5 answers in another form
	}
	who := teller{c, path, "pccc diagnostic status", false, d.text[:0]}
	who.vendor(rockwell)
	who.raw(davy.AttrModel, catalogue)
	who.text = append(who.text[:0], davy.KindController...)
	who.tell(davy.AttrKind, likely)
	who.text = append(who.text[:0], "series "...)
	who.text = append(who.text, 'A'+series>>5)
	who.text = append(append(who.text, " revision "...), 'A'+series&0x1f)
	who.tell(davy.AttrHardware, likely)
	r.Skip(2)
	if mode := r.U16LE(); !r.Short() {
		who.mode(mode & 0x1f)
	}
	d.text = who.text
}

func (t *teller) mode(mode uint16) {
	state := ""
	switch mode {
	case 1, 17:
		state = "program"
	case 3, 27:
		state = "suspend"
	case 6, 30:
		state = "run"
	case 7, 8, 9:
		state = "test"
	default:
		return
	}
	t.text = append(t.text[:0], state...)
	t.tell(davy.AttrRunState, likely)
	key := "remote"
	switch mode {
	case 17:
		key = "program"
	case 30:
		key = "run"
	case 27:
		return
	}
	t.text = append(t.text[:0], key...)
	t.tell(davy.AttrKey, likely)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(b) > 0
}
