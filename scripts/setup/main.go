// Setup installs what the tests use beyond Go: Debian packages, as root, and the packages of
// the console where there is Node. Otherwise it says the one command that does. Tests that
// lack something skip by name.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// needed are the programs (and a module's folder) that tests run, and the packages that hold them.
var needed = []struct{ program, pkg string }{{"tshark", "tshark"}, {"capinfos", "wireshark-common"}, {"tcpdump", "tcpdump"}, {"chromium", "chromium"},
	// Real peers, for Davy to watch: see cmd/live.
	{"ip", "iproute2"}, {"ethtool", "ethtool"}, {"sysctl", "procps"}, {"mbpoll", "mbpoll"}, {"nmap", "nmap"},
	{"/usr/lib/python3/dist-packages/pymodbus", "python3-pymodbus python3-serial-asyncio"}}

func main() {
	debian()
	node()
}

// node installs what the walks through the console need: the browser's driver, beside what
// builds it.
func node() {
	const dir = "web/console"
	if _, err := exec.LookPath("npm"); err != nil {
		fmt.Println("Without Node (20 or later) the walks through the console skip.")
		return
	}
	if _, err := os.Stat(dir + "/node_modules/playwright-core"); err == nil {
		return
	}
	fmt.Println("cd", dir, "&& npm ci --ignore-scripts")
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println("That failed; tests that need it will skip:", err)
	}
}

func debian() {
	var missing []string
	for _, n := range needed {
		_, err := exec.LookPath(n.program)
		if strings.HasPrefix(n.program, "/") {
			_, err = os.Stat(n.program)
		}
		if err != nil {
			missing = append(missing, n.pkg)
		}
	}
	if len(missing) == 0 {
		return
	}
	install := "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends " + strings.Join(missing, " ")
	if os.Getuid() != 0 {
		fmt.Println("Some tests will skip. To have them all, as root:", install)
		return
	}
	fmt.Println(install)
	cmd := exec.Command("sh", "-c", install+" >/dev/null")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println("That failed; tests that need it will skip:", err)
	}
}
