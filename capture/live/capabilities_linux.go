package live

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// DropCapabilities takes every right of root from this process, over all its threads and
// for good: what is permitted, inheritable, ambient and, where it may, what a program run by
// it could get. It comes after the sockets are open. It works where the program was built
// without cgo.
func DropCapabilities() error {
	told := func(what string, errno syscall.Errno) error {
		switch {
		case errno == syscall.ENOTSUP:
			return errors.New("capabilities cannot be dropped over all threads: the program was built with cgo")
		case errno != 0:
			return fmt.Errorf("capabilities cannot be dropped (%s): %w", what, errno)
		}
		return nil
	}
	// Every thread has capabilities of its own.
	all := func(what string, option, value uintptr) error {
		_, _, errno := syscall.AllThreadsSyscall(unix.SYS_PRCTL, option, value, 0)
		return told(what, errno)
	}
	if err := all("no_new_privs", unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return err
	}
	for c := uintptr(0); ; c++ {
		if _, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil {
			break // beyond the kernel's last
		}
		// Without CAP_SETPCAP the bounding set stays; with no_new_privs it gives nothing.
		if err := all("bounding", unix.PR_CAPBSET_DROP, c); errors.Is(err, syscall.EPERM) {
			break
		} else if err != nil {
			return err
		}
	}
	if err := all("ambient", unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL); err != nil {
		return err
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3} // Pid 0: the thread itself
	var empty [2]unix.CapUserData
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&empty[0])), 0)
	return told("capset", errno)
}
