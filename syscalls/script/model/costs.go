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

// namedCost is a cost as a file of costs has it: its name, its unit, and where it is.
type namedCost struct {
	name, unit string
	of         func(*Costs) *int64
}

// namedCosts are the costs in the order of a file.
var namedCosts = slices.Concat([]namedCost{
	{"copy-byte", "ps", func(c *Costs) *int64 { return &c.Copy }},
	{"cold-byte", "ps", func(c *Costs) *int64 { return &c.Cold }},
	{"zero-byte", "ps", func(c *Costs) *int64 { return &c.Zero }},
	{"scattered-copy", "ns", func(c *Costs) *int64 { return &c.Scattered }},
	{"write-page", "ns", func(c *Costs) *int64 { return &c.Written }},
	{"open", "ns", func(c *Costs) *int64 { return &c.Opened }},
	{"wake-up", "ns", func(c *Costs) *int64 { return &c.WakeUp }},
}, kindCosts(), []namedCost{
	{"disk-command", "ns", func(c *Costs) *int64 { return (*int64)(&c.Disk.Command) }},
	{"disk-block", "ns", func(c *Costs) *int64 { return (*int64)(&c.Disk.PerBlock) }},
})

// kindCosts are those of the kinds of steps.
func kindCosts() (all []namedCost) {
	for k := range trace.NumKinds {
		all = append(all, namedCost{k.String(), "ns", func(c *Costs) *int64 { return &c.Step[k] }})
	}
	return all
}

// costNamed is the cost of that name, nil for none.
func costNamed(name string) *namedCost {
	if i := slices.IndexFunc(namedCosts, func(x namedCost) bool { return x.name == name }); i >= 0 {
		return &namedCosts[i]
	}
	return nil
}

// Write writes the costs that differ from the defaults, a line each.
func (c *Costs) Write(w io.Writer) error {
	b, d := bufio.NewWriter(w), DefaultCosts()
	for _, x := range namedCosts {
		if n := *x.of(c); n != *x.of(d) {
			fmt.Fprintf(b, "%s %d %s\n", x.name, n, x.unit)
		}
	}
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
	x := costNamed(name)
	if x == nil {
		return fmt.Errorf("no step is called %s (vmsim explain lists them)", name)
	}
	if unit != x.unit {
		return fmt.Errorf("%s is in %s", name, x.unit)
	}
	*x.of(c) = v
	return nil
}

// Of is the cost of that name, in its own unit.
func (c *Costs) Of(name string) int64 {
	if x := costNamed(name); x != nil {
		return *x.of(c)
	}
	return 0
}

// Set makes n the cost of that name, in the unit that a file of costs has for it; a negative one becomes 0.
func (c *Costs) Set(name string, n int64) {
	if x := costNamed(name); x != nil {
		*x.of(c) = max(0, n)
	}
}
