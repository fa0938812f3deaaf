package main

import (
	"strings"

	"github.com/davylamp/davy"
)

// theirDCP is what tshark says of a DCP frame: service, name, address.
func theirDCP(d *details) (list []message) {
	d.inside(0, func(k int, e *element) {
		if e.name != "pn_dcp" {
			return
		}
		var m message
		d.under(k, func(_ int, e *element) {
			switch e.name {
			case "pn_dcp.service_id":
				m.say("service", number(e.show))
			case "pn_dcp.suboption_device_nameofstation":
				m.say("name", strings.TrimRight(e.show, "\x00 "))
			case "pn_dcp.suboption_ip_ip", "pn_dcp.suboption_ip_subnetmask", "pn_dcp.suboption_ip_standard_gateway":
				m.say("address", e.show)
			}
		})
		list = append(list, m)
	})
	return list
}

// ourDCP is what Davy's messages of a frame say, by the same names.
func ourDCP(all []*davy.Message) (list []message) {
	for _, items := range parts(all) {
		var m message
		m.say("service", items[0].Code)
		for _, i := range items {
			switch text := string(i.Value.Raw); {
			case i.Value.Kind != davy.Text:
			case i.Object.Area == 2 && i.Object.Index == 2:
				m.say("name", strings.TrimRight(text, "\x00 "))
			case i.Object.Area == 1 && (i.Object.Index == 2 || i.Object.Index == 3):
				for _, word := range strings.Fields(text) {
					if strings.Count(word, ".") == 3 && len(m.all("address")) < 3 {
						m.say("address", word)
					}
				}
			}
		}
		list = append(list, m)
	}
	return list
}
