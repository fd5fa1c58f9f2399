package grade

import (
	"time"

	"golang.org/x/sys/unix"
)

// limit puts a process that has just begun under limits: memory, files, processes, and time of the processor.
func limit(pid int, l Limits) error {
	most := map[int]uint64{
		unix.RLIMIT_DATA: l.Memory, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: 16,
	}
	for resource, n := range most {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

// processorTime is how long a process has been at work on a processor; 0 where it is over. Each process has a clock of
// its own, whose number is made of the process's.
func processorTime(pid int) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(int32(^pid<<3|2), &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
