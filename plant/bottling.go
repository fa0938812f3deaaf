package plant

import "math"

// quantity is something that can be measured or set in the plant.
type quantity int

// The quantities, with their units; those from fillSpeedSet on are set points, which
// operators write and the process follows.
const (
	tankLevel     quantity = iota // mm
	fillSpeed                     // bottles an hour
	fillVolume                    // ml, of the last bottle
	productTemp                   // °C, at the filler
	co2Pressure                   // bar
	capTorque                     // Nm
	bottles                       // since the counter was reset
	rejects                       //
	fillState                     // 0 idle, 1 running, 2 jam
	holdTemp                      // °C, pasteuriser holding tube
	steamValve                    // %
	productFlow                   // m³/h
	pasteurUnits                  // PU
	pumpSpeed                     // rpm
	pumpCurrent                   // A
	boosterSpeed                  // rpm
	packSpeed                     // packs a minute
	packs                         // since the counter was reset
	glueTemp                      // °C
	filmTension                   // N
	caseSpeed                     // rpm
	pallets                       // since the counter was reset
	layer                         // the palletiser is on
	gripVacuum                    // mbar below ambient
	airPressure                   // bar
	chillerTemp                   // °C
	waterTank                     // %
	compressors                   // bit for each of three that run
	power                         // kW, of the line
	energy                        // kWh
	conveyorSpeed                 // m/min
	fillSpeedSet
	fillVolumeSet
	levelSet
	tempSet
	flowSet
	packSpeedSet
	glueTempSet
	tensionSet
	layersSet
	palletSpeedSet
	airSet
	chillerSet
	recipe // number of the product
	quantities
)

// bottling is the process: tanks, heat and machines that answer set points with a lag and
// some noise. It is moved on when somebody looks.
type bottling struct {
	v       [quantities]float64
	at      int64
	jam     int64 // until when bottles are stuck
	fillOff bool  // controllers that stand still
	packOff bool
	palOff  bool
	chance  *chance
	hours   func(at int64) bool // when the line produces
}

func newBottling(at int64, hours func(int64) bool, c *chance) *bottling {
	p := &bottling{at: at, chance: c, hours: hours}
	for q, v := range map[quantity]float64{tankLevel: 850, productTemp: 8, co2Pressure: 2.4, capTorque: 1.7, holdTemp: 72,
		fillVolume: 500, steamValve: 40, glueTemp: 165, filmTension: 42, gripVacuum: 610, airPressure: 7.2, chillerTemp: 4,
		waterTank: 70, compressors: 3, bottles: 184_220, packs: 30_700, pallets: 382, energy: 91_340, rejects: 212,
		fillSpeedSet: 28_000, fillVolumeSet: 500, levelSet: 850, tempSet: 72, flowSet: 14, packSpeedSet: 75,
		glueTempSet: 165, tensionSet: 42, layersSet: 6, palletSpeedSet: 80, airSet: 7.2, chillerSet: 4, recipe: 2} {
		p.v[q] = v
	}
	return p
}

// look moves the process on to that time and returns a quantity.
func (p *bottling) look(at int64, q quantity) float64 {
	p.move(at)
	return p.v[q]
}

// move moves the process on.
func (p *bottling) move(at int64) {
	if at-p.at < 10e6 {
		return
	}
	dt := float64(at-p.at) / 1e9
	p.at = at
	v := &p.v
	run := p.hours(at) && !p.fillOff
	if run && at > p.jam && p.chance.unit() < dt/1500 { // a jam about every 25 minutes
		p.jam = at + p.chance.span(20e9, 150e9)
	}
	flowing := run && at > p.jam
	speed, pack := 0.0, 0.0
	v[fillState] = 0
	if run {
		v[fillState] = 2
	}
	if flowing {
		v[fillState], speed, pack = 1, v[fillSpeedSet], v[packSpeedSet]
	}
	if p.packOff {
		pack = 0
	}
	p.lag(fillSpeed, speed, 8, dt, 40)
	p.lag(conveyorSpeed, speed/800, 5, dt, 0.1)
	p.lag(packSpeed, pack, 6, dt, 0.3)
	p.lag(caseSpeed, pack*18, 4, dt, 3)
	made := v[fillSpeed] * dt / 3600
	v[bottles] += made
	v[rejects] += made / 900
	v[packs] += v[packSpeed] * dt / 60
	p.lag(fillVolume, v[fillVolumeSet], 3, dt, 0.4)
	// The tank empties with every bottle and is filled from the pasteuriser.
	used := v[fillSpeed] * v[fillVolume] / 1e6 // m³/h
	flow := math.Max(0, math.Min(2*v[flowSet], used+(v[levelSet]-v[tankLevel])*0.05))
	p.lag(productFlow, flow, 10, dt, 0.05)
	v[tankLevel] = clamp(v[tankLevel]+(v[productFlow]-used)*dt/3600*400+p.noise(0.4, dt), 200, 1200)
	p.lag(holdTemp, v[tempSet], 45, dt, 0.05)
	p.lag(steamValve, 12+v[productFlow]*2.6+(v[tempSet]-v[holdTemp])*6, 6, dt, 0.3)
	p.lag(pasteurUnits, 15+(v[holdTemp]-72)*4, 30, dt, 0.1)
	p.lag(pumpSpeed, 400+v[productFlow]*110, 4, dt, 4)
	p.lag(boosterSpeed, 300+v[productFlow]*85, 4, dt, 4)
	p.lag(pumpCurrent, 2+v[pumpSpeed]/330, 3, dt, 0.05)
	p.lag(productTemp, v[chillerTemp]+4, 200, dt, 0.02)
	p.lag(co2Pressure, 2.4, 60, dt, 0.005)
	p.lag(capTorque, 1.7, 10, dt, 0.02)
	p.lag(glueTemp, v[glueTempSet], 90, dt, 0.2)
	p.lag(filmTension, v[tensionSet], 4, dt, 0.4)
	p.lag(gripVacuum, 610, 3, dt, 4)
	p.lag(airPressure, v[airSet], 40, dt, 0.02)
	p.lag(chillerTemp, v[chillerSet], 300, dt, 0.02)
	v[waterTank] = clamp(v[waterTank]+(70-v[waterTank])*dt/900-made/4000, 5, 100)
	if !p.palOff && v[packSpeed] > 1 {
		v[layer] = math.Mod(v[layer]+v[packSpeed]*dt/60/12, v[layersSet])
		v[pallets] += v[packSpeed] * dt / 60 / 12 / v[layersSet]
	}
	v[compressors] = 1
	if v[fillSpeed] > 1000 {
		v[compressors] = 3
	}
	p.lag(power, 38+v[fillSpeed]/310+v[packSpeed]*0.6, 5, dt, 0.5)
	v[energy] += v[power] * dt / 3600
}

// lag brings a quantity towards a target with a time constant in seconds.
func (p *bottling) lag(q quantity, target, constant, dt, noise float64) {
	p.v[q] += (target-p.v[q])*(1-math.Exp(-dt/constant)) + p.noise(noise, dt)
	if target == 0 && p.v[q] < 0.5 {
		p.v[q] = 0
	}
}

func (p *bottling) noise(size, dt float64) float64 {
	return size * (p.chance.unit() - 0.5) * math.Min(1, math.Sqrt(dt))
}

func clamp(x, low, high float64) float64 { return math.Max(low, math.Min(high, x)) }
