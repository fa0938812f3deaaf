package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// pieces are short hashes of an entry's packets or lines, in order. They only tell where it
// was changed; that it was not is proven by the hash over all of it.
type pieces struct {
	Entry  string   `json:"entry"`
	Head   int      `json:"head,omitempty"` // of packets: blocks before the first
	Hashes []string `json:"hashes"`
}

func piecesOf(list []entry) ([]byte, error) {
	var all []pieces
	for _, e := range list {
		var b bytes.Buffer // an entry's text is small; packets are within the limits
		if err := e.write(&b); err != nil {
			return nil, err
		}
		p, err := cut(e.name, &b)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	b, err := json.Marshal(all)
	return append(b, '\n'), err
}

// cut takes an entry to pieces. An error tells where no more could be made out.
func cut(name string, r io.Reader) (p pieces, err error) {
	p = pieces{Entry: name, Hashes: []string{}}
	add := func(b []byte) {
		sum := sha256.Sum256(b)
		p.Hashes = append(p.Hashes, hex.EncodeToString(sum[:8]))
	}
	if name != packetsName {
		return p, lines(r, add)
	}
	return p, blocks(r, func(kind uint32, b []byte) error {
		if kind != blockPacket {
			p.Head++
		}
		add(b)
		return nil
	})
}

// maxTold bounds how many differences of an entry are told.
const maxTold = 5

// differences says in words how an entry differs from what was signed.
func differences(was, is pieces, broken error) (list []string) {
	unit, head := "line", 0
	if was.Entry == packetsName {
		unit, head = "packet", was.Head
	}
	more := 0
	tell := func(from, to int, what string) {
		text := fmt.Sprintf("%s: %s %d %s", was.Entry, unit, from+1-head, what)
		switch {
		case to <= head:
			text = fmt.Sprintf("%s: what stands before its first packet %s", was.Entry, what)
		case to-from > 1:
			text = fmt.Sprintf("%s: %ss %d to %d %s", was.Entry, unit, from+1-head, to-head, strings.Replace(what, "was", "were", 1))
		}
		if len(list) == maxTold {
			more++
			return
		}
		list = append(list, text)
	}
	compare(was.Hashes, is.Hashes, tell)
	if more > 0 {
		list = append(list, fmt.Sprintf("%s: and %d more differences", was.Entry, more))
	}
	if broken != nil {
		list = append(list, fmt.Sprintf("%s: after %s %d: %v", was.Entry, unit, max(0, len(is.Hashes)-head), broken))
	}
	if len(list) == 0 {
		list = append(list, was.Entry+" is not what was signed")
	}
	return list
}

// compare tells what was changed, taken out (by its number then) and added (by its number now).
func compare(was, is []string, tell func(from, to int, what string)) {
	left, right := places(was), places(is)
	for i, j := 0, 0; i < len(was) || j < len(is); {
		if i < len(was) && j < len(is) && was[i] == is[j] {
			i, j = i+1, j+1
			continue
		}
		k, l := -1, -1
		if j < len(is) {
			k = next(left[is[j]], i)
		}
		if i < len(was) {
			l = next(right[was[i]], j)
		}
		switch {
		case k >= 0 && (l < 0 || k-i <= l-j):
			tell(i, k, "was taken out")
			i = k
		case l >= 0:
			tell(j, l, "was added")
			j = l
		case j == len(is):
			tell(i, len(was), "was taken out")
			i = len(was)
		case i == len(was):
			tell(j, len(is), "was added")
			j = len(is)
		default:
			tell(i, i+1, "is not what was signed")
			i, j = i+1, j+1
		}
	}
}

func places(list []string) map[string][]int {
	m := map[string][]int{}
	for i, s := range list {
		m[s] = append(m[s], i)
	}
	return m
}

func next(list []int, from int) int {
	if i, _ := slices.BinarySearch(list, from); i < len(list) {
		return list[i]
	}
	return -1
}
