package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/rule"
)

// siteFile is the form of --site.
type siteFile struct {
	Networks []struct {
		Prefix string `yaml:"prefix"`
		Scope  string `yaml:"scope"`
		Name   string `yaml:"name"`
		Zone   string `yaml:"zone"`
		Level  string `yaml:"level"`
		Kind   string `yaml:"kind"`
	} `yaml:"networks"`
	Internal  []string   `yaml:"internal"`
	Redundant [][]string `yaml:"redundant"`
	Assets    []struct {
		Address     string `yaml:"address"`
		Name        string `yaml:"name"`
		Kind        string `yaml:"kind"`
		Criticality string `yaml:"criticality"`
		Owner       string `yaml:"owner"`
	} `yaml:"assets"`
}

func readSite(path string) (*davy.Site, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--site: %w", err)
	}
	s, err := parseSite(text)
	if err != nil {
		return nil, fmt.Errorf("--site %s: %w", path, err)
	}
	return s, nil
}

func parseSite(text []byte) (*davy.Site, error) {
	var f siteFile
	if err := rule.Strict(text, &f); err != nil {
		return nil, err
	}
	return f.site()
}

func (f *siteFile) site() (*davy.Site, error) {
	s := new(davy.Site)
	for _, n := range f.Networks {
		p, err := prefix(n.Prefix)
		if err != nil {
			return nil, err
		}
		switch n.Kind {
		case "", "it", "ot", "internet":
		default:
			return nil, fmt.Errorf("network %s: kind %q is none of it, ot, internet", n.Prefix, n.Kind)
		}
		switch n.Scope {
		case "", "site", "vlan", "interface":
		default:
			return nil, fmt.Errorf("network %s: scope %q is none of site, vlan, interface", n.Prefix, n.Scope)
		}
		s.Networks = append(s.Networks, davy.Network{Prefix: p, Scope: n.Scope, Name: n.Name, Zone: n.Zone, Level: n.Level, Kind: n.Kind})
	}
	for _, t := range f.Internal {
		p, err := prefix(t)
		if err != nil {
			return nil, err
		}
		s.Internal = append(s.Internal, p)
	}
	for _, g := range f.Redundant {
		var group []netip.Addr
		for _, t := range g {
			a, err := netip.ParseAddr(t)
			if err != nil {
				return nil, fmt.Errorf("redundant: %q is no address", t)
			}
			group = append(group, a)
		}
		s.Redundant = append(s.Redundant, group)
	}
	for _, a := range f.Assets {
		if a.Address == "" {
			return nil, fmt.Errorf("asset %q: needs an address (IP or MAC)", a.Name)
		}
		var address string
		if ip, err := netip.ParseAddr(a.Address); err == nil {
			address = ip.String()
		} else if m := davy.ParseMAC(a.Address); m != 0 {
			address = m.String()
		} else {
			return nil, fmt.Errorf("asset %q: %q is neither an IP address nor a MAC", a.Name, a.Address)
		}
		s.Assets = append(s.Assets, davy.Declared{Address: address, Name: a.Name, Kind: a.Kind, Criticality: a.Criticality, Owner: a.Owner})
	}
	return s, nil
}

// prefix reads a prefix or a single address.
func prefix(t string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(t); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(t)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no network: write it like 10.1.0.0/16", t)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// readWindows reads a YAML list of windows, or one JSON object a line.
func readWindows(path string) ([]davy.Window, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--windows: %w", err)
	}
	var rows []davy.WindowRow
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' {
		rows, err = windowLines(trimmed)
	} else {
		err = rule.Strict(text, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("--windows %s: %w", path, err)
	}
	var list []davy.Window
	for i, r := range rows {
		w, err := r.Window()
		if err != nil {
			return nil, fmt.Errorf("--windows %s: window %d: %w", path, i+1, err)
		}
		list = append(list, w)
	}
	return list, nil
}

func windowLines(text []byte) (rows []davy.WindowRow, err error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		var r davy.WindowRow
		if err := d.Decode(&r); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: more than one object", n)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}
