//go:build linux && amd64

package host

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// stamps makes the kernel's time for files go on from statement to statement. Files are stamped with a clock that moves
// with the timer's tick, some milliseconds at a time, and what was stamped with the present time is not stamped again:
// whether a read makes an inode dirty, and the next fsync write the journal, would depend on when the tick came. The
// clock also goes on where a file is changed whose times were read since the last change: then that
// moment is the time of all. Before 6.13 it does not, and each statement waits for the tick.
//
// Linux: current_time, inode_set_ctime_current (fs/inode.c), ktime_get_real_ts64_mg (kernel/time/timekeeping.c).
type stamps struct {
	file   *os.File
	stat   syscall.Stat_t
	byte   [1]byte
	coarse bool // the clock moves with the tick alone
}

func newStamps() (*stamps, error) {
	f, err := memfile(fmt.Sprintf("vmsim-stamps-%d", os.Getpid()), 1)
	if err != nil {
		return nil, err
	}
	s := &stamps{file: f}
	for range 3 { // a tick may come between two of them
		was := s.stamp()
		s.coarse = s.coarse || s.stamp() == was
	}
	return s, nil
}

// next lets the time go on. The first change takes the tick's time where that is a later one, the second goes beyond
// it. Where that cannot be, the next statement has the time of the last.
func (s *stamps) next() {
	if s.coarse {
		s.tick()
		return
	}
	fd := int(s.file.Fd())
	for range 2 {
		if syscall.Fstat(fd, &s.stat) == nil {
			_, _ = syscall.Pwrite(fd, s.byte[:], 0)
		}
	}
}

// stamp changes the file, and returns the time that it has from that.
func (s *stamps) stamp() int64 {
	fd := int(s.file.Fd())
	_, _ = syscall.Pwrite(fd, s.byte[:], 0)
	if syscall.Fstat(fd, &s.stat) != nil {
		return 0
	}
	return s.stat.Mtim.Nano()
}

// tick waits until the clock of the files has moved: at most some 30 ms, as three ticks where they are the rarest.
func (s *stamps) tick() {
	const pause, most = 200 * time.Microsecond, 150
	was := s.stamp()
	for range most {
		time.Sleep(pause)
		if s.stamp() != was {
			return
		}
	}
}

func (s *stamps) close() { _ = s.file.Close() }
