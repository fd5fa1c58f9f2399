package syscalls

import (
	"fmt"
	"slices"
	"strings"

	"vmsim/disk"
	"vmsim/vm"
	"vmsim/vm/profile"
	"vmsim/vm/trace"
)

// Config describes a machine. The zero value is a machine of 24 GiB without swap, its files on tmpfs.
type Config struct {
	RAM  uint64 // bytes
	Swap uint64 // bytes of swap area
	// MemoryLimit is how many bytes of memory the programs' control group may have; 0 for no limit.
	MemoryLimit uint64
	// MemoryHigh is from how many bytes on its programs reclaim from the group and wait; 0 for no such limit.
	MemoryHigh uint64
	// Without are the capabilities that programs lack: none for root, AllCapabilities for an ordinary user, and some
	// for the root of a container.
	Without Capabilities
	// Limits are the limits that programs start with, where they differ from an ordinary shell's.
	Limits map[Resource]Limit
	// Profile is the Linux that the machine runs: its release and configuration. nil is the default one.
	Profile *profile.Profile

	FS          FS           // where files are; the zero value is tmpfs
	Disk        disk.Profile // what kind of disk ext4 is on; the zero value is NVMe
	DiskSize    uint64       // bytes; 0 for 1 TiB
	TmpfsSize   uint64       // how many bytes a tmpfs may hold; 0 for half of the memory
	ReadAheadKB *uint64      // how much is read ahead at most; nil for 128
	Costs       *trace.Costs // what steps cost in virtual time; nil for trace.DefaultCosts

	Policies Policies // what decides in Linux's place
}

// The smallest sizes in bytes: some frames, and the blocks that a file system needs for itself.
const (
	leastRAM  = 16 * vm.PageSize
	leastDisk = 16 * disk.BlockSize
)

// mostSwap is the largest swap area in bytes: the model keeps a record for each of its pages.
const mostSwap = 1 << 40

// Check reports what is wrong with a configuration. New panics with that error.
func (c Config) Check() error {
	switch {
	case c.RAM != 0 && c.RAM < leastRAM:
		return fmt.Errorf("RAM of %d bytes: a machine has %d at least", c.RAM, leastRAM)
	case c.FS != "" && !slices.Contains(FileSystems(), string(c.FS)):
		return fmt.Errorf("no file system is called %q: there are %s", c.FS, strings.Join(FileSystems(), " and "))
	case c.DiskSize != 0 && c.DiskSize < leastDisk:
		return fmt.Errorf("a disk of %d bytes: it has %d at least", c.DiskSize, leastDisk)
	case c.Swap > mostSwap:
		return fmt.Errorf("a swap area of %d bytes: it has %d at most", c.Swap, uint64(mostSwap))
	}
	for r := range c.Limits {
		if r >= numResources {
			return fmt.Errorf("there is no resource %d to limit", r)
		}
	}
	return nil
}
