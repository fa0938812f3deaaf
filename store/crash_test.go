package store

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davylamp/davy"
)

// writes is set for a process that only writes and says what was acknowledged.
const writes = "DAVY_TEST_WRITES"

func TestMain(m *testing.M) {
	if path := os.Getenv(writes); path != "" {
		write(path)
	}
	os.Exit(m.Run())
}

// write adds findings, incidents and decisions until it is killed.
func write(path string) {
	db, err := Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	p, err := db.Findings(davy.Query{Sort: "-id", Limit: 1})
	next := 1
	if err == nil && len(p.Items) > 0 {
		next, err = strconv.Atoi(strings.TrimPrefix(p.Items[0].ID, "F-"))
		next++
	}
	for n := next; err == nil; n++ {
		f := finding(n, "high", "10.0.0.66")
		story := davy.IncidentRow{ID: fmt.Sprintf("I-%d", n), Severity: "high", First: f.Time, Last: f.Last, Findings: []string{f.ID}}
		if err = db.Judged([]davy.Judged{{Row: f, Key: uint64(n)}}, []davy.IncidentRow{story}); err == nil {
			fmt.Println("F", n)
			if err = db.Decide(anna, story.ID, davy.ActAcknowledge, "seen"); err == nil {
				fmt.Println("D", n)
			}
		}
	}
	fmt.Println(err)
	os.Exit(3)
}

// TestKilled: whatever was acknowledged is there after kill -9, fifty times over the same
// database, and the audit trail is whole.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	exe, err := os.Executable()
	must(t, err)
	acknowledged := 0
	for round := range 50 {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), writes+"="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		var findings, decisions []int
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			what, number, _ := strings.Cut(lines.Text(), " ")
			n, err := strconv.Atoi(number)
			switch {
			case err != nil:
				t.Error("the writer says:", lines.Text())
			case what == "F":
				findings = append(findings, n)
			default:
				decisions = append(decisions, n)
			}
			if len(findings)+len(decisions) == 1+round%5 { // any moment after so many
				time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("round %d: the writer ended by itself: %v", round, err)
		}
		db, err := Open(path)
		must(t, err)
		must(t, db.Check())
		for _, n := range findings {
			if v, err := db.Finding(fmt.Sprintf("F-%d", n)); err != nil || v.Incident != fmt.Sprintf("I-%d", n) {
				t.Errorf("round %d: F-%d was acknowledged: %v %v", round, n, v.Incident, err)
			}
		}
		for _, n := range decisions {
			if v, err := db.Incident(fmt.Sprintf("I-%d", n)); err != nil || v.State != davy.StateAcknowledged || len(v.Ruled) != 1 {
				t.Errorf("round %d: the decision about I-%d was acknowledged: %+v %v", round, n, v, err)
			}
		}
		if _, err := db.VerifyAudit(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		acknowledged += len(findings) + len(decisions)
		must(t, db.Close())
	}
	t.Logf("%d writes acknowledged over 50 kills", acknowledged)
}
