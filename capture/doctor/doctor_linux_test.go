package doctor

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespace runs a test in a network namespace of its own.
func inNamespace(t *testing.T, body func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the program ip is not installed")
	}
	home, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		t.Skipf("no network namespace can be made: %v", err)
	}
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err == nil {
			runtime.UnlockOSThread() // else the thread ends with the test
		}
	}()
	body()
}

func sh(t *testing.T, commands ...string) {
	t.Helper()
	for _, c := range commands {
		if out, err := exec.Command("sh", "-c", c).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", c, err, out)
		}
	}
}

// about finds a check by its topic.
func about(t *testing.T, checks []Check, topic string) *Check {
	t.Helper()
	for i := range checks {
		if checks[i].Topic == topic {
			return &checks[i]
		}
	}
	t.Fatalf("nothing is said of %q: %v", topic, checks)
	return nil
}

func expect(t *testing.T, checks []Check, topic string, level Level, text string) {
	t.Helper()
	if c := about(t, checks, topic); c.Level != level || !strings.Contains(c.Text, text) {
		t.Errorf("%s: %v: %s; expected %v: %s", topic, c.Level, c.Text, level, text)
	}
}

const shortly = 300 * time.Millisecond

// What is found on an interface that speaks is mended, and the commands that undo it bring
// back what was.
func TestPrepareAndUndo(t *testing.T) {
	inNamespace(t, func() {
		sh(t, "ip link add tap0 type veth peer name mirror0", "ip link set mirror0 up", "ip addr add 10.1.2.3/24 dev tap0", "ip addr add 10.1.2.4/24 dev tap0",
			"ip addr add 172.16.0.1/16 dev tap0 label tap0:x", "ip link set tap0 up")
		k, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		defer k.close()
		tap := &patient{kernel: k, name: "tap0"}
		if _, err := tap.ethtool(setGRO, 1); err != nil {
			t.Fatal(err)
		}
		config := Config{Interfaces: []string{"tap0"}, Watch: shortly}
		before := Examine(config)
		expect(t, before, "address", Bad, "10.1.2.3/24")
		expect(t, before, "address", Bad, "172.16.0.1/16")
		expect(t, before, "IPv6", Bad, "is on")
		expect(t, before, "ARP", Bad, "other addresses")
		expect(t, before, "link", Good, "is up")
		expect(t, before, "offloads", Warn, "GRO joins packets")
		expect(t, before, "agents", Good, "no program")
		var undo []string
		for i := range before {
			if c := &before[i]; c.CanMend() {
				if err := c.Mend(); err != nil {
					t.Errorf("%s: %v", c.Topic, err)
				}
				undo = append(slices.Clone(c.Undo), undo...)
			}
		}
		after := Examine(config)
		for _, topic := range []string{"address", "IPv6", "ARP", "link", "offloads"} {
			expect(t, after, topic, Good, "")
		}
		if c := about(t, after, "sends"); c.Level > Note {
			t.Errorf("somebody sends: %s", c.Text)
		}
		for _, c := range after {
			if c.CanMend() {
				t.Errorf("%s can be mended again: %s", c.Topic, c.Text)
			}
		}
		if _, err := exec.LookPath("ethtool"); err != nil {
			undo = slices.DeleteFunc(undo, func(s string) bool { return strings.HasPrefix(s, "ethtool") })
		}
		for i, u := range undo {
			if strings.HasPrefix(u, "sysctl") { // which is not installed everywhere
				undo[i] = "echo 0 > /proc/sys/net/ipv6/conf/tap0/disable_ipv6"
			}
		}
		sh(t, undo...)
		again := Examine(config)
		for _, topic := range []string{"address", "ARP"} {
			expect(t, again, topic, Bad, about(t, before, topic).Text)
		}
		expect(t, again, "IPv6", Bad, "is on")
	})
}

// An interface that is down is brought up, after it was silenced.
func TestDown(t *testing.T) {
	inNamespace(t, func() {
		sh(t, "ip link add tap0 type veth peer name mirror0", "ip link set mirror0 up")
		checks := Examine(Config{Interfaces: []string{"tap0"}, Watch: shortly})
		expect(t, checks, "link", Bad, "is down")
		for i := range checks {
			if checks[i].CanMend() {
				if err := checks[i].Mend(); err != nil {
					t.Error(err)
				}
			}
		}
		checks = Examine(Config{Interfaces: []string{"tap0"}, Watch: shortly})
		expect(t, checks, "link", Good, "is up")
		expect(t, checks, "sends", Good, "nothing was ever sent")
		sh(t, "ip link set mirror0 down")
		expect(t, Examine(Config{Interfaces: []string{"tap0"}, Watch: shortly}), "link", Bad, "no carrier")
	})
}

// What the machine itself speaks by is not touched.
func TestOwnTraffic(t *testing.T) {
	inNamespace(t, func() {
		sh(t, "ip link add tap0 type veth peer name mirror0", "ip link set mirror0 up", "ip link set tap0 up", "ip addr add 10.1.2.3/24 dev tap0", "ip route add default via 10.1.2.1")
		checks := Examine(Config{Interfaces: []string{"tap0"}, Watch: shortly})
		expect(t, checks, "own traffic", Bad, "default route")
		for _, c := range checks {
			if c.CanMend() || c.Topic == "address" && len(c.Do)+len(c.Undo) > 0 {
				t.Errorf("%s would cut the machine off: %q", c.Topic, c.Do)
			}
		}
	})
}

// A program that may send, and packets that are sent, are seen.
func TestSomebodySends(t *testing.T) {
	inNamespace(t, func() {
		sh(t, "ip link add tap0 type veth peer name mirror0", "ip link set mirror0 up", "ip link set tap0 up")
		k, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		defer k.close()
		r, err := k.request("tap0", unix.SIOCGIFINDEX)
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0x0300)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: 0x0300, Ifindex: int(r.Uint32())}); err != nil {
			t.Fatal(err)
		}
		stop := make(chan bool)
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					unix.Write(fd, make([]byte, 60))
				}
			}
		}()
		checks := Examine(Config{Interfaces: []string{"tap0"}, Watch: shortly})
		close(stop)
		expect(t, checks, "sends", Bad, "somebody speaks there")
		expect(t, checks, "agents", Warn, "doctor.test")
	})
}

func TestMachine(t *testing.T) {
	dir := t.TempDir()
	checks := Examine(Config{Interfaces: []string{"davy-none"}, Data: filepath.Join(dir, "not", "made", "yet"), Watch: 1})
	expect(t, checks, "interface", Bad, "is not there")
	expect(t, checks, "disk", Good, dir)
	about(t, checks, "clock")
	expect(t, Examine(Config{Data: dir, RingBytes: 1 << 60}), "disk", Warn, "may take")
	expect(t, Examine(Config{}), "interface", Note, "lo")
}

// Without the right the doctor says which one, how to have it and how to undo that.
func TestWithoutTheRight(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("rights can be dropped by root alone")
	}
	result := make(chan Check)
	go func() {
		runtime.LockOSThread() // rights are a thread's own; this one ends with them
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&head, &none[0]); err != nil {
			t.Error(err)
		}
		result <- rights()
	}()
	c := <-result
	if c.Level != Bad || !strings.Contains(c.Text, "CAP_NET_RAW") || len(c.Do) != 1 || len(c.Undo) != 1 || !strings.Contains(c.Do[0], "setcap cap_net_raw+ep /") {
		t.Errorf("%+v", c)
	}
}
