//go:build ignore

// Generate writes oui.tsv.gz, the facts of who was assigned which MAC prefix, from the
// registries of the IEEE as Debian's package ieee-data carries them: a line a prefix,
// "hex<TAB>organisation", sorted.
package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

func main() {
	var lines []string
	for _, f := range []string{"oui.csv", "mam.csv"} {
		in, err := os.Open("/usr/share/ieee-data/" + f)
		if err != nil {
			log.Fatal(err, " (apt-get install ieee-data)")
		}
		rows, err := csv.NewReader(in).ReadAll()
		if err != nil {
			log.Fatal(err)
		}
		for _, r := range rows[1:] {
			if name := strings.Join(strings.Fields(r[2]), " "); name != "Private" && name != "IEEE Registration Authority" {
				lines = append(lines, r[1]+"\t"+name)
			}
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	out, err := os.Create("oui.tsv.gz")
	if err != nil {
		log.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(out, gzip.BestCompression)
	fmt.Fprint(z, strings.Join(lines, "\n"), "\n")
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}
