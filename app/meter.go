package app

import (
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// meter measures what the analysis itself costs.
type meter struct {
	begun   time.Time
	cpu     time.Duration
	samples []sampled
	every   uint64
	metric  [1]metrics.Sample
}

type sampled struct{ packets, objects uint64 }

// maxSamples bounds how often allocations are sampled: then every second sample is dropped
// and half as many are taken.
const maxSamples = 512

func (m *meter) start() {
	m.begun, m.cpu, m.every = time.Now(), cpuTime(), 4096
	m.metric[0].Name = "/gc/heap/allocs:objects"
	m.samples = make([]sampled, 0, maxSamples)
	m.sample(0)
}

func (m *meter) objects() uint64 {
	metrics.Read(m.metric[:])
	return m.metric[0].Value.Uint64()
}

func (m *meter) sample(packets uint64) {
	if n := len(m.samples); n > 0 && packets-m.samples[n-1].packets < m.every {
		return
	}
	if len(m.samples) == maxSamples {
		for i := range maxSamples / 2 {
			m.samples[i] = m.samples[2*i]
		}
		m.samples, m.every = m.samples[:maxSamples/2], m.every*2
	}
	m.samples = append(m.samples, sampled{packets, m.objects()})
}

// perPacket is how many objects were allocated a packet between the first quarter of the
// input and its end.
func (m *meter) perPacket(packets uint64) float64 {
	first := m.samples[0]
	for _, s := range m.samples {
		if s.packets-m.samples[0].packets <= (packets-m.samples[0].packets)/4 {
			first = s
		}
	}
	if packets <= first.packets {
		return 0
	}
	return float64(m.objects()-first.objects) / float64(packets-first.packets)
}

// tell writes down what was spent so far.
func (m *meter) tell(sum *Summary) {
	sum.Elapsed, sum.CPU, sum.Peak = time.Since(m.begun).Seconds(), (cpuTime() - m.cpu).Seconds(), peakBytes()
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakBytes is the process's largest resident set so far, residentBytes the present one.
func peakBytes() uint64     { return statusBytes("VmHWM:") }
func residentBytes() uint64 { return statusBytes("VmRSS:") }

func statusBytes(name string) uint64 {
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		for _, l := range strings.Split(string(text), "\n") {
			if f := strings.Fields(l); len(f) == 3 && f[0] == name {
				n, _ := strconv.ParseUint(f[1], 10, 64)
				return n << 10
			}
		}
	}
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return uint64(u.Maxrss) << 10
}
