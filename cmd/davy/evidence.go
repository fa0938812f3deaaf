package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/evidence"
)

type evidenceCmd struct {
	Verify evidenceVerifyCmd `cmd:"" help:"Say whether a bundle of evidence is what was signed, and if not, what was changed."`
}

func (evidenceCmd) Help() string {
	return "Example:\n  davy evidence verify --key SHA256:kq3… I-3.zip"
}

type evidenceVerifyCmd struct {
	Key    string `help:"Who has to have signed it: the fingerprint that the sensor shows (SHA256:…), or a file with its public key (keys/evidence.pub)." placeholder:"KEY"`
	Bundle string `arg:"" help:"The bundle, as it was downloaded." placeholder:"BUNDLE"`
}

func (evidenceVerifyCmd) Help() string {
	return `A bundle holds an incident's packets, its findings, the rules that judged and what had been
learned, signed by the sensor. Without --key it is only proven that nothing was changed since
somebody signed it; compare the fingerprint that is printed with the one that the sensor shows.

Example:
  davy evidence verify --key SHA256:kq3… I-3.zip

Exit codes: 0 it is what was signed, 1 refused (and what was changed) or unreadable, 2 usage.`
}

func (c *evidenceVerifyCmd) Run(s *streams) error {
	trusted, err := c.trusted()
	if err != nil {
		return usage{fmt.Errorf("--key: %w", err)}
	}
	f, err := os.Open(c.Bundle)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", c.Bundle)
	}
	if err != nil {
		return err
	}
	b, err := evidence.Verify(f, info.Size(), trusted)
	var refused *evidence.Refused
	if errors.As(err, &refused) {
		fmt.Fprintf(s.err, "davy: %s is refused:\n", c.Bundle)
		for _, r := range refused.Reasons {
			fmt.Fprintf(s.err, "  %s\n", shownText(r))
		}
		return errPartly
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is what was signed: nothing was changed, taken out or added.\n", c.Bundle)
	fmt.Fprintf(s.out, "  %s: %s\n  made %s by sensor %q with Davy %s\n", shownText(b.Incident), shownText(b.Title), b.Made, b.Sensor, shownText(b.Version))
	fmt.Fprintf(s.out, "  %d packets of %d findings; judged by", b.Packets, len(b.Findings))
	for _, r := range b.Rules {
		fmt.Fprintf(s.out, " %s", shownText(r))
	}
	fmt.Fprintln(s.out)
	if b.LeftOut > 0 {
		fmt.Fprintf(s.out, "  %d more packets found no room when they were kept\n", b.LeftOut)
	}
	for _, n := range b.Findings {
		if n.Gone {
			fmt.Fprintf(s.out, "  %s: its first packet was not recorded any more when the bundle was made\n", shownText(n.Finding))
		}
		if n.LeftOut > 0 {
			fmt.Fprintf(s.out, "  %s: %d more packets found no room\n", shownText(n.Finding), n.LeftOut)
		}
		if n.Unread != "" {
			fmt.Fprintf(s.out, "  %s: of its time %s between beginning and end were not looked through\n", shownText(n.Finding), shownText(n.Unread))
		}
	}
	if trusted != "" {
		fmt.Fprintf(s.out, "  signed by the key that is trusted: %s\n", b.Key)
		return nil
	}
	fmt.Fprintf(s.out, "  signed by %s\n  Whose key that is was not checked: compare it with the sensor's, or give --key.\n", b.Key)
	return nil
}

// trusted is the fingerprint of --key, which may be a file.
func (c *evidenceVerifyCmd) trusted() (string, error) {
	if c.Key == "" {
		return "", nil
	}
	f, err := evidence.Fingerprint(c.Key)
	if err == nil {
		return f, nil
	}
	info, statErr := os.Stat(c.Key)
	if errors.Is(statErr, fs.ErrNotExist) {
		return "", fmt.Errorf("%q is no file, and it %w", c.Key, err)
	}
	if statErr == nil && info.Size() > 4096 {
		return "", fmt.Errorf("%s %w", c.Key, err)
	}
	text, readErr := os.ReadFile(c.Key)
	if readErr != nil {
		return "", readErr
	}
	if f, err = evidence.Fingerprint(string(text)); err != nil {
		return "", fmt.Errorf("%s %w", c.Key, err)
	}
	return f, nil
}

// shownText is a text out of a file that anybody may have written, fit for a terminal.
func shownText(s string) string { return string(davy.AppendClean(nil, []byte(s))) }
