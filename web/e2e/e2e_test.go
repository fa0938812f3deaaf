package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// These tests start davy up as a user would, and walk through its console in a real Chromium;
// each walk is a script beside this file. They need Chromium, Node and the packages of
// web/console (go run ./scripts/setup).
func needs(t testing.TB) {
	t.Helper()
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s", program)
		}
	}
	if _, err := os.Stat("../console/node_modules/playwright-core"); err != nil {
		t.Skip("needs the packages of web/console: cd web/console && npm ci --ignore-scripts")
	}
}

// lab is a folder with a built davy and a small capture of the plant under attack.
type lab struct{ dir, davy, capture string }

func setUp(t testing.TB) lab {
	t.Helper()
	needs(t)
	dir := t.TempDir()
	l := lab{dir, filepath.Join(dir, "davy"), filepath.Join(dir, "plant.pcapng")}
	run(t, "go", "build", "-trimpath", "-o", l.davy, "../../cmd/davy")
	run(t, l.davy, "plant", "write", "--scenario", "bottling-campaign", "--days", "0.05", "--seed", "1", "--pace", "slow", l.capture)
	return l
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// console is a running davy up.
type console struct{ url, setup, capture string }

var (
	address = regexp.MustCompile(`The console is at (https://\S+)`)
	link    = regexp.MustCompile(`https://\S+/setup#token=\S+`)
)

// up starts davy up on a data folder, and stops it at the test's end.
func (l lab) up(t testing.TB, data string, args ...string) console {
	t.Helper()
	cmd := exec.Command(l.davy, append([]string{"up", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
	cmd.Dir = l.dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 100)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			said <- s.Text()
		}
		close(said)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		for range said { // to its end
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("davy up did not end well: %v\n%s", err, complaints.String())
		}
	})
	c := console{capture: l.capture}
	late := time.After(10 * time.Minute)
	for c.url == "" || c.setup == "" {
		select {
		case line, ok := <-said:
			if !ok {
				t.Fatalf("davy up ended: %s", complaints.String())
			}
			if m := address.FindStringSubmatch(line); m != nil {
				c.url = m[1]
			}
			if m := link.FindString(line); m != "" {
				c.setup = m
			}
		case <-late:
			t.Fatalf("davy up did not open its console: %s", complaints.String())
		}
	}
	return c
}

// walk runs one script against a console.
func (c console) walk(t *testing.T, script string) {
	t.Run(script, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, "node", script+".mjs")
		cmd.Env = append(os.Environ(), "DAVY_URL="+c.url, "DAVY_SETUP="+c.setup, "DAVY_CAPTURE="+c.capture)
		out, err := cmd.CombinedOutput()
		if len(out) > 0 {
			t.Logf("%s", out)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestConsoleOfCaptures walks through the console of captures that were read: the set-up
// link, the keyboard, every screen, a station whose name is a script, and a capture dropped
// onto the page. Ten wrong passwords come last, since they lock the door.
func TestConsoleOfCaptures(t *testing.T) {
	l := setUp(t)
	hostile := filepath.Join(l.dir, "hostile.pcap")
	if err := os.WriteFile(hostile, hostileCapture(), 0o600); err != nil {
		t.Fatal(err)
	}
	site := strings.TrimSuffix(l.capture, ".pcapng")
	c := l.up(t, filepath.Join(l.dir, "data"), "--read", l.capture, "--read", hostile, "--learn", "24m", "--site", site+".site.yaml", "--windows", site+".windows.ndjson")
	for _, script := range []string{"first", "hostile", "screens", "keyboard", "drop", "locked"} {
		c.walk(t, script)
	}
}

// TestConsoleLive walks through the console while the simulated plant is attacked.
func TestConsoleLive(t *testing.T) {
	l := setUp(t)
	c := l.up(t, filepath.Join(l.dir, "data"), "--demo")
	c.walk(t, "first")
	c.walk(t, "live")
}

// BenchmarkConsole measures the console with a large plant in the browser, and prints what it
// measured: go test ./web/e2e -run '^$' -bench Console -benchtime 1x
func BenchmarkConsole(b *testing.B) {
	l := setUp(b)
	data, empty := filepath.Join(l.dir, "data"), filepath.Join(l.dir, "empty.pcap")
	run(b, "go", "run", "../../scripts/large", data)
	if err := os.WriteFile(empty, hostileCapture()[:24], 0o600); err != nil {
		b.Fatal(err)
	}
	c := l.up(b, data, "--read", empty, "--learn", "off")
	for b.Loop() {
		cmd := exec.Command("node", "speed.mjs")
		cmd.Env = append(os.Environ(), "DAVY_URL="+c.url, "DAVY_SETUP="+c.setup)
		out, err := cmd.CombinedOutput()
		os.Stdout.Write(out) // a benchmark's own log keeps only its first lines
		if err != nil {
			b.Fatal(err)
		}
	}
}

// hostileCapture is a frame of LLDP by a station that calls itself a script, and a second
// one that asks for an address, so that the station has one.
func hostileCapture() []byte {
	const name = "<script>alert(1)</script>"
	mac := []byte{0x28, 0x63, 0x36, 0x66, 0x66, 0x66}
	tlv := func(kind int, value ...byte) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(kind<<9|len(value))), value...)
	}
	lldp := bytes.Join([][]byte{{0x01, 0x80, 0xc2, 0, 0, 0x0e}, mac, {0x88, 0xcc}, tlv(1, append([]byte{4}, mac...)...), tlv(2, append([]byte{7}, "port-001"...)...), tlv(3, 0, 120),
		tlv(5, []byte(name)...), tlv(0)}, nil)
	arp := bytes.Join([][]byte{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, mac, {8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, mac, {10, 20, 10, 66}, make([]byte, 6), {10, 20, 10, 11}}, nil)
	file := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0)
	// After the plant's capture, which ends at 07:12 of this day.
	at := uint32(time.Date(2026, 3, 2, 7, 20, 0, 0, time.UTC).Unix())
	for i, frame := range [][]byte{lldp, arp} {
		for len(frame) < 60 {
			frame = append(frame, 0)
		}
		for _, n := range []uint32{at + uint32(i), 0, uint32(len(frame)), uint32(len(frame))} {
			file = binary.LittleEndian.AppendUint32(file, n)
		}
		file = append(file, frame...)
	}
	return file
}
