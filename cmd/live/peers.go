//go:build linux

package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
)

//go:embed peers
var scripts embed.FS

// vlan is the VLAN that the lab's mirror says the frames belong to.
const vlan = 7

// peer is a conversation of real programs, and what must be seen of it.
type peer struct {
	what    string
	needs   []string // programs
	modules bool     // needs modules of Node
	serve   []string // in the servers' namespace, "" in front: a script
	ready   int      // port that answers when it serves
	talk    [][]string
	want    []expect
}

// expect is a row that must be there.
type expect struct {
	text string
	ok   func(*seen) bool
}

// seen is what Davy has to say.
type seen struct {
	Assets   []davy.AssetRow
	Links    []davy.LinkRow
	Findings []davy.FindingRow
}

func link(protocol, client string, port uint16, ops ...string) expect {
	text := fmt.Sprintf("%s from %s to port %d", protocol, client, port)
	if len(ops) > 0 {
		text += ": " + strings.Join(ops, ", ")
	}
	return expect{text, func(s *seen) bool {
		return slices.ContainsFunc(s.Links, func(l davy.LinkRow) bool {
			if l.Protocol != protocol || l.Client != client || l.Server != serverIP || l.Port != port {
				return false
			}
			for _, o := range ops {
				if !slices.ContainsFunc(l.Operations, func(r davy.OperationRow) bool { return r.Verb == o }) {
					return false
				}
			}
			return true
		})
	}}
}

func finding(detector, text string, entities ...string) expect {
	return expect{detector + " " + text + ": " + strings.Join(entities, ", "), func(s *seen) bool {
		return slices.ContainsFunc(s.Findings, func(f davy.FindingRow) bool {
			for _, e := range entities {
				if !slices.Contains(f.Entities, e) {
					return false
				}
			}
			return f.Detector == detector
		})
	}}
}

func asset(text string, is func(davy.AssetRow) bool) expect {
	return expect{"asset " + serverIP + ": " + text, func(s *seen) bool {
		return slices.ContainsFunc(s.Assets, func(a davy.AssetRow) bool { return slices.Contains(a.Addresses, serverIP) && is(a) })
	}}
}

func (b *bench) peers() []peer {
	python, node := "/usr/bin/python3", "node"
	s := func(name string) string { return filepath.Join(b.dir, name) }
	return []peer{
		{what: "pymodbus serves; mbpoll and pymodbus ask", needs: []string{"mbpoll", python}, serve: []string{python, s("modbus_server.py"), serverIP}, ready: 502,
			talk: [][]string{{"mbpoll", "-m", "tcp", "-a", "1", "-0", "-r", "0", "-c", "4", "-1", serverIP}, {python, s("modbus_client.py"), serverIP, stationIP}},
			want: []expect{link("modbus", clientIP, 502, "read"), link("modbus", stationIP, 502, "read", "write"),
				{"what it says of itself: Pymodbus", func(s *seen) bool {
					return slices.ContainsFunc(s.Assets, func(a davy.AssetRow) bool { return told(a, "Pymodbus") })
				}}}},
		{what: "node-snap7 serves; node-snap7 and nodes7 ask", needs: []string{node}, modules: true, serve: []string{node, s("s7_server.js"), b.modules, serverIP}, ready: 102,
			talk: [][]string{{node, s("s7_client.js"), b.modules, serverIP}},
			want: []expect{link("s7", clientIP, 102, "read", "write", "stop"), asset("controller, Siemens CPU 315-2 PN/DP", func(a davy.AssetRow) bool {
				return a.Vendor == "Siemens" && a.Kind == "controller" && a.Model == "CPU 315-2 PN/DP"
			}),
				finding("D25", "stopped", clientIP, serverIP)}},
		{what: "ssh on port 445", needs: []string{"/usr/sbin/sshd", "ssh"}, serve: []string{"/usr/sbin/sshd", "-D", "-e", "-f", s("sshd.conf")}, ready: 445,
			talk: [][]string{{"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", "445", serverIP, "true"}},
			want: []expect{link("ssh", clientIP, 445), finding("D16", "foreign port", clientIP, serverIP)}},
		{what: "nmap with its scripts", needs: []string{"nmap"},
			talk: [][]string{{"nmap", "-Pn", "-n", "-sT", "-S", strangerIP, "-e", "e0", "--max-retries", "1", "-p1-200,502,445", serverIP},
				{"nmap", "-Pn", "-n", "-sT", "-S", strangerIP, "-e", "e0", "-p502", "--script", "modbus-discover", "--script-timeout", "8s", serverIP}},
			want: []expect{finding("D36", "scan", strangerIP), link("modbus", strangerIP, 502)}},
		{what: "nmap asks who serves on port 445", needs: []string{"nmap", "/usr/sbin/sshd"},
			talk: [][]string{{"nmap", "-Pn", "-n", "-sT", "-S", strangerIP, "-e", "e0", "-sV", "-p445", serverIP}},
			want: []expect{link("ssh", strangerIP, 445)}},
		{what: "nmap's script for S7 asks node-snap7", needs: []string{"nmap", node}, modules: true,
			talk: [][]string{{"nmap", "-Pn", "-n", "-sT", "-S", strangerIP, "-e", "e0", "-p102", "--script", "s7-info", "--script-timeout", "8s", serverIP}},
			want: []expect{link("s7", strangerIP, 102)}},
	}
}

// told reports whether something says that of an asset or its modules.
func told(a davy.AssetRow, value string) bool {
	return a.Vendor == value || slices.ContainsFunc(a.Evidence, func(e davy.EvidenceRow) bool { return e.Value == value }) ||
		slices.ContainsFunc(a.Modules, func(m davy.ModuleRow) bool { return m.Vendor == value })
}

// bench is a lab with real programs in it.
type bench struct {
	*lab
	dir     string
	modules string
}

// files writes the scripts and what the daemons need.
func (b *bench) files() error {
	list, err := scripts.ReadDir("peers")
	if err != nil {
		return err
	}
	for _, e := range list {
		text, err := scripts.ReadFile("peers/" + e.Name())
		if err == nil {
			err = os.WriteFile(filepath.Join(b.dir, e.Name()), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	host := filepath.Join(b.dir, "host")
	if _, err := exec.LookPath("ssh-keygen"); err == nil {
		if err := run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host); err != nil {
			return err
		}
	}
	conf := fmt.Sprintf("ListenAddress %s:445\nHostKey %s\nUsePAM no\nStrictModes no\nPidFile none\n", serverIP, host)
	return errors.Join(os.MkdirAll("/run/sshd", 0o755), os.WriteFile(filepath.Join(b.dir, "sshd.conf"), []byte(conf), 0o600))
}

// play lets one peer talk; "" means that it did, else why not.
func (b *bench) play(p *peer) (missing string, err error) {
	for _, n := range p.needs {
		if need(n) != nil {
			return n, nil
		}
	}
	if p.modules {
		if _, err := os.Stat(filepath.Join(b.modules, "node_modules", "node-snap7")); err != nil || b.modules == "" {
			return "node-snap7 (DAVY_PEERS)", nil
		}
	}
	if p.serve != nil {
		var said bytes.Buffer
		if _, err := b.background(servers, &said, p.serve...); err != nil { // it goes on until its namespace ends
			return "", err
		}
		if err := b.listens(p.ready); err != nil {
			return "", fmt.Errorf("%s: %w: %s", p.what, err, said.String())
		}
	}
	for _, t := range p.talk {
		out, err := b.output(clients, 60*time.Second, t...)
		if err != nil && t[0] != "ssh" { // which nobody lets in
			return "", fmt.Errorf("%s: %v: %s", strings.Join(t, " "), err, out)
		}
	}
	return "", nil
}

// listens waits until something listens on a port of the servers.
func (b *bench) listens(port int) error {
	for range 150 {
		out, _ := b.output(servers, 5*time.Second, "cat", "/proc/net/tcp")
		if strings.Contains(out, fmt.Sprintf(":%04X 00000000:0000 0A", port)) {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens on port %d", port)
}

// peers lets real programs talk before a mirror port, and asks Davy what it saw.
func peers(o *options) error {
	l, err := newLab()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "davy-live-")
	if err != nil {
		return err
	}
	later(func() { os.RemoveAll(dir) })
	b := &bench{l, dir, o.modules}
	if err := b.files(); err != nil {
		return err
	}
	data, mirrored := filepath.Join(dir, "data"), filepath.Join(dir, "mirrored.pcapng")
	quiet := 5 * time.Minute
	if o.short {
		quiet = 10 * time.Second
	}
	before, err := l.sent(sensor, "e0")
	if err != nil {
		return err
	}
	begun := time.Now()
	u, err := startUp(o.davy, l, "--data", data, "--interface", "e0", "--listen", "127.0.0.1:8443", "--learn", "24h")
	if err != nil {
		return err
	}
	relay, err := l.self(hub, os.Stderr, "mirror", "tap0", "out0", fmt.Sprint(vlan), mirrored)
	if err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	list := b.peers()
	missing := make([]string, len(list))
	for i := range list {
		if missing[i], err = b.play(&list[i]); err != nil {
			return err
		}
	}
	time.Sleep(max(6*time.Second, quiet-time.Since(begun)))
	after, err := l.sent(sensor, "e0")
	if err != nil {
		return err
	}
	watched := time.Since(begun)
	relay.Process.Signal(syscall.SIGTERM)
	relay.Wait()
	s, err := u.seen()
	if err != nil {
		return err
	}
	var now sensorNow
	if err := u.get("/sensor", &now); err != nil {
		return err
	}
	if err := u.stop(); err != nil {
		return err
	}
	o.page.say("## Real programs before a mirror port\n\n")
	failed := tell(&o.page, list, missing, s)
	o.page.say("\nIn %v of watching the interface sent %d packets; the kernel dropped %d.\n", watched.Round(time.Second), after-before, now.Interfaces[0].Drops)
	if after != before {
		failed = errors.Join(failed, errors.New("the monitoring interface sent something"))
	}
	return errors.Join(failed, o.sameFrames(mirrored, filepath.Join(data, "ring")), o.sameRows(filepath.Join(data, "ring"), dir, s))
}

// seen asks the console for everything.
func (u *up) seen() (s *seen, err error) {
	s = new(seen)
	if s.Assets, err = all[davy.AssetRow](u, "/assets"); err != nil {
		return nil, err
	}
	for i := range s.Assets { // lists leave the evidence out
		if err := u.get("/assets/"+url.PathEscape(s.Assets[i].ID), &s.Assets[i]); err != nil {
			return nil, err
		}
	}
	if s.Links, err = all[davy.LinkRow](u, "/links"); err != nil {
		return nil, err
	}
	s.Findings, err = all[davy.FindingRow](u, "/findings")
	return s, err
}

// sameFrames compares what the mirror sent with what the ring holds, byte by byte, the VLAN
// tags included.
func (o *options) sameFrames(mirrored, ring string) error {
	want, err := frames(mirrored)
	if err != nil {
		return err
	}
	got, err := frames(ring)
	if err != nil {
		return err
	}
	wrong := 0
	for i := range want {
		if i >= len(got) || !bytes.Equal(want[i], got[i]) {
			wrong++
		}
	}
	o.page.say("The mirror sent %d frames, all tagged with VLAN %d; the ring holds %d, and %d are not what was sent.\n", len(want), vlan, len(got), wrong)
	if wrong > 0 || len(got) != len(want) || len(want) == 0 {
		return errors.New("the ring holds other frames than were sent")
	}
	return nil
}

// named leaves out the links that nobody could name: analyze tells of those that are still
// undecided when its input ends, and what is watched has no end.
func named(list []davy.FindingRow) []davy.FindingRow {
	return slices.DeleteFunc(slices.Clone(list), func(f davy.FindingRow) bool {
		return f.Detector == "D11" && f.Protocol == "" && (strings.HasSuffix(f.Seen, " over ip") || strings.HasSuffix(f.Seen, " over tcp") || strings.HasSuffix(f.Seen, " over udp"))
	})
}

// sameRows compares what was found live with what analyze finds in the ring.
func (o *options) sameRows(ring, dir string, live *seen) error {
	again, err := analyzed(o.davy, ring, dir)
	if err != nil {
		return err
	}
	differ := differences(named(again.Findings), named(live.Findings))
	o.page.say("The ring read again by analyze: %d findings, of which %d are not as they were shown.\n", len(again.Findings), len(differ))
	for _, d := range differ {
		fmt.Println("differs:", d)
	}
	if len(differ) > 0 {
		return errors.New("the ring read again gives other rows")
	}
	return nil
}

func tell(w *page, list []peer, missing []string, s *seen) error {
	wrong := 0
	w.say("| who talks | must be seen | is it |\n| --- | --- | --- |\n")
	for i, p := range list {
		for _, e := range p.want {
			verdict := "yes"
			switch {
			case missing[i] != "":
				verdict = "not tried: no " + missing[i]
			case !e.ok(s):
				verdict = "**no**"
				wrong++
			}
			w.say("| %s | %s | %s |\n", p.what, e.text, verdict)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of these are not seen", wrong)
	}
	return nil
}

// analyzed is what analyze says of a capture.
func analyzed(binary, path, dir string) (*seen, error) {
	out := filepath.Join(dir, "rows")
	if text, err := exec.Command(binary, "analyze", "--learn", "24h", "--out", out, path).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%v: %s", err, text)
	}
	s := new(seen)
	return s, errors.Join(rowsOf(filepath.Join(out, "assets.ndjson"), &s.Assets), rowsOf(filepath.Join(out, "links.ndjson"), &s.Links), rowsOf(filepath.Join(out, "findings.ndjson"), &s.Findings))
}

func rowsOf[T any](path string, list *[]T) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for d.More() {
		var v T
		if err := d.Decode(&v); err != nil {
			return err
		}
		*list = append(*list, v)
	}
	return nil
}

// frames are the bytes of all packets of captures, in order.
func frames(paths ...string) (list [][]byte, err error) {
	in, err := capture.Open(paths, nil)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	for b := new(capture.Batch); ; {
		if err := in.Fill(b); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		for _, r := range b.Records {
			list = append(list, slices.Clone(r.Data))
		}
	}
}
