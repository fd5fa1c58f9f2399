package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// KernelSide is the child process of a row: it makes the kernel's side ready and, for every line that comes in, takes a
// sample and tells what one time of the work took, in nanoseconds. Where memory is short the kernel ends this process
// first, and not the one that measures. Without the right to say so nothing is lost.
func KernelSide(row string, sample time.Duration, in io.Reader, out io.Writer) error {
	ready, ok := kernelWorks[row]
	if !ok {
		return fmt.Errorf("no row %q has a kernel side", row)
	}
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	work, err := made(ready)
	n := 0
	if err == nil {
		n = calibrate(work, sample)
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err != nil {
			fmt.Fprintln(out, cannot+err.Error())
			continue
		}
		fmt.Fprintf(out, "%g\n", nanos(work, n))
	}
	return nil
}

// made makes a row's work ready. The error is what it lacks here: works say so by a panic with a text.
func made(ready func() Work) (work Work, err error) {
	defer func() {
		switch lack := recover().(type) {
		case nil:
		case string:
			err = errors.New(strings.TrimPrefix(lack, "bench: "))
		default:
			panic(lack)
		}
	}()
	return ready(), nil
}

// kernelHere says why the kernel's sides cannot be measured on this system; empty where they can.
const kernelHere = ""
