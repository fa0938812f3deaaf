package plant

import (
	"time"

	"github.com/davylamp/davy/plant/frame"
)

// product is what a recipe sets.
type product struct{ number, volume, speed, packs, layers, level float64 }

var products = []product{
	{1, 330, 32_000, 90, 8, 820},
	{2, 500, 28_000, 75, 6, 850},
	{3, 1000, 18_000, 48, 5, 900},
}

// novelty is a product that the line has not made before.
var novelty = product{4, 750, 22_500, 60, 5, 880}

// startOperators starts the people: set points are trimmed now and then within their usual
// range, the product changes with the shift, and who works at the filler logs in.
func (w *world) startOperators(l *lines) {
	for _, a := range []struct {
		where *session
		what  quantity
		to    []float64
		mean  time.Duration
	}{
		{l.hmiFill, levelSet, []float64{820, 840, 850, 860, 880}, 3 * time.Hour},
		{l.hmiFill, fillSpeedSet, []float64{26_000, 27_000, 28_000, 29_000}, 2 * time.Hour},
		{l.hmiPast, tempSet, []float64{71.5, 72, 72.5, 73}, 4 * time.Hour},
		{l.hmiPast, flowSet, []float64{13, 14, 15}, 4 * time.Hour},
		{l.hmiPack, glueTempSet, []float64{162, 165, 168}, 3 * time.Hour},
		{l.hmiPack, packSpeedSet, []float64{68, 72, 75, 78}, 2 * time.Hour},
		{l.scadaPack, tensionSet, []float64{40, 42, 44}, 6 * time.Hour},
		{l.scadaPal, palletSpeedSet, []float64{70, 75, 80, 85}, 5 * time.Hour},
		{l.scadaUtil, airSet, []float64{7, 7.2, 7.4}, 8 * time.Hour},
		{l.scadaUtil, chillerSet, []float64{3.5, 4, 4.5}, 8 * time.Hour},
	} {
		c := newChance(w.opt.Seed, "operator "+a.where.client.Name+" "+a.where.server.point(a.what).Name)
		w.routine("trim "+a.where.client.Name+" "+a.where.server.point(a.what).Name, a.mean, producing, func(at int64) {
			a.where.set(at, a.what, one(c, a.to))
		})
	}
	c := newChance(w.opt.Seed, "shift")
	users := []string{"mueller", "kowalski", "nowak", "silva"}
	w.shifts(c, func(at int64) {
		w.brew(l, at, one(c, products))
		w.at(at+c.span(time.Minute, 4*time.Minute), func(at int64) { w.logIn(l, at, one(c, users)) })
	})
}

// shifts calls do soon after the beginning of each shift.
func (w *world) shifts(c *chance, do func(at int64)) {
	const quarter = 8 * time.Hour
	var next func(at int64)
	next = func(at int64) {
		if producing(at) {
			do(at)
		}
		w.at(at+int64(quarter), next)
	}
	w.at(w.from+int64(c.in(0.2, 1)*float64(min(12*time.Minute, w.opt.Length/10))), next)
}

// brew changes the line to a product, from the control room.
func (w *world) brew(l *lines, at int64, p product) {
	at = l.scadaFill.set(at, recipe, p.number)
	at = l.scadaFill.set(at+int64(time.Second), fillVolumeSet, p.volume)
	at = l.scadaFill.set(at+int64(time.Second), fillSpeedSet, p.speed)
	at = l.scadaFill.set(at+int64(time.Second), levelSet, p.level)
	at = l.scadaPack.set(at+int64(2*time.Second), packSpeedSet, p.packs)
	l.scadaPal.set(at+int64(2*time.Second), layersSet, p.layers)
}

// logIn writes who works at the filler's panel: an S7 string in the controller.
func (w *world) logIn(l *lines, at int64, user string) {
	value := make([]byte, 18)
	value[0], value[1] = 16, byte(len(user))
	copy(value[2:], user)
	s := l.hmiFill
	s.do(at, func(at int64) (int64, bool) {
		return s.talk.(*s7Talk).write(s, at, frame.S7Item{Block: 20, Offset: 16, Length: 18}, value)
	})
}
