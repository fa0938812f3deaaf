package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Examine looks at everything.
func Examine(c Config) []Check {
	if c.Watch == 0 {
		c.Watch = 2 * time.Second
	}
	checks := []Check{rights()}
	if c.Data != "" {
		checks = append(checks, disk(c.Data, c.RingBytes))
	}
	checks = append(checks, clock())
	k, err := ask()
	if err != nil {
		return append(checks, Check{Topic: "kernel", Level: Bad, Text: fmt.Sprintf("cannot be asked about interfaces: %v", err)})
	}
	defer k.close()
	if len(c.Interfaces) == 0 {
		checks = append(checks, Check{Topic: "interface", Level: Note, Text: "none was named; there are " + strings.Join(present(), ", "), Do: []string{"davy doctor --interface IF"}})
	}
	for _, name := range c.Interfaces {
		checks = append(checks, k.examine(name, c.Watch)...)
	}
	return checks
}

// rights is whether this program may capture.
func rights() Check {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // of no protocol: it receives nothing
	if err == nil {
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
			return Check{Topic: "capture", Level: Bad, Text: "the kernel knows no TPACKET_V3: it is older than 3.2"}
		}
		return Check{Topic: "capture", Level: Good, Text: "this program may capture; davy up gives the right up once it does"}
	}
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return Check{Topic: "capture", Level: Bad, Text: fmt.Sprintf("no capture socket can be opened: %v", err)}
	}
	self, err := os.Executable()
	if err != nil {
		self = "davy"
	}
	return Check{Topic: "capture", Level: Bad, Text: "this program may not capture: it lacks CAP_NET_RAW",
		Do: []string{"sudo setcap cap_net_raw+ep " + self}, Undo: []string{"sudo setcap -r " + self}}
}

// present are the names of the interfaces.
func present() (names []string) {
	text, _ := os.ReadFile("/proc/thread-self/net/dev")
	for _, line := range strings.Split(string(text), "\n") {
		if before, _, ok := strings.Cut(line, ":"); ok {
			names = append(names, strings.TrimSpace(before))
		}
	}
	return names
}

// disk is whether the data has room, and a folder that can be written.
func disk(dir string, ring int64) Check {
	c := Check{Topic: "disk"}
	at, err := filepath.Abs(dir)
	if err != nil {
		at = filepath.Clean(dir)
	}
	for { // the folder may have to be made yet
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	var s unix.Statfs_t
	if err := unix.Statfs(at, &s); err != nil {
		c.Level, c.Text = Bad, fmt.Sprintf("%s cannot be looked at: %v", at, err)
		return c
	}
	free := int64(s.Bavail) * s.Bsize
	if err := unix.Access(at, unix.W_OK); err != nil {
		c.Level, c.Text = Bad, fmt.Sprintf("%s cannot be written", at)
		c.Do = []string{"choose another folder by --data, or let this user write there"}
		return c
	}
	c.Text = fmt.Sprintf("%s has %s free", at, size(free))
	if want := ring + 1<<30; free < want {
		c.Level = Warn
		c.Text += fmt.Sprintf("; the ring of packets and the database may take %s", size(want))
		c.Do = []string{"make room, or a smaller ring"}
	}
	return c
}

func size(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

// clock is whether the machine's time is kept by something.
func clock() Check {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		return Check{Topic: "clock", Level: Note, Text: fmt.Sprintf("cannot be asked: %v", err)}
	case state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0:
		return Check{Topic: "clock", Level: Warn, Text: "is not synchronised: times of findings cannot be compared with other machines'",
			Do: []string{"timedatectl set-ntp true"}, Undo: []string{"timedatectl set-ntp false"}}
	}
	return Check{Topic: "clock", Level: Good, Text: fmt.Sprintf("is synchronised, within %.0f ms", float64(t.Maxerror)/1e3)}
}
