package model

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"vmsim/disk"
	"vmsim/vm/trace"
)

// Costs is how long things take: the steps of the machine, and the disk under ext4 where a program does not say what
// disk that is.
type Costs struct {
	trace.Costs
	Disk disk.Profile
}

// DefaultCosts are those that a machine has where nothing else is said.
func DefaultCosts() *Costs { return &Costs{*trace.DefaultCosts(), disk.NVMe} }

// The names in a file of costs that are no kinds of steps.
const (
	copyBytes   = "copy-byte"
	coldBytes   = "cold-byte"
	zeroBytes   = "zero-byte"
	scattered   = "scattered-copy"
	writtenPage = "write-page"
	openedPath  = "open"
	wakeUp      = "wake-up"
	diskCommand = "disk-command"
	diskBlock   = "disk-block"
)

// Write writes the costs that differ from the defaults, a line each.
func (c *Costs) Write(w io.Writer) error {
	b, d := bufio.NewWriter(w), DefaultCosts()
	line := func(name string, n, usual int64, unit string) {
		if n != usual {
			fmt.Fprintf(b, "%s %d %s\n", name, n, unit)
		}
	}
	line(copyBytes, c.Copy, d.Copy, "ps")
	line(coldBytes, c.Cold, d.Cold, "ps")
	line(zeroBytes, c.Zero, d.Zero, "ps")
	line(scattered, c.Scattered, d.Scattered, "ns")
	line(writtenPage, c.Written, d.Written, "ns")
	line(openedPath, c.Opened, d.Opened, "ns")
	line(wakeUp, c.WakeUp, d.WakeUp, "ns")
	for k := range trace.NumKinds {
		line(k.String(), c.Step[k], d.Step[k], "ns")
	}
	line(diskCommand, int64(c.Disk.Command), int64(d.Disk.Command), "ns")
	line(diskBlock, int64(c.Disk.PerBlock), int64(d.Disk.PerBlock), "ns")
	return b.Flush()
}

// ReadCosts reads what Write has written: a name, a number and its unit on each line; # begins a comment.
func ReadCosts(r io.Reader) (*Costs, error) {
	c, scan := DefaultCosts(), bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		text, _, _ := strings.Cut(scan.Text(), "#")
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d: a cost is a name, a number and its unit, as in  fault 300 ns", n)
		}
		if err := c.set(f[0], f[1], f[2]); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return c, scan.Err()
}

// set takes in one cost.
func (c *Costs) set(name, number, unit string) error {
	v, err := strconv.ParseInt(number, 10, 64)
	if err != nil || v < 0 {
		return fmt.Errorf("%s is no number of %s", number, unit)
	}
	at, perNano := c.place(name)
	if at == nil {
		return fmt.Errorf("no step is called %s (vmsim explain lists them)", name)
	}
	if wanted := map[float64]string{1: "ns", 1000: "ps"}[perNano]; unit != wanted {
		return fmt.Errorf("%s is in %s", name, wanted)
	}
	*at = v
	return nil
}

// place is where a cost is, and how many of its units make a nanosecond.
func (c *Costs) place(name string) (at *int64, unit float64) {
	switch name {
	case copyBytes:
		return &c.Copy, 1000
	case coldBytes:
		return &c.Cold, 1000
	case zeroBytes:
		return &c.Zero, 1000
	case scattered:
		return &c.Scattered, 1
	case writtenPage:
		return &c.Written, 1
	case openedPath:
		return &c.Opened, 1
	case wakeUp:
		return &c.WakeUp, 1
	case diskCommand:
		return (*int64)(&c.Disk.Command), 1
	case diskBlock:
		return (*int64)(&c.Disk.PerBlock), 1
	}
	if k := slices.Index(trace.KindNames(), name); k >= 0 {
		return &c.Step[k], 1
	}
	return nil, 1
}

// Of is the cost of that name, in its own unit.
func (c *Costs) Of(name string) int64 {
	if at, _ := c.place(name); at != nil {
		return *at
	}
	return 0
}

// Set makes n the cost of that name, in the unit that a file of costs has for it; a negative one becomes 0.
func (c *Costs) Set(name string, n int64) {
	if at, _ := c.place(name); at != nil {
		*at = max(0, n)
	}
}
