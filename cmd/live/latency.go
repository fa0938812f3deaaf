//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/davylamp/davy"
	"github.com/davylamp/davy/capture"
	"github.com/davylamp/davy/plant/frame"
)

// shout sends some frames that mean nothing: shout DEVICE N.
func shout(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: shout DEVICE N")
	}
	s, err := openSocket(args[0])
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for i := range n {
		if err := s.send(frame.Pad(frame.UDP(frame.Ether(nil, 0x020000000002, 0x020000000001, frame.Untagged, frame.TypeIPv4), frame.IP{Src: 0x0a4d0001, Dst: 0x0a4d0002, ID: uint16(i), TTL: 64}, 5000, 5001, []byte("nothing")), 0)); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

// strike sends the packets of a capture over and over, so many a second, and now and then a
// stranger who writes to a controller: strike DEVICE CAPTURE RATE STRIKES WARM. It prints the
// address of each stranger and when its write went out, ns.
func strike(args []string) error {
	if len(args) != 5 {
		return errors.New("usage: strike DEVICE CAPTURE RATE STRIKES WARM")
	}
	s, err := openSocket(args[0])
	if err != nil {
		return err
	}
	rate, err1 := strconv.Atoi(args[2])
	strikes, err2 := strconv.Atoi(args[3])
	warm, err3 := time.ParseDuration(args[4])
	list, err4 := loadFrames(args[1])
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	begun, sent := time.Now(), 0
	next := begun.Add(warm)
	for struck := 0; struck < strikes; {
		for due := int(time.Since(begun).Seconds() * float64(rate)); sent < due; sent++ {
			if err := s.send(list[sent%len(list)]); err != nil {
				return err
			}
		}
		if now := time.Now(); now.After(next) {
			ip := uint32(0x0a63_0001 + struck) // 10.99.0.1 and on
			at, err := s.write(ip)
			if err != nil {
				return err
			}
			fmt.Printf("%d.%d.%d.%d %d\n", ip>>24, ip>>16&255, ip>>8&255, ip&255, at)
			struck++
			next = now.Add(time.Duration(150+struck*37%200) * time.Millisecond)
		}
		time.Sleep(200 * time.Microsecond)
	}
	fmt.Printf("rate %.0f\n", float64(sent)/time.Since(begun).Seconds())
	return nil
}

// controller is a station of the simulated plant that strangers write to.
const controller = 0x0a014d01

// write is one stranger: a connection and a Modbus write. It returns when the write went out.
func (s *socket) write(ip uint32) (int64, error) {
	mine, its := davy.MAC(0x0200_0000_0000|uint64(ip)), davy.MAC(0x020000001401)
	seq, ack, id := uint32(1000), uint32(5000), uint16(1)
	put := func(from, to uint32, t frame.TCP, payload []byte) error {
		src, dst := mine, its
		if from != ip {
			src, dst = its, mine
		}
		id++
		return s.send(frame.Pad(t.Append(frame.Ether(nil, dst, src, frame.Untagged, frame.TypeIPv4), frame.IP{Src: from, Dst: to, ID: id, TTL: 64}, payload), 0))
	}
	const syn, ackFlag, psh = 2, 16, 8
	if err := errors.Join(put(ip, controller, frame.TCP{Src: 40000, Dst: 502, Seq: seq, Flags: syn, Window: 8192}, nil),
		put(controller, ip, frame.TCP{Src: 502, Dst: 40000, Seq: ack, Ack: seq + 1, Flags: syn | ackFlag, Window: 8192}, nil),
		put(ip, controller, frame.TCP{Src: 40000, Dst: 502, Seq: seq + 1, Ack: ack + 1, Flags: ackFlag, Window: 8192}, nil)); err != nil {
		return 0, err
	}
	at := time.Now().UnixNano()
	return at, put(ip, controller, frame.TCP{Src: 40000, Dst: 502, Seq: seq + 1, Ack: ack + 1, Flags: ackFlag | psh, Window: 8192}, frame.ModbusWriteOne(nil, 7, 1, 6, 100, uint16(ip)))
}

func loadFrames(path string) (list [][]byte, err error) {
	in, err := capture.Open([]string{path}, nil)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	for b := new(capture.Batch); ; {
		if err := in.Fill(b); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		for _, r := range b.Records {
			if len(r.Data) <= 1518 {
				list = append(list, slices.Clone(r.Data))
			}
		}
	}
}

// latency measures from a packet on the wire to the finding at the browser, while the plant's
// ordinary traffic goes by at 20,000 packets a second.
func latency(o *options) error {
	const rate = 20_000
	strikes, warm, days := 200, 15*time.Second, "0.05"
	if o.short {
		strikes, warm, days = 10, 8*time.Second, "0.01"
	}
	if o.runs > 0 {
		strikes = o.runs
	}
	l, err := newLab()
	if err != nil {
		return err
	}
	c, err := o.written("bottling", days, "real")
	if err != nil {
		return err
	}
	u, err := startUp(o.davy, l, "--data", filepath.Join(c.dir, "live"), "--interface", "e0", "--listen", "127.0.0.1:8443", "--learn", "5s")
	if err != nil {
		return err
	}
	ctx, done := context.WithCancel(context.Background())
	defer done()
	var mu sync.Mutex
	came := map[string]int64{}
	heard := make(chan error, 1)
	go func() {
		heard <- u.events(ctx, func(kind string, data []byte) {
			now := time.Now().UnixNano()
			var f davy.FindingRow
			if kind != "finding" || json.Unmarshal(data, &f) != nil || f.Detector != "D29" || len(f.Entities) == 0 {
				return
			}
			mu.Lock()
			if _, had := came[f.Entities[0]]; !had {
				came[f.Entities[0]] = now
			}
			mu.Unlock()
		})
	}()
	var out said
	cmd, err := l.self(hub, &out, "strike", "out0", c.all, fmt.Sprint(rate), fmt.Sprint(strikes), warm.String())
	if err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%v: %s", err, out.String())
	}
	time.Sleep(5 * time.Second)
	done()
	<-heard
	var s sensorNow
	if err := u.get("/sensor", &s); err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	var took []time.Duration
	lost, reached := 0, ""
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		ip, at, _ := strings.Cut(line, " ")
		if ip == "rate" {
			reached = at
			continue
		}
		sent, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return err
		}
		if t, ok := came[ip]; ok {
			took = append(took, time.Duration(t-sent))
		} else {
			lost++
		}
	}
	if len(took) == 0 {
		return fmt.Errorf("no finding came: %s", u.said.String())
	}
	slices.Sort(took)
	at := func(q float64) time.Duration {
		return took[min(len(took)-1, int(q*float64(len(took))))].Round(time.Millisecond)
	}
	o.page.say("## From a packet on the wire to the finding at the browser\n\nA stranger writes to a controller while the plant's traffic goes by; the clock runs from the write on the wire to the event at the console.\n\n| packets a second | measured | p50 | p95 | longest | never came | dropped by the kernel |\n| --- | --- | --- | --- | --- | --- | --- |\n| %s | %d | %v | %v | %v | %d | %d |\n",
		reached, len(took), at(0.5), at(0.95), took[len(took)-1].Round(time.Millisecond), lost, s.Interfaces[0].Drops)
	if err := u.stop(); err != nil {
		return err
	}
	if lost > 0 {
		return fmt.Errorf("%d findings never came", lost)
	}
	return nil
}
