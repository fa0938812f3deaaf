//go:build linux

package main

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/davylamp/davy/capture"
)

// mirror is the mirror port of the lab's switch: mirror FROM TO VLAN FILE sends each frame
// that comes in at one interface out at another with a VLAN tag, until it is told to stop,
// and keeps what it sent as a capture.
func mirror(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: mirror FROM TO VLAN FILE")
	}
	vlan, err := asVLAN(args[2])
	if err != nil {
		return err
	}
	from, err := openSocket(args[0])
	if err != nil {
		return err
	}
	if err := from.promiscuous(); err != nil {
		return err
	}
	to, err := openSocket(args[1])
	if err != nil {
		return err
	}
	f, err := os.Create(args[3])
	if err != nil {
		return err
	}
	w, err := capture.NewWriter(f)
	if err != nil {
		return err
	}
	if _, err := w.AddInterface("mirror", 1); err != nil {
		return err
	}
	var mu sync.Mutex
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		mu.Lock()
		w.Flush()
		f.Close()
		os.Exit(0)
	}()
	buf, out := make([]byte, 64<<10), make([]byte, 0, 64<<10)
	for {
		n, err := from.receive(buf)
		if err != nil {
			return err
		}
		out = tagged(out[:0], buf[:n], vlan)
		mu.Lock()
		if err = to.send(out); err == nil {
			err = w.Write(0, time.Now().UnixNano(), out, len(out))
		}
		mu.Unlock()
		if err != nil {
			return err
		}
	}
}
