package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// filter is what acceptance names: the frames in which tshark sees a message of these end.
const filter = "mbtcp or s7comm or enip or pn_dcp"

// layers are what tshark is asked to tell in full; other layers are named only.
const layers = "mbtcp modbus s7comm enip cip cipcm cipcls cippccc cipio pn_dcp"

// tshark runs tshark with default settings over captures.
type tshark struct {
	settings string // an empty folder: nobody's own settings
	cache    string // folder that keeps what was said, "" for none
}

func (t *tshark) version() (string, error) {
	out, err := exec.Command("tshark", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("tshark is needed: %w", err)
	}
	first, _, _ := strings.Cut(string(out), " (Git")
	return first, nil
}

// read gives the details of each packet that the filter passes. More are settings beside
// the defaults.
func (t *tshark) read(path string, more []string, f func(*details)) error {
	if t.cache == "" {
		return t.run(path, more, func(r io.Reader) error { return readDetails(r, f) })
	}
	kept, err := t.keep(path, more)
	if err != nil {
		return err
	}
	file, err := os.Open(kept)
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	return readDetails(z, f)
}

// damaged are what tshark says of a capture that ends in the middle of a packet, or holds
// something else than packets from some place on. What comes before was read.
var damaged = []string{"cut short in the middle of a packet", "appears to be damaged or corrupt"}

// run runs tshark and gives its output to take.
func (t *tshark) run(path string, more []string, take func(io.Reader) error) error {
	cmd := exec.Command("tshark", append([]string{"-r", path, "-Y", filter, "-T", "pdml", "-J", layers}, more...)...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+t.settings)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = take(out)
	if err != nil {
		io.Copy(io.Discard, out)
	}
	var exit *exec.ExitError
	switch ended := cmd.Wait(); {
	case err != nil:
		return fmt.Errorf("tshark %s: %w", path, err)
	case errors.As(ended, &exit) && slices.ContainsFunc(damaged, func(s string) bool { return strings.Contains(said.String(), s) }):
		return nil
	case ended != nil:
		return fmt.Errorf("tshark %s: %w: %s", path, ended, strings.TrimSpace(said.String()))
	}
	return nil
}

// keep returns the file that holds what tshark says of a capture, after asking where it is
// not there yet.
func (t *tshark) keep(path string, more []string) (string, error) {
	h := sha256.New()
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(h, in)
	in.Close()
	if err != nil {
		return "", err
	}
	io.WriteString(h, filter+layers+strings.Join(more, " "))
	kept := filepath.Join(t.cache, hex.EncodeToString(h.Sum(nil)[:16])+".pdml.gz")
	if _, err := os.Stat(kept); err == nil {
		return kept, nil
	}
	tmp := kept + ".part"
	file, err := os.Create(tmp)
	if err != nil {
		return "", err
	}
	z, _ := gzip.NewWriterLevel(file, gzip.BestSpeed)
	err = t.run(path, more, func(r io.Reader) error {
		_, err := io.Copy(z, r)
		return err
	})
	if err := errors.Join(err, z.Close(), file.Close()); err != nil {
		os.Remove(tmp)
		return "", err
	}
	return kept, os.Rename(tmp, kept)
}
