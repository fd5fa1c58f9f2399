//go:build !linux

package bench

import (
	"errors"
	"io"
	"time"
)

const kernelHere = "the kernel's side needs Linux"

// KernelSide refuses: this is not Linux.
func KernelSide(string, time.Duration, io.Reader, io.Writer) error { return errors.New(kernelHere) }
