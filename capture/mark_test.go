package capture

import (
	"io"
	"strings"
	"testing"
)

// markOf is a custom block (4.7) as a ring writes it, by hand.
func markOf(o order, pen uint32, magic string, kind, flags byte, payload ...uint64) []byte {
	b := append(o.AppendUint32(nil, pen), magic...)
	b = append(b, kind, flags, 0, 0)
	for _, v := range payload {
		b = o.AppendUint64(b, v)
	}
	return block(o, 0x40000bad, b)
}

// A ring's marks end batches and say what the batch says, in both byte orders; custom blocks
// of others, or damaged ones, are passed over.
func TestMarks(t *testing.T) {
	for _, o := range []order{le, be} {
		data := cat(shb(o), markOf(o, 32473, "davy", 1, 0, 7), idb(o, 1), epb(o, 0, 1, []byte{1}),
			markOf(o, 32473, "davy", 2, 0, 5e9), // ends the first batch
			markOf(o, 32473, "else", 2, 1, 6e9), markOf(o, 32474, "davy", 2, 1, 6e9), markOf(o, 32473, "davy", 9, 1, 6e9),
			markOf(o, 32473, "davy", 2, 1), block(o, 0x40000bad, nil), block(o, 0xbad, []byte("davy")),
			epb(o, 0, 2, []byte{2}),
			markOf(o, 32473, "davy", 2, 1, 0),     // the second, and a PATH
			markOf(o, 32473, "davy", 2, 0, 1<<63), // a third; no such time
			markOf(o, 32473, "davy", 2, 0, 45e17+1),
			markOf(o, 32473, "davy", 3, 0, 1000, 2000, 2))
		in, err := Open([]string{"-"}, strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		var b Batch
		for i, want := range []struct {
			records int
			tick    int64
			end     bool
		}{{1, 5e9, false}, {1, 0, true}, {0, 0, false}, {0, 0, false}, {0, 0, true}} {
			if err := in.Fill(&b); err != nil || len(b.Records) != want.records || b.Tick != want.tick || b.PathEnd != want.end {
				t.Errorf("batch %d: %d records, tick %d, end %v, %v; expected %v", i, len(b.Records), b.Tick, b.PathEnd, err, want)
			}
		}
		if err := in.Fill(&b); err != io.EOF || len(in.Errors())+len(in.Warnings()) > 0 {
			t.Errorf("at the end: %v, %v %v", err, in.Errors(), in.Warnings())
		}
		in.Close()
		g := readBytes(t, data)
		if len(g.Records) != 2 || len(g.Ends) != 2 {
			t.Errorf("read %s", g.brief())
		}
	}
}
