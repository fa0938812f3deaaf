package plant

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/davylamp/davy"
)

// chance is a stream of random numbers (SplitMix64; Steele, Lea, Flood, "Fast splittable
// pseudorandom number generators", 2014). Everything in the plant that has moods owns a
// stream, seeded from the run's seed and its own name, so that a new device or the
// campaign does not shuffle what the others decide. It is written out here because the
// standard library does not promise the same numbers for ever.
type chance struct{ state uint64 }

func newChance(seed uint64, name string) *chance {
	return &chance{davy.Mix(seed^0x9e3779b97f4a7c15, davy.HashString(7, name))}
}

func (c *chance) next() uint64 {
	c.state += 0x9e3779b97f4a7c15
	z := c.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Fill is frame.Random.
func (c *chance) Fill(b []byte) {
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, c.next())
		b = b[8:]
	}
	for i, v := 0, c.next(); i < len(b); i++ {
		b[i] = byte(v >> (8 * i))
	}
}

// unit is in [0, 1).
func (c *chance) unit() float64 { return float64(c.next()>>11) / (1 << 53) }

// below is in [0, n).
func (c *chance) below(n int) int { return int(c.next() % uint64(n)) }

// in is in [from, to).
func (c *chance) in(from, to float64) float64 { return from + (to-from)*c.unit() }

// span is a duration in [from, to), in ns.
func (c *chance) span(from, to time.Duration) int64 {
	return int64(from) + int64(c.unit()*float64(to-from))
}

// hit is true once in n.
func (c *chance) hit(n int) bool { return c.next()%uint64(n) == 0 }

// bell is a normal deviate, by Box and Muller.
func (c *chance) bell() float64 {
	return math.Sqrt(-2*math.Log(1-c.unit())) * math.Cos(2*math.Pi*c.unit())
}

func one[T any](c *chance, of []T) T { return of[c.below(len(of))] }
