package plant

import (
	"encoding/binary"
	"math"

	"github.com/davylamp/davy/plant/frame"
)

// form is how a device keeps a number.
type form int

const (
	word  form = iota // 16 bits, scaled
	dword             // 32 bits
	real              // IEEE 754 single
)

// point is a quantity in a device's memory: in a data block at a byte (S7), in a register
// (Modbus), or under a name (CIP).
type point struct {
	Name  string
	Block uint16 // data block, 0 where there are none
	Place uint16 // byte in the block, or register
	Form  form
	Scale float64 // what one unit of a word stands for, inverse; 0 counts as 1
	Of    quantity
}

func (pt point) size() uint16 {
	if pt.Form == word {
		return 2
	}
	return 4
}

// bits is a value in the point's form.
func (pt point) bits(v float64) uint32 {
	if pt.Scale != 0 {
		v *= pt.Scale
	}
	switch pt.Form {
	case real:
		return math.Float32bits(float32(v))
	case dword:
		return uint32(int64(math.Round(v)))
	}
	return uint32(uint16(int64(math.Round(v))))
}

func (pt point) tag(bits uint32) frame.Tag {
	types := [...]uint16{word: frame.CipInt, dword: frame.CipDint, real: frame.CipReal}
	return frame.Tag{Name: pt.Name, Type: types[pt.Form], Bits: bits}
}

// memory is n bytes of a data block, with the points in it.
func (w *world) memory(h *host, at int64, block, first, n uint16) []byte {
	b := make([]byte, n)
	for _, pt := range h.points {
		if pt.Block != block || pt.Place < first || pt.Place+pt.size() > first+n {
			continue
		}
		bits := pt.bits(w.vat.look(at, pt.Of))
		if pt.Form == word {
			binary.BigEndian.PutUint16(b[pt.Place-first:], uint16(bits))
		} else {
			binary.BigEndian.PutUint32(b[pt.Place-first:], bits)
		}
	}
	return b
}

// registers are n registers of a Modbus device.
func (w *world) registers(h *host, at int64, first, n uint16) []uint16 {
	r := make([]uint16, n)
	for _, pt := range h.points {
		if pt.Place < first || pt.Place+pt.size()/2 > first+n {
			continue
		}
		bits := pt.bits(w.vat.look(at, pt.Of))
		if pt.Form == word {
			r[pt.Place-first] = uint16(bits)
		} else {
			r[pt.Place-first], r[pt.Place-first+1] = uint16(bits>>16), uint16(bits)
		}
	}
	return r
}

// point finds where a device keeps a quantity.
func (h *host) point(q quantity) point {
	for _, pt := range h.points {
		if pt.Of == q {
			return pt
		}
	}
	panic("plant: " + h.Name + " does not keep that quantity")
}

var (
	fillPoints = []point{
		{"TankLevel", 10, 0, real, 0, tankLevel}, {"Speed", 10, 4, real, 0, fillSpeed}, {"Volume", 10, 8, real, 0, fillVolume},
		{"ProductTemp", 10, 12, real, 0, productTemp}, {"CO2", 10, 16, real, 0, co2Pressure}, {"CapTorque", 10, 20, real, 0, capTorque},
		{"Bottles", 10, 24, dword, 0, bottles}, {"Rejects", 10, 28, dword, 0, rejects}, {"State", 10, 32, word, 0, fillState},
		{"SpeedSet", 20, 0, real, 0, fillSpeedSet}, {"VolumeSet", 20, 4, real, 0, fillVolumeSet}, {"LevelSet", 20, 8, real, 0, levelSet},
		{"Recipe", 20, 12, word, 0, recipe},
	}
	palPoints = []point{
		{"Pallets", 5, 0, dword, 0, pallets}, {"Layer", 5, 4, word, 0, layer}, {"Vacuum", 5, 6, word, 0, gripVacuum},
		{"LayersSet", 6, 0, word, 0, layersSet}, {"SpeedSet", 6, 2, word, 10, palletSpeedSet},
	}
	packPoints = []point{
		{"Packer.Speed", 0, 0, real, 0, packSpeed}, {"Packer.Count", 0, 0, dword, 0, packs}, {"Packer.GlueTemp", 0, 0, real, 0, glueTemp},
		{"Packer.FilmTension", 0, 0, real, 0, filmTension}, {"Packer.CaseSpeed", 0, 0, real, 0, caseSpeed},
		{"Packer.SpeedSP", 0, 0, real, 0, packSpeedSet}, {"Packer.GlueTempSP", 0, 0, real, 0, glueTempSet},
		{"Packer.FilmTensionSP", 0, 0, real, 0, tensionSet},
	}
	pastPoints = []point{
		{"HoldTemp", 0, 0, word, 10, holdTemp}, {"Steam", 0, 1, word, 10, steamValve}, {"Flow", 0, 2, word, 100, productFlow},
		{"PU", 0, 3, word, 10, pasteurUnits}, {"Pump", 0, 4, word, 0, pumpSpeed}, {"Booster", 0, 5, word, 0, boosterSpeed},
		{"TempSet", 0, 100, word, 10, tempSet}, {"FlowSet", 0, 101, word, 100, flowSet},
	}
	utilPoints = []point{
		{"Air", 0, 0, word, 100, airPressure}, {"Chiller", 0, 1, word, 10, chillerTemp}, {"Water", 0, 2, word, 10, waterTank},
		{"Compressors", 0, 3, word, 0, compressors}, {"AirSet", 0, 40, word, 100, airSet}, {"ChillerSet", 0, 41, word, 10, chillerSet},
	}
	pastInputs  = []point{{"HoldTemp", 0, 0, word, 100, holdTemp}, {"Flow", 0, 1, word, 1000, productFlow}, {"Steam", 0, 10, word, 10, steamValve}}
	tankInputs  = []point{{"TankLevel", 0, 0, word, 10, tankLevel}, {"ProductTemp", 0, 1, word, 100, productTemp}, {"PumpSet", 0, 10, word, 0, pumpSpeed}}
	pumpDrive   = []point{{"Speed", 0, 1, word, 0, pumpSpeed}, {"Current", 0, 2, word, 10, pumpCurrent}, {"Reference", 0, 11, word, 0, pumpSpeed}}
	boostDrive  = []point{{"Speed", 0, 1, word, 0, boosterSpeed}, {"Current", 0, 2, word, 10, pumpCurrent}, {"Reference", 0, 11, word, 0, boosterSpeed}}
	meterPoints = []point{{"Power", 0, 0, real, 0, power}, {"Energy", 0, 2, real, 0, energy}}
)
