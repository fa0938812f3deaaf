package frame

// UMAS function codes: Modicon's engineering protocol inside Modbus function 90. There is
// no public specification; codes and layouts after published research (Kaspersky ICS
// CERT, "The secrets of Schneider Electric's UMAS protocol", 2022) and what M340 and
// Quantum controllers are seen to say.
const (
	UmasInit           uint8 = 0x01
	UmasReadID         uint8 = 0x02
	UmasProject        uint8 = 0x03
	UmasStatus         uint8 = 0x04
	UmasCard           uint8 = 0x06
	UmasReserve        uint8 = 0x10
	UmasRelease        uint8 = 0x11
	UmasKeepAlive      uint8 = 0x12
	UmasReadBlock      uint8 = 0x20
	UmasBeginDownload  uint8 = 0x30
	UmasDownloadBlock  uint8 = 0x31
	UmasEndDownload    uint8 = 0x32
	UmasBeginUpload    uint8 = 0x33
	UmasUploadBlock    uint8 = 0x34
	UmasEndUpload      uint8 = 0x35
	UmasStart          uint8 = 0x40
	UmasStop           uint8 = 0x41
	UmasMonitor        uint8 = 0x50
	umasModbusFunction uint8 = 90
	umasDone           uint8 = 0xfe
)

// Umas appends a request: key is the reservation's, 0 before one is taken.
func Umas(b []byte, id uint16, key, function uint8, data []byte) []byte {
	return append(append(modbus(b, id, 0, umasModbusFunction, 2+len(data)), key, function), data...)
}

// UmasReply appends an answer that grants the request.
func UmasReply(b []byte, id uint16, key uint8, data []byte) []byte {
	return append(append(modbus(b, id, 0, umasModbusFunction, 2+len(data)), key, umasDone), data...)
}

// UmasIdentity is the answer to UmasReadID: hardware identifier and the model's name.
func UmasIdentity(b []byte, hardware uint32, firmware uint16, model string) []byte {
	b = be16(b, 0x0630)
	b = be32(b, hardware)
	b = le16(zeros(b, 2), 0x5000)
	b = le16(b, firmware)
	b = append(b, 0, 7, 0, 6, 1, 7, 6, 1, 0, 0, 0)
	b = append(append(b, byte(len(model))), model...)
	return append(b, 2, 1, 1, 0, 0, 0, 0, 0x40, 0, 0, 4, 1, 0, 0, 0, 0, 0x7c, 2)
}

// UmasCardInfo is the answer to UmasCard.
func UmasCardInfo(b []byte, card string) []byte {
	b = append(b, 1, 0, 1, 1, 0xa1, 0)
	return append(append(append(b, byte(len(card))), card...), 0)
}

// UmasProjectInfo is the answer to UmasProject: revision, when it was built, its name.
func UmasProjectInfo(b []byte, revision uint32, day, month uint8, year uint16, project string) []byte {
	stamp := func() { b = le16(append(b, 2, 0x0c, 0x3b, 0x0c, day, month), year) }
	b = be32(be16(b, 0x0205), 0)
	b = le32(b, revision)
	b = le32(be16(be32(b, 0x02050000), 0), revision)
	stamp()
	stamp()
	b = zeros(b, 3)
	return append(append(append(b, byte(len(project)+1)), project...), 0)
}

// UmasStatusInfo is the answer to UmasStatus: run state (2 running, 1 stopped) and the
// signatures of the loaded application, 66 bytes as M340 controllers send them.
func UmasStatusInfo(b []byte, running bool, application uint32) []byte {
	state := uint8(0x8a)
	if running {
		state = 0x8e
	}
	start := len(b)
	b = append(b, 2, state, 0x80, 6)
	b = le32(b, application)
	b = le32(b, application^0x5a5a)
	b = le32(b, 0)
	b = le32(le32(b, application+9), application+9)
	b = append(b, 3)
	b = zeros(b, start+50-len(b))
	return append(b, 0, 0, 0, 1, 8, 4, 1, 1, 0, 0, 0xfa, 0, 0, 0, 0, 0)
}

// UmasOwner is the data of UmasReserve: who takes the controller.
func UmasOwner(b []byte, session uint32, owner string) []byte {
	return append(append(le32(b, session), byte(len(owner))), owner...)
}

// UmasBlock is the data of UmasDownloadBlock: number from 1, and the bytes.
func UmasBlock(b []byte, number uint16, data []byte) []byte {
	b = le16(append(b, 0, 1), number)
	return append(le16(b, uint16(len(data))), data...)
}
