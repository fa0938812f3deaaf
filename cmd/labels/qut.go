package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/davylamp/davy/app"
)

// qut measures the S7 captures of Queensland University of Technology: slices of one action
// each, of which every write is to be read at its frame with area, address and value. Which
// frames hold writes is tshark's word.
func (t *table) qut() {
	if _, err := exec.LookPath("tshark"); err != nil {
		fmt.Fprintln(os.Stderr, "labels: tshark is absent: the QUT captures are left out")
		return
	}
	dir := filepath.Join(t.corpus, "captures", "qut-infosec__2017QUT_S7comm")
	check(filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out, err := exec.Command("tshark", "-r", path, "-Y", "s7comm.header.rosctr == 1 && s7comm.param.func == 0x05", "-T", "fields", "-e", "frame.number").Output()
		if err != nil {
			return fmt.Errorf("tshark %s: %w", path, err)
		}
		writes := map[int]bool{}
		for _, f := range strings.Fields(string(out)) {
			n, _ := strconv.Atoi(f)
			writes[n] = false
		}
		if len(writes) == 0 {
			return nil
		}
		total, example := len(writes), ""
		t.analyse(app.Options{Paths: []string{path}}, func(m map[string]any) {
			frame := int(m["frame"].(float64))
			if _, ok := writes[frame]; ok && m["verb"] == "write" && m["object"] != nil && m["value"] != nil && m["reply"] == nil {
				writes[frame] = true
				example = fmt.Sprintf("%v = %v", m["object"], m["value"])
			}
		})
		var missing []string
		for f, read := range writes {
			if !read {
				missing = append(missing, fmt.Sprint(f))
			}
		}
		t.add(row{file: t.short(path), action: "S7 writes", expected: fmt.Sprintf("%d writes with area, address and value", total), foundBy: fmt.Sprintf("%d", total-len(missing)),
			frame: example, extra: strings.Join(missing, " "), ok: len(missing) == 0})
		return nil
	}))
}
