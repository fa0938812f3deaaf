package s7

import (
	"github.com/davylamp/davy"
	"github.com/davylamp/davy/wire"
)

// What the parameters of a program invocation are.
const (
	plain   = iota // characters, none for most
	blocks         // a list of blocks
	strings        // strings with their length before them: the place it is for first, then a file's name or the like
	secret         // not to be shown: a password is among them
)

// invocations maps the services that a program invocation (PI) can ask for to verbs: those
// of the controllers first, then those of the SINUMERIK (names that begin with _N_).
var invocations = [...]struct {
	service string
	op      string
	verb    davy.Verb
	params  uint8
}{
	{"_INSE", "insert block (_INSE)", davy.Download, blocks},
	{"_INS2", "insert block (_INS2)", davy.Download, blocks},
	{"_DELE", "delete block (_DELE)", davy.Edit, blocks},
	{"P_PROGRAM", "start program (P_PROGRAM)", davy.Start, plain},
	{"_MODU", "copy RAM to ROM (_MODU)", davy.Configure, plain},
	{"_GARB", "compress memory (_GARB)", davy.Configure, plain},
	{"_N_LOGIN_", "log in (_N_LOGIN_)", davy.Authenticate, secret},
	{"_N_LOGOUT", "log out (_N_LOGOUT)", davy.Authenticate, strings},
	{"_N_NEWPWD", "new password (_N_NEWPWD)", davy.Configure, secret},
	{"_N_CANCEL", "cancel NC alarm (_N_CANCEL)", davy.Alarm, strings},
	{"_N_DASAVE", "copy SRAM to flash (_N_DASAVE)", davy.Configure, strings},
	{"_N_CONFIG", "activate machine data (_N_CONFIG)", davy.Configure, strings},
	{"_N_IBN_SS", "set commissioning switch (_N_IBN_SS)", davy.Configure, strings},
	{"_N_SCALE_", "set unit of measurement (_N_SCALE_)", davy.Configure, strings},
	{"_N_SETUFR", "activate user frame (_N_SETUFR)", davy.Configure, strings},
	{"_N_DELVAR", "delete data block (_N_DELVAR)", davy.Edit, strings},
	{"_N_NCKMOD", "set NCK mode (_N_NCKMOD)", davy.Mode, strings},
	{"_N_STRTLK", "lock start (_N_STRTLK)", davy.Mode, strings},
	{"_N_STRTUL", "unlock start (_N_STRTUL)", davy.Mode, strings},
	{"_N_ASUP__", "assign interrupt (_N_ASUP__)", davy.Control, strings},
	{"_N_SELECT", "select program (_N_SELECT)", davy.Control, strings},
	{"_N_EXTERN", "select external program (_N_EXTERN)", davy.Control, strings},
	{"_N_EXTMOD", "select external program (_N_EXTMOD)", davy.Control, strings},
	{"_N_SEL_BL", "select block (_N_SEL_BL)", davy.Control, strings},
	{"_N_FINDBL", "search block (_N_FINDBL)", davy.Control, strings},
	{"_N_OST_ON", "overstore on (_N_OST_ON)", davy.Control, strings},
	{"_N_OST_OF", "overstore off (_N_OST_OF)", davy.Control, strings},
	{"_N_DIGION", "digitizing on (_N_DIGION)", davy.Control, strings},
	{"_N_DIGIOF", "digitizing off (_N_DIGIOF)", davy.Control, strings},
	{"_N_MMCSEM", "semaphore (_N_MMCSEM)", davy.Other, strings},
	{"_N_F_COPY", "copy file (_N_F_COPY)", davy.File, strings},
	{"_N_F_DELE", "delete file (_N_F_DELE)", davy.File, strings},
	{"_N_F_DELR", "delete file without rights (_N_F_DELR)", davy.File, strings},
	{"_N_F_DMDA", "delete MDA memory (_N_F_DMDA)", davy.File, strings},
	{"_N_F_RENA", "rename file (_N_F_RENA)", davy.File, strings},
	{"_N_F_PROT", "protect file (_N_F_PROT)", davy.File, strings},
	{"_N_F_PROR", "protect file (_N_F_PROR)", davy.File, strings},
	{"_N_F_OPEN", "open file (_N_F_OPEN)", davy.File, strings},
	{"_N_F_OPER", "open file to read (_N_F_OPER)", davy.File, strings},
	{"_N_F_CLOS", "close file (_N_F_CLOS)", davy.File, strings},
	{"_N_F_SEEK", "seek in file (_N_F_SEEK)", davy.File, strings},
	{"_N_F_XFER", "select file for upload (_N_F_XFER)", davy.File, strings},
	{"_N_LOCKE_", "lock file for editing (_N_LOCKE_)", davy.File, strings},
	{"_N_SRTEXT", "mark external file (_N_SRTEXT)", davy.File, strings},
	{"_N_ENDEXT", "end external file (_N_ENDEXT)", davy.File, strings},
	{"_N_CREATO", "create tool (_N_CREATO)", davy.Configure, strings},
	{"_N_CREACE", "create cutting edge (_N_CREACE)", davy.Configure, strings},
	{"_N_CRCEDN", "create cutting edge (_N_CRCEDN)", davy.Configure, strings},
	{"_N_CRTOCE", "create tool with edge (_N_CRTOCE)", davy.Configure, strings},
	{"_N_TMCRTC", "create tool with edge (_N_TMCRTC)", davy.Configure, strings},
	{"_N_TMCRTO", "create tool (_N_TMCRTO)", davy.Configure, strings},
	{"_N_DELETO", "delete tool (_N_DELETO)", davy.Configure, strings},
	{"_N_DELECE", "delete cutting edge (_N_DELECE)", davy.Configure, strings},
	{"_N_DZERO_", "invalidate D numbers (_N_DZERO_)", davy.Configure, strings},
	{"_N_TMAWCO", "set wear group (_N_TMAWCO)", davy.Configure, strings},
	{"_N_SETTST", "activate tools (_N_SETTST)", davy.Configure, strings},
	{"_N_TMRASS", "reset active tools (_N_TMRASS)", davy.Configure, strings},
	{"_N_TRESMO", "reset tool monitoring (_N_TRESMO)", davy.Configure, strings},
	{"_N_TMPCIT", "set piece counter (_N_TMPCIT)", davy.Configure, strings},
	{"_N_TMMVTL", "load or unload tool (_N_TMMVTL)", davy.Control, strings},
	{"_N_TMPOSM", "position magazine (_N_TMPOSM)", davy.Control, strings},
	{"_N_CHEKDM", "check D numbers (_N_CHEKDM)", davy.Diagnose, strings},
	{"_N_CHKDNO", "check D numbers (_N_CHKDNO)", davy.Diagnose, strings},
	{"_N_TMFDPL", "search empty place (_N_TMFDPL)", davy.Read, strings},
	{"_N_TMFPBP", "search empty place (_N_TMFPBP)", davy.Read, strings},
	{"_N_TMGETT", "find tool number (_N_TMGETT)", davy.Read, strings},
	{"_N_TSEARC", "search tool (_N_TSEARC)", davy.Read, strings},
}

// coldRestart is the argument of P_PROGRAM that asks for a cold restart; none asks for a
// warm one.
const coldRestart = "C "

// askProgram reads a program invocation, and the job that stops the controller, which names
// a program too.
func (d *conversation) askProgram(p *pdu, f int) {
	op, verb := functionOf(f)
	m := d.begin(p, verb, op, uint32(f))
	r := wire.NewReader(p.param)
	r.Skip(1)
	if f == stopPLC {
		q := d.ask(p, f, m)
		q.add(davy.Object{}, 0, false)
		p.c.Emit()
		return
	}
	r.Skip(7) // not known, but for the last: 0xfd
	params := r.Bytes(int(r.U16()))
	service := r.Bytes(int(r.U8()))
	kind := uint8(plain)
	switch i := invocation(service); {
	case r.Short():
		if m.Defect == "" {
			m.Defect = davy.Truncated
		}
	case i >= 0:
		m.Op, m.Verb, kind = invocations[i].op, invocations[i].verb, invocations[i].params
		if verb := &m.Verb; *verb == davy.Start && string(params) == coldRestart {
			m.Op, *verb = "cold restart (P_PROGRAM)", davy.Restart
		}
	case len(service) > 0:
		m.Object = davy.Object{Space: &argument, Name: service, Count: 1} // at least what it is called
		params = nil
	}
	q := d.ask(p, f, m)
	switch {
	case r.Short():
	case kind == blocks:
		namedBlocks(params, q)
	case kind == strings:
		if name := lastString(params); len(name) > 0 {
			q.add(davy.Object{Space: &argument, Name: name, Count: 1}, 0, false)
		}
	case kind == plain && len(params) > 0:
		q.add(davy.Object{Space: &argument, Name: params, Count: 1}, 0, false)
	}
	if len(q.items) == 0 {
		q.add(m.Object, 0, false)
	}
	for i := range q.items {
		m.Object = q.object(i)
		m.Part, m.Parts = uint16(i), uint16(len(q.items))
		p.c.Emit()
	}
}

func invocation(service []byte) int {
	for i := range invocations {
		if invocations[i].service == string(service) {
			return i
		}
	}
	return -1
}

// namedBlocks reads a count and the names of that many blocks.
func namedBlocks(params []byte, q *request) {
	r := wire.NewReader(params)
	count := int(r.U8())
	r.Skip(1)
	for i := range count {
		name := r.Bytes(8)
		if r.Short() {
			return
		}
		o, ok := blockName(name)
		if !ok {
			o = davy.Object{Space: &argument, Name: name, Count: 1}
		}
		q.add(o, uint8(i), false)
	}
}

// lastString is the second of the strings in the parameters of a SINUMERIK's invocation,
// which names the file, tool or the like; the first names the place.
func lastString(params []byte) []byte {
	r := wire.NewReader(params)
	var name []byte
	for i := 0; i < 2 && r.Len() > 0; i++ {
		n := int(r.U8())
		b := r.Bytes(n)
		if n%2 == 0 && r.Len() > 0 {
			r.Skip(1) // with its length before it a string ends on an even byte
		}
		if r.Short() {
			return nil
		}
		if i == 1 {
			name = b
		}
	}
	return name
}

// ran tells the operating state that a job which went well leaves behind.
func (d *conversation) ran(p *pdu, m *davy.Message) {
	if p.request == nil || p.code != 0 || p.rosctr != ackData || m.Defect != "" {
		return
	}
	switch m.Verb {
	case davy.Start, davy.Restart:
		d.tell(p, davy.AttrRunState, stateRun, "s7 start", 80)
	case davy.Stop:
		d.tell(p, davy.AttrRunState, stateStop, "s7 stop", 80)
	}
}

var (
	stateRun  = []byte("run")
	stateStop = []byte("stop")
)
