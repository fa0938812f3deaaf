package app

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/davylamp/davy/capture"
)

// Misuse is an error of who asks: Options that make no sense, or files named in them that
// are not what they should be. Nothing was read then.
type Misuse struct{ error }

// Unwrap is what is wrong.
func (m Misuse) Unwrap() error { return m.error }

// Analyze reads captures and says what is in them. Input that cannot be read is told in the
// summary's Errors. An error without a summary means that the analysis could not be done; one
// beside it that not all of it could be written.
func Analyze(o Options) (*Summary, error) {
	e, err := newEngine(&o)
	if err != nil {
		return nil, err
	}
	e.meter.start()
	if err := e.begin(); err != nil {
		return nil, Misuse{err}
	}
	if o.Learn.Share > 0 && e.number == 0 {
		n, err := capture.CountPackets(o.Paths)
		if err != nil {
			return nil, Misuse{fmt.Errorf("--learn: %w", err)}
		}
		e.learnCount = uint64(float64(n) * o.Learn.Share)
	}
	if e.input, err = capture.Open(o.Paths, o.Stdin); err != nil {
		return nil, Misuse{err}
	}
	defer e.input.Close()
	e.source = e.input
	e.input.Continue(e.interfaces)
	if e.out, err = newOutput(o.Out); err != nil {
		return nil, fmt.Errorf("cannot write the rows: %w", err)
	}
	defer e.out.close()
	if err := e.run(); err != nil {
		return nil, err
	}
	allocs := e.meter.perPacket(e.number)
	sum := e.summary()
	sum.Duration = seconds(e.now - e.first)
	sum.Allocs = float64(int64(allocs*1e6)) / 1e6
	e.meter.tell(sum)
	return sum, errors.Join(e.save(sum), e.finish(), writeReport(o.Report, sum))
}

func itoa(n int) string { return strconv.Itoa(n) }
