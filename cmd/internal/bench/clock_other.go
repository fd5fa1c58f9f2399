//go:build !linux

package bench

import "time"

var began = time.Now()

// threadTime is the wall's time: this system does not tell a thread's own.
func threadTime() time.Duration { return time.Since(began) }
