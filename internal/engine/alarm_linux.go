package engine

import (
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// A timerFD is an alarm made of a timer of the kernel, waited for through Go's
// poller like a connection. It rings 30 to 50 us late, without the 50 us of
// slack that a thread's sleep has.
//
// The obvious way, a thread that sleeps in clock_nanosleep, keeps its
// processor from the users for up to 10 ms, until the runtime notices:
// measured at 5,000 requests a second on one processor it raised the median
// round trip from 41 us to 1.2 ms. Locking the thread made every hand-over to a
// user a switch of threads, 30 us more on each start.
type timerFD struct {
	file *os.File
	conn syscall.RawConn
	fd   uintptr
	set  func(uintptr) bool // made once, so that sleep does not allocate
	ask  time.Duration
}

// newAlarm returns nil where the kernel has no timer to give.
func newAlarm() alarm {
	const clockMonotonic = 1
	fd, _, errno := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return nil
	}
	t := &timerFD{file: os.NewFile(fd, "timer"), fd: fd}
	conn, err := t.file.SyscallConn()
	if err != nil {
		t.close()
		return nil
	}
	t.conn = conn
	t.set = t.setOnce
	return t
}

// sleep waits for d, which is positive.
func (t *timerFD) sleep(d time.Duration) {
	t.ask = d
	if err := t.conn.Read(t.set); err != nil {
		runtime.Gosched() // the sleeper looks at the clock and tries again
	}
}

// setOnce sets the timer when the poller calls it for the first time and lets
// the goroutine park; the second call comes when the timer has rung. Setting
// it again takes back that it has, so nobody needs to read it.
func (t *timerFD) setOnce(uintptr) bool {
	if t.ask == 0 {
		return true
	}
	spec := struct{ interval, value syscall.Timespec }{value: syscall.NsecToTimespec(int64(t.ask))}
	t.ask = 0
	_, _, errno := syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, t.fd, 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	return errno != 0
}

func (t *timerFD) close() { _ = t.file.Close() }
