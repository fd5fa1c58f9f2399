package main

import (
	"fmt"
	"io"
)

// output passes on what is written until a write fails, and keeps the first error: a command does not look at the error
// of each line that it prints.
type output struct {
	to  io.Writer
	err error
}

// Write writes to the output, or fails as it failed before.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(b)
	o.err = err
	return n, err
}

// written is the exit code of a command that ended with code: output that was lost makes success a failure, and is
// reported.
func (a *app) written(o *output, code int) int {
	if o.err == nil {
		return code
	}
	fmt.Fprintf(a.err, "vmsim: the output could not be written: %v\n", o.err)
	return max(code, exitFailed)
}
