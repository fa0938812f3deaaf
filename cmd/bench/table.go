package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// The goals, for the capture named modbus.
const (
	goalRate   = 1.5e6 // packets per CPU-second, or
	goalShare  = 25    // so many times slower than the loop at most
	goalPeak   = 200e6 // bytes
	goalAllocs = 0.01  // per packet, between the first quarter and the end
)

func (r *result) rate(who string) float64 {
	if len(r.costs[who]) == 0 {
		return 0
	}
	return float64(r.packets) / median(r.costs[who], func(k cost) float64 { return k.cpu })
}

func (r *result) peak(who string) float64 {
	return median(r.costs[who], func(k cost) float64 { return float64(k.peak) })
}

// table is the text of docs/bench.md.
func table(p *plan, results []*result, runners []*runner) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What Davy costs\n\nPrinted by `make bench`: each program reads each capture %d times, in turn; medians. CPU time is the whole process's, user and system; memory\n"+
		"is its largest resident set. Davy runs with one worker and everything on. The programs do different work, and absolute figures drift\nwhen the machine is busy: compare within a table.\n\nMeasured on %s.\n\n", p.rounds, machine())
	for _, w := range runners {
		missing := ""
		if w.slow && p.slow < p.rounds {
			missing = fmt.Sprintf("; in %d of the %d rounds", p.slow, p.rounds)
		}
		if w.missing != "" {
			missing = fmt.Sprintf("; **absent here** (Debian's %s)", w.missing)
		}
		fmt.Fprintf(&b, "- %s: %s%s\n", w.name, w.does, missing)
	}
	for _, r := range results {
		r.section(&b, runners)
	}
	return b.String()
}

func (r *result) section(b *strings.Builder, runners []*runner) {
	fmt.Fprintf(b, "\n## %s\n\n%d packets: %s.\n\n| program | M packets per CPU-second | ns a packet | spread | memory, MB | Davy is |\n|---|---|---|---|---|---|\n", r.name, r.packets, r.about)
	rate := r.rate(davy)
	for _, w := range runners {
		v := r.rate(w.name)
		if v == 0 {
			continue
		}
		low, high := spread(r.costs[w.name])
		fmt.Fprintf(b, "| %s | %.2f | %.0f | %.0f to %.0f | %.0f | %s |\n", w.name, v/1e6, 1e9/v, low*1e9/float64(r.packets), high*1e9/float64(r.packets), r.peak(w.name)/1e6, times(rate, v, w.name))
	}
	k := r.checks
	fmt.Fprintf(b, "\n- Allocations a packet between the first quarter and the end: %.4f.\n", k.allocs)
	fmt.Fprintf(b, "- Counts with `--messages all`: %s; it wrote %s.\n", same(k.all), verdict(k.rows == "", "a row for each message at least", "**too few rows**: "+k.rows))
	if k.asked {
		fmt.Fprintf(b, "- Modbus and UMAS messages: %d; tshark: %d; %s.\n", k.modbus, k.tshark, verdict(k.modbus == k.tshark, "the same", "**not the same**"))
	}
	if r.name == "modbus" {
		loop := r.rate("loop") / rate
		fmt.Fprintf(b, "- Goals: %.1f million packets per CPU-second or 1/%d of the loop: %s (%.2f, 1/%.1f); under %.0f MB: %s (%.0f); at most %.2f allocations a packet: %s (%.4f).\n",
			goalRate/1e6, goalShare, met(rate >= goalRate || loop <= goalShare), rate/1e6, loop, goalPeak/1e6, met(r.peak(davy) < goalPeak), r.peak(davy)/1e6, goalAllocs, met(k.allocs <= goalAllocs), k.allocs)
	}
}

// times says how Davy's rate compares with another's.
func times(rate, other float64, name string) string {
	switch {
	case name == davy:
		return ""
	case rate >= other:
		return fmt.Sprintf("%.1f times faster", rate/other)
	}
	return fmt.Sprintf("%.1f times slower", other/rate)
}

// spread is the least and the most CPU time of the runs.
func spread(list []cost) (low, high float64) {
	for i, k := range list {
		if i == 0 {
			low, high = k.cpu, k.cpu
		}
		low, high = min(low, k.cpu), max(high, k.cpu)
	}
	return low, high
}

func verdict(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

func met(ok bool) string { return verdict(ok, "met", "**missed**") }

func same(differs string) string {
	return verdict(differs == "", "the same", "**not the same**: "+differs)
}

func text(list []string) string { return strings.Join(list, "; ") }

// machine says what was measured on: processor, memory, load, kernel and Go.
func machine() string {
	cpu := field("/proc/cpuinfo", "model name")
	memory := strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB")
	var kb float64
	fmt.Sscan(memory, &kb)
	load, _, _ := strings.Cut(first("/proc/loadavg"), " ")
	return fmt.Sprintf("%s, %d CPUs, %.0f GB, %s %s, %s; load at the end %s", cpu, runtime.NumCPU(), kb/1e6, runtime.GOOS, first("/proc/sys/kernel/osrelease"), runtime.Version(), load)
}

// field is a value of one of the kernel's lists of names and values.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for _, l := range strings.Split(string(text), "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func first(path string) string {
	text, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
