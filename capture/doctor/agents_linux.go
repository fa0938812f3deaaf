package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// agents are the programs that hold a packet socket on the interface: address clients, neighbour
// discovery and the like send by one.
func (p *patient) agents() {
	r, err := p.request(p.name, unix.SIOCGIFINDEX)
	if err != nil {
		return
	}
	inodes := packetSockets(int(r.Uint32()))
	var names []string
	unknown := len(inodes)
	if unknown > 0 {
		var found int
		names, found = holders(inodes)
		unknown -= min(unknown, found)
	}
	watchers := []string{"davy", "tcpdump", "dumpcap", "tshark", "suricata", "zeek", "snort"}
	var others []string
	for _, n := range names {
		if program, _, _ := strings.Cut(n, " "); !slices.Contains(watchers, program) {
			others = append(others, n)
		}
	}
	switch {
	case len(others) > 0:
		p.say("agents", Warn, "%s can send there", strings.Join(others, ", ")).Do = []string{"take the interface out of what these programs serve, or stop them"}
	case unknown > 0:
		p.say("agents", Note, "%d packet sockets belong to programs that cannot be seen; as root they can", unknown)
	case len(names) > 0:
		p.say("agents", Good, "only watchers: %s", strings.Join(names, ", "))
	default:
		p.say("agents", Good, "no program holds a packet socket there")
	}
}

// packetSockets are the inodes of the packet sockets bound to an interface: /proc/net/packet.
func packetSockets(index int) (inodes []string) {
	for _, f := range lines("/proc/thread-self/net/packet") {
		if len(f) >= 9 && f[4] == fmt.Sprint(index) {
			inodes = append(inodes, f[8])
		}
	}
	return inodes
}

// holders are the programs that hold these sockets, and how many of the sockets that explains.
func holders(inodes []string) (names []string, found int) {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	seen := map[string]bool{}
	for _, process := range processes {
		entries, err := os.ReadDir(process + "/fd")
		if err != nil {
			continue
		}
		holds := false
		for _, e := range entries {
			target, err := os.Readlink(process + "/fd/" + e.Name())
			inode, ok := strings.CutPrefix(target, "socket:[")
			if inode = strings.TrimSuffix(inode, "]"); err != nil || !ok || !slices.Contains(inodes, inode) {
				continue
			}
			holds = true
			if !seen[inode] {
				seen[inode] = true
				found++
			}
		}
		if holds {
			comm, _ := os.ReadFile(process + "/comm")
			names = append(names, strings.TrimSpace(string(comm))+" ("+filepath.Base(process)+")")
		}
	}
	return names, found
}
