package grade

import "golang.org/x/sys/unix"

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
