package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// lines are the standing sessions that others use too: an operator writes where a panel reads.
type lines struct {
	hmiFill, hmiPack, hmiPast                                   *session
	scadaFill, scadaPal, scadaPack, scadaPast, scadaUtil, meter *session
	historyUtil, historyPack                                    *session
}

// setter is a talk that can write a quantity.
type setter interface {
	set(s *session, at int64, q quantity, v float64) (int64, bool)
}

// set writes a quantity on the session's connection and returns when it is written.
func (s *session) set(at int64, q quantity, v float64) int64 {
	end, _ := s.do(at, func(at int64) (int64, bool) { return s.talk.(setter).set(s, at, q, v) })
	return end
}

const (
	portS7     = 102
	portModbus = 502
	portENIP   = 44818
)

// startLine starts what runs day and night between the machines.
func (w *world) startLine() *lines {
	f := w.fleet
	const ms = time.Millisecond
	read := func(unit uint8, function uint8, first, count uint16) modbusRead {
		return modbusRead{unit: unit, function: function, first: first, count: count}
	}
	fillStatus := frame.S7Item{Block: 10, Offset: 0, Length: 34}
	fillSets := frame.S7Item{Block: 20, Offset: 0, Length: 14}
	l := &lines{
		hmiFill: w.start(f.hmiFill, f.fill, portS7, 500*ms, &s7Talk{clientTSAP: 0x0200, slot: 1, reads: [][]frame.S7Item{
			{{Block: 10, Offset: 0, Length: 16}, {Block: 10, Offset: 24, Length: 10}, fillSets}}}),
		hmiPack: w.start(f.hmiPack, f.pack, portENIP, 500*ms, &cipTalk{tags: []quantity{packSpeed, packs, glueTemp, filmTension}}),
		hmiPast: w.start(f.hmiPast, f.pastA, portModbus, 1000*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadHolding, 0, 6), read(1, frame.ReadHolding, 100, 2)}}),

		scadaFill: w.start(f.scada, f.fill, portS7, 1000*ms, &s7Talk{clientTSAP: 0x0200, slot: 1, reads: [][]frame.S7Item{{fillStatus}, {fillSets}}}),
		scadaPal: w.start(f.scada, f.pal, portS7, 1000*ms, &s7Talk{clientTSAP: 0x0200, slot: 2, ref: 4711, reads: [][]frame.S7Item{
			{{Block: 5, Offset: 0, Length: 8}, {Block: 6, Offset: 0, Length: 4}}}}).joined(),
		scadaPack: w.start(f.scada, f.pack, portENIP, 1000*ms, &cipTalk{connected: true,
			tags: []quantity{packSpeed, packs, glueTemp, filmTension, caseSpeed, packSpeedSet, glueTempSet, tensionSet}}),
		scadaPast: w.start(f.scada, f.pastA, portModbus, 1000*ms, &modbusTalk{identify: true, reads: []modbusRead{read(1, frame.ReadHolding, 0, 6)}}),
		scadaUtil: w.start(f.scada, f.util, portModbus, 2000*ms, &modbusTalk{identify: true, reads: []modbusRead{read(1, frame.ReadInput, 0, 4), read(1, frame.ReadCoils, 0, 3)}}),
		meter: w.start(f.scada, f.meters, portModbus, 5000*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadHolding, 0, 4), read(2, frame.ReadHolding, 0, 4),
			{unit: 3, function: frame.ReadHolding, count: 4, silent: 400}}}),

		historyUtil: w.start(f.historian, f.util, portModbus, 5000*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadInput, 0, 4)}, id: 20_117}).joined(),
		historyPack: w.start(f.historian, f.pack, portENIP, 5000*ms, &cipTalk{connected: true, tags: []quantity{packSpeed, packs, glueTemp}}),
	}
	w.start(f.historian, f.scada, 4840, 5000*ms, &uaTalk{nodes: []string{"Filler.Speed", "Filler.TankLevel", "Pasteuriser.HoldTemp", "Line.Power"},
		of: []quantity{fillSpeed, tankLevel, holdTemp, power}})
	w.start(f.scada, f.pastB, portModbus, 5000*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadHolding, 0, 1)}})
	w.start(f.edge, f.util, portModbus, 5000*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadInput, 0, 4)}}).idle = int64(10 * time.Second)

	// The pasteuriser's controller and its field devices: outputs are written as inputs are read.
	w.start(f.pastA, f.ioPast1, portModbus, 100*ms, &modbusTalk{reads: []modbusRead{{unit: 1, function: frame.ReadWriteRegisters, count: 2, put: 10, words: 1}}})
	w.start(f.pastA, f.ioPast2, portModbus, 100*ms, &modbusTalk{reads: []modbusRead{read(1, frame.ReadInput, 0, 2), read(1, frame.WriteRegisters, 10, 1)}})
	w.start(f.pastA, f.drvPump1, portModbus, 200*ms, &modbusTalk{identify: true, reads: []modbusRead{read(1, frame.ReadHolding, 0, 3), read(1, frame.WriteRegisters, 10, 2)}})
	w.start(f.pastA, f.drvPump2, portModbus, 200*ms, &modbusTalk{identify: true, reads: []modbusRead{read(1, frame.ReadHolding, 0, 3), read(1, frame.WriteRegisters, 10, 2)}})

	w.startImplicit(f.pack, f.ioPack, 20*ms, 8, filmTension, glueTemp)
	w.startImplicit(f.pack, f.drvPack, 50*ms, 6, packSpeedSet, caseSpeed)
	for i, d := range []*host{f.ioFill1, f.ioFill2, f.drvConv} {
		w.startRealTime(f.fill, d, 32*ms, uint16(i), fillSpeedSet, [...]quantity{tankLevel, fillSpeed, conveyorSpeed}[i])
	}
	return l
}
