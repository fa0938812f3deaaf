package plant

import (
	"fmt"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/plant/frame"
)

const everywhere = 0xffff_ffff // 255.255.255.255

// startOffice starts the people at their desks, and what servers do among themselves.
func (w *world) startOffice() {
	f := w.fleet
	for i, d := range f.desks {
		w.mornings(d)
		for j, far := range f.web {
			w.routine(fmt.Sprintf("web %d of %s", j, d.Name), 150*time.Minute, officeHours, func(at int64) { w.surf(at, d, far) })
		}
		user := [...]string{"a.brandt", "m.weber", "j.costa", "l.virtanen"}[i]
		w.routine("files of "+d.Name, 3*time.Hour, officeHours, func(at int64) { w.openFiles(at, d, user) })
		w.routine("printing of "+d.Name, 5*time.Hour, officeHours, func(at int64) { w.askPrinter(at, d) })
	}
	w.routine("remote desktop", 7*time.Hour, officeHours, func(at int64) { w.remoteDesktop(at, f.desks[0], f.jump, "a.brandt") })
	w.routine("remote engineering", 9*time.Hour, officeHours, func(at int64) { w.remoteDesktop(at, f.jump, f.eng, "a.brandt") })
	w.routine("upkeep of edge-01", 20*time.Hour, officeHours, func(at int64) { w.shell(at, f.jump, f.edge, 22, 14) })
	w.start(f.historian, f.mirror, 80, 60*time.Second, &replicate{})
	w.start(f.edge, f.broker, 1883, 10*time.Second, &publish{}).idle = int64(30 * time.Second)
}

// mornings lets a desk's machine start and get its address on each working day.
func (w *world) mornings(d *host) {
	c := newChance(w.opt.Seed, "mornings of "+d.Name)
	var next func(at int64)
	next = func(at int64) {
		if officeHours(at) {
			w.lease(at, d)
			for h := int64(4); h < 9; h += 4 {
				w.at(at+h*int64(time.Hour), func(at int64) { w.renew(at, d) })
			}
		}
		w.at(at+day, next)
	}
	w.at(w.from+int64(c.in(0.05, 1)*float64(min(90*time.Minute, w.opt.Length/5))), next)
}

// lease is DHCP from the beginning; the machine gets the address it had.
func (w *world) lease(at int64, d *host) {
	dc := w.fleet.dc
	m := frame.DHCP{Type: frame.DHCPDiscover, XID: uint32(w.chance.next()), Client: d.mac, Requested: d.ip, Host: d.Name, Class: "MSFT 5.0"}
	offer := frame.DHCP{Type: frame.DHCPOffer, XID: m.XID, Client: d.mac, Offered: d.ip, Server: dc.ip, DNS: dc.ip, Router: w.fleet.firewall.gate(d.net).ip}
	nobody := *d
	nobody.ip = 0
	ask := func(at int64) { w.shout(at, &nobody, 68, everywhere, davy.BroadcastMAC, 67, m.Append(nil)) }
	answer := func(at int64) { w.shout(at, dc, 67, everywhere, davy.BroadcastMAC, 68, offer.Append(nil)) }
	ask(at)
	answer(at + w.chance.span(time.Millisecond, 4*time.Millisecond))
	m.Type, m.Server, offer.Type = frame.DHCPRequest, dc.ip, frame.DHCPAck
	at += int64(20 * time.Millisecond)
	ask(at)
	answer(at + w.chance.span(time.Millisecond, 4*time.Millisecond))
	w.announce(at+int64(300*time.Millisecond), d)
}

func (w *world) renew(at int64, d *host) {
	dc := w.fleet.dc
	m := frame.DHCP{Type: frame.DHCPRequest, XID: uint32(w.chance.next()), Client: d.mac, Current: d.ip, Host: d.Name, Class: "MSFT 5.0"}
	t, ok := w.udp(at, d, 68, dc, 67, m.Append(nil))
	if ok {
		m.Type, m.Offered, m.Server, m.DNS, m.Router = frame.DHCPAck, d.ip, dc.ip, dc.ip, w.fleet.firewall.gate(d.net).ip
		w.udp(t+w.chance.span(time.Millisecond, 3*time.Millisecond), dc, 67, d, 68, m.Append(nil))
	}
}

// name asks the DNS server for a name.
func (w *world) name(at int64, d *host, name string, ip uint32) int64 {
	id, port := uint16(w.chance.next()), d.ephemeral()
	t, ok := w.udp(at, d, port, w.fleet.dc, 53, frame.DNSQuery(nil, id, name))
	if ok {
		t, _ = w.udp(t+w.chance.span(time.Millisecond, 30*time.Millisecond), w.fleet.dc, 53, d, port, frame.DNSAnswer(nil, id, name, ip))
	}
	return t
}

// surf is a visit to a site on the internet.
func (w *world) surf(at int64, d, far *host) {
	at = w.name(at, d, far.Name, far.ip)
	k, t, ok := w.dial(at+int64(time.Millisecond), d, far, 443)
	if !ok {
		return
	}
	c := w.chance
	t, ok = k.exchange(t+int64(time.Millisecond), frame.TLSClientHello(nil, far.Name, "http/1.1", c), frame.TLSServerHello(nil, 2600+c.below(900), c))
	if !ok {
		return
	}
	t = k.send(t, true, frame.TLSFinish(nil, c))
	for range 2 + c.below(3) {
		t, _ = k.exchange(t+c.span(5*time.Millisecond, 800*time.Millisecond), frame.TLSData(nil, 300+c.below(500), c), frame.TLSData(nil, 400+c.below(4000), c))
	}
	k.close(t + c.span(time.Second, 9*time.Second))
}

// askPrinter looks at the printer's own page.
func (w *world) askPrinter(at int64, d *host) {
	p := w.fleet.printer
	k, t, ok := w.dial(at, d, p, 80)
	if !ok {
		return
	}
	body := frame.Page("Brother "+p.Model, "Device Status: Ready", "Toner: 62 %")
	t, _ = k.exchange(t+int64(time.Millisecond), frame.HTTPRequest(nil, "GET", p.addr().String(), "/general/status.html", "Mozilla/5.0", "", ""),
		frame.HTTPReply(nil, t, "debut/1.30", "text/html", body))
	k.close(t + int64(time.Second))
}

// remoteDesktop is an RDP session with its log-in; the user's name opens it in the clear.
func (w *world) remoteDesktop(at int64, from, to *host, user string) {
	c := w.chance
	k, t, ok := w.dial(at, from, to, 3389)
	if ok {
		t, ok = k.exchange(t+int64(time.Millisecond), frame.RDPConnect(nil, user), frame.RDPAccept(nil))
	}
	if ok {
		t, ok = k.exchange(t+int64(2*time.Millisecond), frame.TLSClientHello(nil, to.Name, "", c), frame.TLSServerHello(nil, 1500, c))
	}
	if !ok {
		return
	}
	t = k.send(t, true, frame.TLSFinish(nil, c))
	var screen func(at int64)
	rounds := 20 + c.below(20)
	screen = func(at int64) {
		t, ok := k.exchange(at, frame.TLSData(nil, 90+c.below(60), c), frame.TLSData(nil, 200+c.below(900), c))
		if rounds--; rounds > 0 && ok {
			w.at(t+c.span(2*time.Second, 30*time.Second), screen)
		} else {
			k.close(t + int64(time.Second))
		}
	}
	w.at(t+int64(100*time.Millisecond), screen)
}

// shell is an SSH session to some port, with so many rounds of typing.
func (w *world) shell(at int64, from, to *host, port uint16, rounds int) {
	c := w.chance
	k, t, ok := w.dial(at, from, to, port)
	if !ok {
		return
	}
	t, ok = k.exchange(t+int64(time.Millisecond), frame.SSHBanner(nil, "OpenSSH_for_Windows_9.5"), frame.SSHBanner(nil, "OpenSSH_9.2p1 Debian-2+deb12u3"))
	for _, step := range [][2][]byte{
		{frame.SSHKeyInit(nil, c), frame.SSHKeyInit(nil, c)},
		{frame.SSHExchange(nil, c), frame.SSHExchanged(nil, c)},
		{frame.SSHNewKeys(nil), nil},
	} {
		if ok {
			t, ok = k.exchange(t+c.span(time.Millisecond, 5*time.Millisecond), step[0], step[1])
		}
	}
	for range rounds {
		if ok {
			t, ok = k.exchange(t+c.span(200*time.Millisecond, 4*time.Second), frame.SSHData(nil, 36+8*c.below(4), c), frame.SSHData(nil, 36+8*c.below(40), c))
		}
	}
	k.close(t + int64(time.Second))
}
