package model

import (
	"bufio"
	"fmt"
	"io"
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

// namedCost is a cost as a file of costs has it: its name, its unit, and where it is.
type namedCost struct {
	name, unit string
	of         func(*Costs) *int64
}

// otherCosts are those that are no kind of step, in the order of a file; the kinds stand before the last two.
var otherCosts = [...]namedCost{
	{"copy-byte", "ps", func(c *Costs) *int64 { return &c.Copy }},
	{"cold-byte", "ps", func(c *Costs) *int64 { return &c.Cold }},
	{"zero-byte", "ps", func(c *Costs) *int64 { return &c.Zero }},
	{"scattered-copy", "ns", func(c *Costs) *int64 { return &c.Scattered }},
	{"write-page", "ns", func(c *Costs) *int64 { return &c.Written }},
	{"open", "ns", func(c *Costs) *int64 { return &c.Opened }},
	{"wake-up", "ns", func(c *Costs) *int64 { return &c.WakeUp }},
	{"disk-command", "ns", func(c *Costs) *int64 { return (*int64)(&c.Disk.Command) }},
	{"disk-block", "ns", func(c *Costs) *int64 { return (*int64)(&c.Disk.PerBlock) }},
}

// eachCost calls fn for each cost, in the order of a file, until it says that it is done.
func (c *Costs) eachCost(fn func(name, unit string, at *int64) (done bool)) {
	for i, x := range otherCosts {
		if i == len(otherCosts)-2 {
			for k := range trace.NumKinds {
				if fn(k.String(), "ns", &c.Step[k]) {
					return
				}
			}
		}
		if fn(x.name, x.unit, x.of(c)) {
			return
		}
	}
}

// named is where the cost of that name is, and its unit; nil for none.
func (c *Costs) named(name string) (at *int64, unit string) {
	c.eachCost(func(n, u string, x *int64) bool {
		if n == name {
			at, unit = x, u
		}
		return at != nil
	})
	return at, unit
}

// Write writes the costs that differ from the defaults, a line each.
func (c *Costs) Write(w io.Writer) error {
	b, d := bufio.NewWriter(w), DefaultCosts()
	c.eachCost(func(name, unit string, at *int64) bool {
		if usual, _ := d.named(name); *at != *usual {
			fmt.Fprintf(b, "%s %d %s\n", name, *at, unit)
		}
		return false
	})
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
	at, wanted := c.named(name)
	if at == nil {
		return fmt.Errorf("no step is called %s (vmsim explain lists them)", name)
	}
	if unit != wanted {
		return fmt.Errorf("%s is in %s", name, wanted)
	}
	*at = v
	return nil
}

// Of is the cost of that name, in its own unit.
func (c *Costs) Of(name string) int64 {
	if at, _ := c.named(name); at != nil {
		return *at
	}
	return 0
}

// Set makes n the cost of that name, in the unit that a file of costs has for it; a negative one becomes 0.
func (c *Costs) Set(name string, n int64) {
	if at, _ := c.named(name); at != nil {
		*at = max(0, n)
	}
}
