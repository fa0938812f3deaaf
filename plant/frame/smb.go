package frame

// SMB 2 over TCP ([MS-SMB2], 2.2), as far as a Windows client goes to open a file.

// SMB commands.
const (
	SMBNegotiate    uint16 = 0
	SMBSessionSetup uint16 = 1
	SMBLogoff       uint16 = 2
	SMBTreeConnect  uint16 = 3
	SMBCreate       uint16 = 5
	SMBClose        uint16 = 6
)

// SMBMoreProcessing is the status of a session setup that goes on.
const SMBMoreProcessing uint32 = 0xc000_0016

// SMB is the head of a message (2.2.1.2).
type SMB struct {
	Command uint16
	Reply   bool
	Status  uint32
	Message uint64
	Tree    uint32
	Session uint64
}

// Append appends the message with its NetBIOS length.
func (m SMB) Append(b []byte, body []byte) []byte {
	n := 64 + len(body)
	b = append(b, 0, byte(n>>16), byte(n>>8), byte(n))
	b = append(b, 0xfe, 'S', 'M', 'B')
	b = le32(le16(le16(b, 64), 1), m.Status)
	b = le16(le16(b, m.Command), 31)
	flags := uint32(0)
	if m.Reply {
		flags = 1
	}
	b = le64(le32(le32(b, flags), 0), m.Message)
	b = le64(le32(le32(b, 0xfeff), m.Tree), m.Session)
	return append(zeros(b, 16), body...)
}

// SMBDialects is the body of a negotiate request (2.2.3).
func SMBDialects(r Random) []byte {
	b := le16(le16(le16(le16(nil, 36), 4), 1), 0)
	b = random(le32(b, 0x7f), 16, r)
	b = le64(b, 0)
	for _, d := range [...]uint16{0x0202, 0x0210, 0x0300, 0x0302} {
		b = le16(b, d)
	}
	return b
}

// SMBDialect answers it with dialect 3.0.2 (2.2.4).
func SMBDialect(now int64, r Random) []byte {
	b := le16(le16(le16(le16(nil, 65), 1), 0x0302), 0)
	b = random(b, 16, r)
	b = le32(le32(le32(le32(b, 0x2f), 1<<20), 1<<20), 1<<20)
	b = le64(le64(b, fileTime(now)), 0)
	return le32(le16(le16(b, 128), 0), 0)
}

// fileTime counts 100 ns from 1601.
func fileTime(ns int64) uint64 { return uint64(ns/100) + 116_444_736_000_000_000 }

// SMBSetup is the body of a session setup request (2.2.5), SMBSetupReply of its answer (2.2.6).
func SMBSetup(token []byte) []byte {
	b := append(le16(nil, 25), 0, 1)
	b = le16(le32(le32(b, 1), 0), 88)
	return append(le64(le16(b, uint16(len(token))), 0), token...)
}

func SMBSetupReply(token []byte) []byte {
	b := le16(le16(le16(nil, 9), 0), 72)
	return append(le16(b, uint16(len(token))), token...)
}

// SMBTree is the body of a tree connect request (2.2.9), SMBTreeReply of its answer (2.2.10).
func SMBTree(path string) []byte {
	return utf16(le16(le16(le16(le16(nil, 9), 0), 72), uint16(2*len(path))), path)
}

func SMBTreeReply() []byte {
	b := append(le16(nil, 16), 1, 0)
	return le32(le32(le32(b, 0x30), 0), 0x001f_01ff)
}

// SMBOpen is the body of a create request for reading (2.2.13), SMBOpened of its answer.
func SMBOpen(name string) []byte {
	b := append(le16(nil, 57), 0, 0)
	b = le64(le64(le32(b, 2), 0), 0)
	b = le32(le32(le32(le32(le32(b, 0x0012_0089), 0x80), 7), 1), 0x40)
	b = le32(le32(le16(le16(b, 120), uint16(2*len(name))), 0), 0)
	return utf16(b, name)
}

func SMBOpened(now int64, size uint64, file uint64) []byte {
	b := le32(append(le16(nil, 89), 0, 0), 1)
	for range 4 {
		b = le64(b, fileTime(now))
	}
	b = le32(le32(le64(le64(b, size), size), 0x80), 0)
	return le32(le32(le64(le64(b, file), file), 0), 0)
}

// SMBCloseFile is the body of a close request (2.2.15), SMBClosed of its answer (2.2.16).
func SMBCloseFile(file uint64) []byte {
	return le64(le64(le32(le16(le16(nil, 24), 0), 0), file), file)
}

func SMBClosed() []byte { return zeros(le16(nil, 60), 58) }

// SMBEmpty is the body of a log-off, both ways (2.2.7, 2.2.8).
func SMBEmpty() []byte { return le16(le16(nil, 4), 0) }
