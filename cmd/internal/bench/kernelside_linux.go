package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// KernelSide is the child process of a row: it makes the kernel's side ready and, for every line that comes in, takes a
// sample and tells what one time of the work took, in nanoseconds.
func KernelSide(row string, sample time.Duration, in io.Reader, out io.Writer) error {
	ready, ok := kernelWorks[row]
	if !ok {
		return fmt.Errorf("no row %q has a kernel side", row)
	}
	// Where memory is short the kernel ends this process first, and not the one that measures. Without the right to say so
	// nothing is lost.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	work := ready()
	n := calibrate(work, sample)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		fmt.Fprintf(out, "%g\n", nanos(work, n))
	}
	return nil
}

// kernelHere says why the kernel's sides cannot be measured on this system; empty where they can.
const kernelHere = ""
