package live

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davylamp/davy/capture"
)

// inNamespace runs a test in a network namespace of its own, which ends with it.
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

func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// pair makes two interfaces joined by a wire, a and b, that say nothing by themselves.
func pair(t *testing.T, a, b string) {
	t.Helper()
	ip(t, "link add "+a+" mtu 9000 type veth peer name "+b+" mtu 9000")
	for _, name := range []string{a, b} {
		ip(t, "link set "+name+" addrgenmode none")
		ip(t, "link set "+name+" arp off up")
	}
}

// wire sends raw frames out of an interface: what the other end of its pair receives.
type wire struct {
	t  *testing.T
	fd int
}

func plug(t *testing.T, name string) *wire {
	t.Helper()
	index, err := interfaceIndex(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
		t.Fatal(err)
	}
	return &wire{t, fd}
}

func (w *wire) put(frames ...[]byte) {
	w.t.Helper()
	for _, f := range frames {
		if _, err := unix.Write(w.fd, f); err != nil {
			w.t.Fatalf("a frame of %d bytes cannot be sent: %v", len(f), err)
		}
	}
}

func (w *wire) unplug() { unix.Close(w.fd) }

// sent is how many packets an interface has sent.
func sent(t *testing.T, name string) (n uint64) {
	t.Helper()
	f, err := os.Open("/proc/thread-self/net/dev")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if before, after, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(before) == name {
			if _, err := fmt.Sscan(strings.Fields(after)[9], &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no interface %s", name)
	return 0
}

// got is a record with bytes of its own.
type got struct {
	capture.Record
	iface string
}

// fetch fills until it has n packets, or a second has gone.
func fetch(t *testing.T, l *Live, n int) (list []got) {
	t.Helper()
	var b capture.Batch
	for end := time.Now().Add(time.Second); len(list) < n && time.Now().Before(end); {
		before := time.Now()
		if err := l.Fill(&b); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(before); len(b.Records) == 0 && took > time.Second {
			t.Errorf("Fill returned nothing after %v", took)
		}
		for _, r := range b.Records {
			r.Data = append([]byte(nil), r.Data...)
			list = append(list, got{r, l.InterfaceName(r.Interface)})
		}
	}
	return list
}
