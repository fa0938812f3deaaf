package capture

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// benchPackets is how many packets the benchmarks' capture has: more than fit the caches.
const benchPackets = 500_000

// benchFile writes a capture of 90-byte packets with a given record maker.
func benchFile(b *testing.B, name string, head []byte, record func(i int) []byte) string {
	path := filepath.Join(b.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	out := append([]byte(nil), head...)
	for i := range benchPackets {
		out = append(out, record(i)...)
		if len(out) > 1<<20 {
			if _, err := f.Write(out); err != nil {
				b.Fatal(err)
			}
			out = out[:0]
		}
	}
	if _, err := f.Write(out); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchRead(b *testing.B, path string) {
	var batch Batch
	n := 0
	for b.Loop() {
		in, err := Open([]string{path}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for {
			err := in.Fill(&batch)
			if err == io.EOF {
				break
			}
			n += len(batch.Records)
		}
		if len(in.Errors())+len(in.Warnings()) > 0 {
			b.Fatal(in.Errors(), in.Warnings())
		}
		in.Close()
	}
	if n != b.N*benchPackets {
		b.Fatalf("read %d packets, expected %d", n, b.N*benchPackets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
}

func BenchmarkPcap(b *testing.B) {
	data := make([]byte, 90)
	benchRead(b, benchFile(b, "x.pcap", pcapHead(le, magicMicro, 1), func(i int) []byte {
		return pcapRec(le, 1_700_000_000, uint32(i), 90, data)
	}))
}

// BenchmarkPcapMemory leaves the kernel out: standard input from memory.
func BenchmarkPcapMemory(b *testing.B) {
	data := make([]byte, 90)
	all := pcapHead(le, magicMicro, 1)
	for i := range benchPackets {
		all = append(all, pcapRec(le, 1_700_000_000, uint32(i), 90, data)...)
	}
	var batch Batch
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		in, err := Open([]string{"-"}, bytes.NewReader(all))
		if err != nil {
			b.Fatal(err)
		}
		for in.Fill(&batch) == nil {
			n += len(batch.Records)
		}
		in.Close()
	}
	if n != b.N*benchPackets {
		b.Fatalf("read %d packets, expected %d", n, b.N*benchPackets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
}

func BenchmarkPcapng(b *testing.B) {
	data := make([]byte, 90)
	benchRead(b, benchFile(b, "x.pcapng", cat(shb(le), idb(le, 1)), func(i int) []byte {
		return epb(le, 0, uint64(i), data)
	}))
}

func BenchmarkGzip(b *testing.B) {
	data := noise(90)
	head := pcapHead(le, magicMicro, 1)
	for i := range benchPackets {
		data[i%90]++
		head = append(head, pcapRec(le, 1_700_000_000, uint32(i), 90, data)...)
	}
	path := filepath.Join(b.TempDir(), "x")
	if err := os.WriteFile(path, gz(head), 0o644); err != nil {
		b.Fatal(err)
	}
	benchRead(b, path)
}

func BenchmarkZstd(b *testing.B) {
	data := noise(90)
	head := pcapHead(le, magicMicro, 1)
	for i := range benchPackets {
		data[i%90]++
		head = append(head, pcapRec(le, 1_700_000_000, uint32(i), 90, data)...)
	}
	path := filepath.Join(b.TempDir(), "x")
	if err := os.WriteFile(path, zst(head), 0o644); err != nil {
		b.Fatal(err)
	}
	benchRead(b, path)
}

func BenchmarkWriter(b *testing.B) {
	w, err := NewWriter(io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.AddInterface("eth0", 1); err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 90)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(0, 1_700_000_000_000_000_000, data, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWalk is the least that reading a pcap can cost: one loop over the records.
func BenchmarkWalk(b *testing.B) {
	data := make([]byte, 90)
	path := benchFile(b, "x.pcap", pcapHead(le, magicMicro, 1), func(i int) []byte {
		return pcapRec(le, 1_700_000_000, uint32(i), 90, data)
	})
	buf := make([]byte, 256<<10)
	n, sum := 0, uint32(0)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		have := 0
		for first := true; ; first = false {
			m, err := f.Read(buf[have:])
			if err != nil {
				break
			}
			w := buf[:have+m]
			if first {
				w = w[pcapHeaderLen:]
			}
			for len(w) >= pcapRecordLen {
				size := pcapRecordLen + int(le.Uint32(w[8:]))
				if len(w) < size {
					break
				}
				sum += le.Uint32(w)
				w = w[size:]
				n++
			}
			have = copy(buf, w)
		}
		f.Close()
	}
	if n != b.N*benchPackets || sum == 0 {
		b.Fatalf("read %d packets, expected %d", n, b.N*benchPackets)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/packet")
}
