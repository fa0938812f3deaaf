package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// corpusAt is where the captures and oracles lie.
func corpusAt() (string, error) {
	corpus := os.Getenv("DAVY_CORPUS")
	if corpus == "" {
		corpus = "../shared/data"
	}
	if _, err := os.Stat(filepath.Join(corpus, "captures.tsv")); err != nil {
		return "", errors.New("the corpus is absent: set DAVY_CORPUS")
	}
	return corpus, nil
}

// table reads a table of tab-separated columns with a first line of names, and gives f each
// further line by column. Lines that begin with # are remarks.
func table(table string, in io.Reader, f func(col func(name string) string)) error {
	var names []string
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if s.Text() == "" || s.Text()[0] == '#' {
			continue
		}
		row := strings.Split(s.Text(), "\t")
		if names == nil {
			names = row
			continue
		}
		f(func(name string) string {
			switch i := slices.Index(names, name); {
			case i < 0:
				panic(table + " has no column " + name)
			case i < len(row):
				return row[i]
			}
			return ""
		})
	}
	return s.Err()
}

// tableAt reads the table in a file.
func tableAt(path string, f func(col func(name string) string)) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return table(path, in, f)
}

// captures lists the captures of the corpus, as captures.tsv names them.
func captures(corpus, only string) (list []string, err error) {
	err = tableAt(filepath.Join(corpus, "captures.tsv"), func(col func(string) string) {
		if path := col("path"); strings.Contains(path, only) {
			list = append(list, path)
		}
	})
	return list, err
}
