package syscalls

import (
	"fmt"
	"strconv"
	"time"

	"vmsim/vm"
)

// knob is a number in /proc/sys that the model supports.
// Linux: struct ctl_table (include/linux/sysctl.h).
type knob struct {
	name  string
	least uint64
	most  uint64
	set   func(k *Kernel, v uint64)
}

const anyNumber = 1<<63 - 1

// knobs are those that the model supports, sorted by name.
var knobs = []knob{
	{name: "fs.nr_open", least: 64, most: 1<<31 - 64, set: func(k *Kernel, v uint64) { k.mostFiles = v }},
	{name: "net.core.wmem_default", least: 4608, most: 1<<31 - 1,
		set: func(k *Kernel, v uint64) { k.Cache.SocketRoom = int(v) }},
	{name: "vm.dirty_background_bytes", most: anyNumber,
		set: func(k *Kernel, v uint64) { k.Cache.Writer.BackgroundBytes, k.Cache.Writer.BackgroundRatio = v, 0 }},
	{name: "vm.dirty_background_ratio", most: 100,
		set: func(k *Kernel, v uint64) { k.Cache.Writer.BackgroundBytes, k.Cache.Writer.BackgroundRatio = 0, v }},
	{name: "vm.dirty_bytes", least: 2 * vm.PageSize, most: anyNumber,
		set: func(k *Kernel, v uint64) {
			if w := k.Cache.Writer; v != w.Bytes {
				w.Bytes, w.Ratio = v, 0
			}
		}},
	{name: "vm.dirty_expire_centisecs", most: 1<<31 - 1,
		set: func(k *Kernel, v uint64) { k.Cache.Writer.Expire = centisecs(v) }},
	{name: "vm.dirty_ratio", most: 100,
		set: func(k *Kernel, v uint64) {
			if w := k.Cache.Writer; v != w.Ratio {
				w.Bytes, w.Ratio = 0, v
			}
		}},
	{name: "vm.dirty_writeback_centisecs", most: 1<<31 - 1,
		set: func(k *Kernel, v uint64) { k.Cache.Writer.SetInterval(centisecs(v)) }},
	{name: "vm.dirtytime_expire_seconds", most: 1<<31 - 1, // of mounts with lazytime, and the model has none
		set: func(*Kernel, uint64) {}},
	{name: "vm.drop_caches", least: 1, most: 4,
		set: func(k *Kernel, v uint64) { k.DropCaches(int(v)) }},
	{name: "vm.max_map_count", most: 1<<31 - 1,
		set: func(k *Kernel, v uint64) {
			k.maxMapCount = int(v)
			k.Processes(func(p *Process) { p.limits.vm.MaxMapCount = int(v) })
		}},
	{name: "vm.mmap_min_addr", most: anyNumber, set: (*Kernel).setMinAddr},
	{name: "vm.nr_hugepages", most: anyNumber, set: func(k *Kernel, v uint64) { k.Cache.Huge.Resize(v) }},
	{name: "vm.nr_overcommit_hugepages", most: anyNumber,
		set: func(k *Kernel, v uint64) { k.Cache.Huge.Overcommit = v }},
	{name: "vm.overcommit_memory", most: 2,
		set: func(k *Kernel, v uint64) { k.Commit.Policy = vm.Overcommit(v) }},
	{name: "vm.overcommit_ratio", most: 1<<31 - 1,
		set: func(k *Kernel, v uint64) { k.Commit.Ratio = v }},
	{name: "vm.page-cluster", most: 31, set: func(k *Kernel, v uint64) { k.swap.PageCluster = uint(v) }},
	{name: "vm.swappiness", most: 200, set: func(k *Kernel, v uint64) { k.Cache.Reclaim.Swappiness = v }},
	{name: "vm.unprivileged_userfaultfd", most: 1, set: func(k *Kernel, v uint64) { k.anyUserfaults = v == 1 }},
}

// setMinAddr says below which address only CapRawIO maps.
// Linux: mmap_min_addr_handler (security/min_addr.c).
func (k *Kernel) setMinAddr(v uint64) {
	k.minAddr = vm.Addr(v)
	k.Processes(func(p *Process) { p.limits.vm.MmapMin, p.limits.vm.OwnMin = k.lowest() })
}

// DefaultMinAddr is vm.mmap_min_addr where nothing else is said.
// Linux: CONFIG_DEFAULT_MMAP_MIN_ADDR.
const DefaultMinAddr vm.Addr = vm.PageSize

// lowest are the lowest address that mmap chooses, and the lowest one that the machine's programs may ask
// for.
// Linux: update_mmap_min_addr (security/min_addr.c), cap_mmap_addr (security/commoncap.c).
func (k *Kernel) lowest() (given, asked vm.Addr) {
	if !k.capable(CapRawIO) {
		asked = k.minAddr
	}
	return max(k.minAddr, vm.MmapMinAddr), asked
}

const centisec = 10 * time.Millisecond

func centisecs(v uint64) time.Duration { return time.Duration(v) * centisec }

// Knobs are the names of the supported knobs, sorted.
func Knobs() []string {
	out := make([]string, len(knobs))
	for i, n := range knobs {
		out[i] = n.name
	}
	return out
}

// UnknownKnob is the error for a knob that the model does not have.
type UnknownKnob string

// Error names the knob.
func (u UnknownKnob) Error() string { return "the model has no knob " + string(u) }

// SetKnob writes a value to a knob of /proc/sys, named as sysctl does: vm.dirty_ratio. The error is an UnknownKnob, or
// says what the value may be.
// Linux: proc_sys_write (fs/proc/proc_sysctl.c).
func (k *Kernel) SetKnob(name, value string) error {
	n := knobNamed(name)
	if n == nil {
		return UnknownKnob(name)
	}
	v, err := strconv.ParseUint(value, 10, 64)
	if err != nil || v < n.least || v > n.most {
		if n.most == anyNumber {
			return fmt.Errorf("%s is a number from %d on, not %s", name, n.least, value)
		}
		return fmt.Errorf("%s is a number from %d to %d, not %s", name, n.least, n.most, value)
	}
	n.set(k, v)
	return nil
}

func knobNamed(name string) *knob {
	for i := range knobs {
		if knobs[i].name == name {
			return &knobs[i]
		}
	}
	return nil
}
