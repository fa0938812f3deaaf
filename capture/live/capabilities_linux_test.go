package live

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/davylamp/davy/capture"
)

const withoutRights = "DAVY_TEST_WITHOUT_RIGHTS"

// After DropCapabilities no thread has a right left, none can be had again, and capturing
// goes on, also on an interface that was taken out and put in again.
func TestDropCapabilities(t *testing.T) {
	inNamespace(t, func() {
		pair(t, "tap0", "mirror0")
		cmd := exec.Command(os.Args[0], "-test.run=^TestWithoutRights$", "-test.v")
		cmd.Env = append(os.Environ(), withoutRights+"=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		var all strings.Builder
		for s := bufio.NewScanner(out); s.Scan(); {
			fmt.Fprintln(&all, s.Text())
			switch s.Text() {
			case "reading", "back":
				w := plug(t, "mirror0")
				w.put(frame(60, 1, 0x800))
				w.unplug()
			case "got 1":
				ip(t, "link del tap0")
			case "gone":
				pair(t, "tap0", "mirror0")
			}
		}
		if err := cmd.Wait(); err != nil || !strings.Contains(all.String(), "got 2") {
			t.Errorf("%v:\n%s", err, all.String())
		}
	})
}

// TestWithoutRights runs in a process of its own: what is dropped does not come back.
func TestWithoutRights(t *testing.T) {
	if os.Getenv(withoutRights) == "" {
		return // TestDropCapabilities runs it
	}
	stop := make(chan bool)
	defer close(stop)
	for range 5 { // threads that are there before
		go func() { runtime.LockOSThread(); <-stop }()
	}
	time.Sleep(50 * time.Millisecond)
	l := open(t, Config{Interfaces: []string{"tap0"}, RingBytes: 1 << 20, Promiscuous: true, Tell: func(e Event) {
		fmt.Println(map[bool]string{true: "back", false: "gone"}[e.Up])
	}})
	defer l.Close()
	if n := threadsWith(t, "CapEff"); n == 0 {
		t.Fatal("there were no rights to drop")
	}
	if err := DropCapabilities(); err != nil {
		t.Fatal(err)
	}
	for range 5 { // and after
		go func() { runtime.LockOSThread(); <-stop }()
	}
	time.Sleep(50 * time.Millisecond)
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		if n := threadsWith(t, set); n > 0 {
			t.Errorf("%d threads have %s", n, set)
		}
	}
	if _, err := Open(Config{Interfaces: []string{"tap0"}}); err == nil || !strings.Contains(err.Error(), "setcap cap_net_raw") {
		t.Errorf("another socket: %v", err)
	}
	if out, err := exec.Command("ip", "link", "set", "tap0", "down").CombinedOutput(); err == nil {
		t.Errorf("a program run now may change interfaces: %s", out)
	}
	fmt.Println("reading")
	var b capture.Batch
	n := 0
	for end := time.Now().Add(10 * time.Second); n < 2 && time.Now().Before(end); {
		if err := l.Fill(&b); err != nil {
			t.Fatal(err)
		}
		if len(b.Records) > 0 {
			n += len(b.Records)
			fmt.Println("got", n)
		}
	}
}

// threadsWith counts the threads with something in a set of capabilities.
func threadsWith(t *testing.T, set string) (n int) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(tasks) < 6 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	for _, path := range tasks {
		status, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, after, ok := strings.Cut(string(status), set+":")
		if !ok {
			t.Fatalf("%s tells nothing of %s", path, set)
		}
		if value, _, _ := strings.Cut(after, "\n"); strings.Trim(value, "\t 0") != "" {
			n++
		}
	}
	return n
}
