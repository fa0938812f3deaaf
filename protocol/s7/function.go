package s7

import "github.com/davylamp/davy"

// Functions of jobs.
const (
	readVar         = 0x04
	writeVar        = 0x05
	requestDownload = 0x1a
	downloadBlock   = 0x1b
	downloadEnded   = 0x1c
	startUpload     = 0x1d
	uploadBlock     = 0x1e
	endUpload       = 0x1f
	invokeProgram   = 0x28 // PI service
	stopPLC         = 0x29
	setup           = 0xf0
)

// functions maps what a job asks for to verbs. What a program invocation asks for is told
// by its service, see invocations.
var functions = [...]struct {
	code int
	op   string
	verb davy.Verb
}{
	{readVar, "read var", davy.Read},
	{writeVar, "write var", davy.Write},
	{requestDownload, "request download", davy.Download},
	{downloadBlock, "download block", davy.Download},
	{downloadEnded, "download ended", davy.Download},
	{startUpload, "start upload", davy.Upload},
	{uploadBlock, "upload", davy.Upload},
	{endUpload, "end upload", davy.Upload},
	{invokeProgram, "PI service", davy.Control},
	{stopPLC, "PLC stop", davy.Stop},
	{setup, "setup communication", davy.Connect},
}

func functionOf(code int) (op string, verb davy.Verb) {
	for i := range functions {
		if functions[i].code == code {
			return functions[i].op, functions[i].verb
		}
	}
	return "", davy.Other
}

// job reads a request.
func (d *conversation) job(p *pdu) {
	switch f := p.function(); f {
	case readVar, writeVar:
		d.askVariables(p, f)
	case requestDownload, downloadBlock, downloadEnded, startUpload, uploadBlock, endUpload:
		d.askTransfer(p, f)
	case invokeProgram, stopPLC:
		d.askProgram(p, f)
	case setup:
		d.askSetup(p)
	default:
		op, verb := functionOf(f)
		m := d.begin(p, verb, op, uint32(max(f, 0)))
		if m.Defect == "" {
			m.Defect = davy.UnknownCode
		}
		d.ask(p, f, m)
		p.c.Emit()
	}
}

// ask remembers a request of the sender.
func (d *conversation) ask(p *pdu, f int, m *davy.Message) *request {
	return d.asked.ask(d.key(p, p.c.Dir), uint32(max(f, 0)), m)
}

// answer reads what was said to a request, which is p.request where it is known. f is below
// zero where nothing tells what was asked.
func (d *conversation) answer(p *pdu, f int) {
	switch f {
	case readVar, writeVar:
		d.answerVariables(p, f)
	case requestDownload, downloadBlock, downloadEnded, startUpload, uploadBlock, endUpload:
		d.answerTransfer(p, f)
	case setup:
		d.answerSetup(p)
	default:
		m := d.answered(p, f)
		switch {
		case f < 0:
			m.Op, m.Verb = "ack", davy.Other
		case m.Op == "" && m.Defect == "":
			m.Defect = davy.UnknownCode
		}
		p.c.Emit()
		d.ran(p, m)
	}
}

// answered begins the answer to a request: what was asked, on what object, and the result
// as the header tells it.
func (d *conversation) answered(p *pdu, f int) *davy.Message {
	op, verb := functionOf(f)
	if p.request != nil {
		op, verb = p.request.op, p.request.verb
	}
	m := d.begin(p, verb, op, uint32(max(f, 0)))
	m.Object = p.request.first()
	if p.defect != davy.Truncated || p.code != 0 {
		m.Result = refused(p.code)
	}
	return m
}
