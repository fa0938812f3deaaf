package plant

import (
	"time"

	"github.com/davylamp/davy"
)

// steps are when the intruder does what.
type steps struct {
	scan, tunnel, plugIn, download, umas, stop, spoof, setpoint, beacon int64
	unplug, silence                                                     int64 // ends of presence and beacon
	restart, spoofing                                                   time.Duration
	pause                                                               time.Duration // between beacons
}

// campaignSteps are drawn so that, in a long run, the campaign takes two days of any part of
// the run after learning, the download falls into a night and nothing into a window.
func (w *world) campaignSteps(c *chance) steps {
	if !w.long() {
		length := w.opt.Length
		return steps{scan: w.share(c.in(0.675, 0.69)), tunnel: w.share(c.in(0.73, 0.74)), plugIn: w.share(0.75), download: w.share(c.in(0.78, 0.80)),
			umas: w.share(c.in(0.82, 0.83)), stop: w.share(c.in(0.855, 0.865)), spoof: w.share(0.90), setpoint: w.share(c.in(0.945, 0.955)),
			beacon: w.share(0.70), unplug: w.share(0.935), silence: w.share(0.985),
			restart: length / 60, spoofing: min(length/40, 10*time.Minute), pause: length / 60}
	}
	days := int(w.opt.Length / (24 * time.Hour))
	midnight := time.Unix(0, w.from).UTC().Truncate(24*time.Hour).AddDate(0, 0, 1+c.below(days-3)).UnixNano()
	hour := func(day int64, from, to float64) int64 {
		return midnight + day*int64(24*time.Hour) + int64(c.in(from, to)*float64(time.Hour))
	}
	s := steps{scan: hour(0, 19, 21.5), tunnel: hour(1, 11, 15), plugIn: hour(1, 17, 18.5), beacon: hour(1, 19, 21), download: hour(2, 0.5, 2),
		spoof: hour(2, 9, 10), setpoint: hour(2, 13, 14.2), restart: time.Duration(c.span(4*time.Minute, 9*time.Minute)),
		spoofing: time.Duration(c.span(6*time.Minute, 12*time.Minute)), pause: 10 * time.Minute}
	s.umas = s.download + c.span(15*time.Minute, 45*time.Minute)
	s.stop = s.umas + c.span(10*time.Minute, 30*time.Minute)
	s.unplug = s.spoof + int64(40*time.Minute)
	s.silence = hour(2, 17, 19)
	return s
}

// startCampaign enters the intruder: from a desk in the office, through a laptop on the
// line, to the controllers.
func (w *world) startCampaign(l *lines) {
	f, c := w.fleet, newChance(w.opt.Seed, "campaign")
	s := w.campaignSteps(c)
	w.intruder = span{s.scan, s.silence}
	desk := f.desks[1+c.below(3)]

	w.attack(s.scan, "D36", "scan of the line from a desk in the office", "tcp", "", desk, nil, []string{"D11", "D07"},
		func(at int64, n *Label) { w.scan(at, desk, c, n) }).Targets = []string{f.line.Prefix.String()}

	tunnel := [][2]*host{{f.jump, f.scada}, {desk, f.historian}}[c.below(2)]
	w.attack(s.tunnel, "D16", "SSH through port 445, where Windows shares files", "ssh", "", tunnel[0], tunnel[1], []string{"D11", "D07"},
		func(at int64, _ *Label) { w.shell(at, tunnel[0], tunnel[1], 445, 25) })

	w.attack(s.beacon, "D13", "a machine of the line reports to the internet", "tls", "", f.scada, f.beacon, []string{"D11", "D07"},
		func(at int64, n *Label) { w.report(at, s.silence, s.pause, c, n) })

	presence := w.attack(s.plugIn, "D01", "an unknown laptop on the line's switch", "arp", "", f.laptop, nil,
		[]string{"D07", "D10", "D11", "D28", "D36", "D37"}, func(at int64, _ *Label) { w.plugIn(at, s.unplug, c) })
	f.laptop.stories = []story{{span{s.plugIn, w.to}, presence}}

	for _, step := range []*Label{
		w.attack(s.download, "D20", "the palletiser's program is changed at night, outside any window", "s7", davy.Download.String(), f.laptop, f.pal,
			[]string{"D07", "D11", "D21", "D28"}, func(at int64, _ *Label) { w.changePalletiser(at, c) }),
		w.attack(s.umas, "D20", "the pasteuriser's program is replaced at night, outside any window", "umas", davy.Download.String(), f.laptop, f.pastA,
			[]string{"D07", "D11", "D28"}, func(at int64, _ *Label) {
				w.pastSession(at, f.laptop, func(s *session, t *umasTalk, at int64) (int64, bool) { return t.download(s, at, application(c.next())) })
			}),
		w.attack(s.stop, "D25", "the palletiser is stopped, and started again", "s7", davy.Stop.String(), f.laptop, f.pal,
			[]string{"D07", "D11", "D28"}, func(at int64, n *Label) { w.stopPalletiser(at, s.restart, n) }),
		w.attack(s.spoof, "D38", "the laptop sits between the filler and its panel by false ARP answers", "arp", "", f.laptop, f.fill,
			[]string{"D04"}, func(at int64, n *Label) { w.between(at, s.spoofing, n) }),
	} {
		step.part = presence
	}

	target, what, values := l.historyPack, glueTempSet, []float64{188, 192, 195}
	if c.hit(2) {
		target, what, values = l.historyUtil, airSet, []float64{8.6, 9.1, 9.4}
	}
	w.attack(s.setpoint, "D29", "the historian, which only ever read, writes a set point", [2]string{"cip", "modbus"}[c.state&1], davy.Write.String(),
		target.client, target.server, []string{"D07", "D08"}, func(at int64, n *Label) {
			n.Protocol = map[uint16]string{portENIP: "cip", portModbus: "modbus"}[target.port]
			w.misuse(at, target, what, values, n)
		})
}

// attack enters a step of the campaign.
func (w *world) attack(at int64, detector, what, protocol, verb string, by, on *host, also []string, do func(at int64, n *Label)) *Label {
	var targets []*host
	if on != nil {
		targets = []*host{on}
	}
	n := w.label(Attack, what, detector, []*host{by}, targets)
	n.Protocol, n.Verb, n.Also = protocol, verb, also
	w.at(at, func(at int64) { w.under(n, func() { do(at, n) }) })
	return n
}
