package main

import (
	"errors"
	"fmt"
	"io"
	"os"
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
		return 0, errLost
	}
	n, err := o.to.Write(b)
	if o.err = err; err != nil {
		return n, errLost
	}
	return n, nil
}

// errLost is what a write returns whose output is lost. The cause is reported once, at the end.
var errLost = errors.New("the output is lost")

// notWritten reports whether an error says that a file could be opened but not written.
func notWritten(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) && path.Op == "write"
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
