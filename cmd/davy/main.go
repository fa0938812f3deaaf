// Davy sees what happens in a plant's network and says what needs a person. This command is
// thin: flags, files, the terminal and exit codes; everything else is in the rooms.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/davylamp/davy"
)

// Exit codes, a contract with scripts.
const (
	exitDone       = 0 // done
	exitUnreadable = 1 // some input could not be read, or the work could not be finished
	exitUsage      = 2 // the command line or a configuration file is wrong
)

type cli struct {
	Up       upCmd       `cmd:"" help:"Watch a mirror port, captures or the simulated plant, and show it in a browser."`
	Analyze  analyzeCmd  `cmd:"" help:"Read captures: messages, assets, links, findings, incidents."`
	Plant    plantCmd    `cmd:"" help:"The simulated plant: captures with labels, for tests and demonstrations."`
	Diff     diffCmd     `cmd:"" help:"Say what changed between two folders that analyze wrote."`
	Evidence evidenceCmd `cmd:"" help:"Signed bundles of an incident's packets and what explains them."`
	Doctor   doctorCmd   `cmd:"" help:"Say what this machine needs to watch a mirror port, and prepare an interface."`
	Audit    auditCmd    `cmd:"" help:"The trail of who changed what."`
	Backup   backupCmd   `cmd:"" help:"Write what a data folder holds into one file."`
	Restore  restoreCmd  `cmd:"" help:"Bring a backup back into a data folder."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// streams are what a command reads and writes; tests give their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usage is an error that is the caller's to mend before anything is done.
type usage struct{ error }

// errPartly says that the work was done and something could not be read; it has been told.
var errPartly = errors.New("partly unreadable")

func main() { os.Exit(run(os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr})) }

func run(args []string, s *streams) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("davy"), kong.Description("Davy watches a plant's network and says what needs a person."),
		kong.Writers(s.out, s.err), kong.Exit(func(n int) { code = n }), kong.Bind(s), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(s.err, "davy:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if code >= 0 {
		return code
	}
	if err != nil {
		return tell(s, usage{err}, args)
	}
	return tell(s, ctx.Run(), args)
}

// tell writes an error with a hint for the next step, and chooses the exit code.
func tell(s *streams, err error, args []string) int {
	var u usage
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errPartly):
		return exitUnreadable
	case errors.As(err, &u):
		hint := "davy --help"
		if len(args) > 0 && slices.Contains([]string{"up", "analyze", "plant", "diff", "evidence", "doctor", "audit", "backup", "restore", "version"}, args[0]) {
			hint = "davy " + args[0] + " --help"
		}
		fmt.Fprintf(s.err, "davy: %v\nSee: %s\n", err, hint)
		return exitUsage
	}
	fmt.Fprintf(s.err, "davy: %v\n", err)
	if f := (*davy.Fault)(nil); errors.As(err, &f) && f.Hint != "" {
		fmt.Fprintln(s.err, "Hint:", f.Hint)
	}
	return exitUnreadable
}

type versionCmd struct{}

func (versionCmd) Help() string { return "Example:\n  davy version" }

func (versionCmd) Run(s *streams) error {
	_, err := fmt.Fprintln(s.out, "davy", davy.Version)
	return err
}
