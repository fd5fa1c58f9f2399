//go:build linux && amd64

package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vmsim/pagecache"
	"vmsim/syscalls/script"
	"vmsim/vm/profile"
)

// What the administrator, the boot line, the processor or the parent of this process has chosen, and programs can see.
// Some of it the model takes on. Where it does not, a difference between model and kernel says nothing of the model:
// such a setting is in the way of a comparison.

// setting is one of this machine, and how it is found out.
type setting struct {
	name  string
	model string        // what the model takes it to be
	here  func() string // what it is; unknown where that cannot be found out
	fix   string        // what makes it the model's
}

// unfollowed are the settings that the model does not take on. docs/machines.md says what each does to a comparison.
var unfollowed = []setting{
	{"vm.overcommit_memory", "0 or 1", sysctl("vm/overcommit_memory"), "sysctl vm.overcommit_memory=0"},
	{"vm.legacy_va_layout", "0", sysctl("vm/legacy_va_layout"), "sysctl vm.legacy_va_layout=0"},
	{"swap", "none", swap, "swapoff -a"},
	{"huge pages of tmpfs", "never", hugeShared, "echo never >" + hugeDir + "/shmem_enabled"},
	{"huge pages, other sizes", "none", otherSizes, "echo never to the files of " + hugeDir + "/hugepages-*"},
	{"huge pages in pools", "none", pools, "sysctl vm.nr_hugepages=0 vm.nr_overcommit_hugepages=0"},
	{"levels of page tables", "4", levels, "boot with no5lvl"},
	{"system calls", "all", filtered, "no seccomp filter: docker run --security-opt seccomp=unconfined"},
}

// rare are further ones, of which only those that differ are named.
var rare = []setting{
	{"addresses", "fixed", randomness, "a seccomp filter that allows personality(ADDR_NO_RANDOMIZE)"},
	{"sizes of pools", "1048576kB 2048kB", poolSizes, "a processor with pages of 1 GiB"},
	{"KSM", "0", sysfs("kernel/mm/ksm/run"), "echo 2 >/sys/kernel/mm/ksm/run"},
	{"kernel.numa_balancing", "0", sysctl("kernel/numa_balancing"), "sysctl kernel.numa_balancing=0"},
	{"vm.memfd_noexec", "0", sysctl("vm/memfd_noexec"), "sysctl vm.memfd_noexec=0"},
	{"fault_around_bytes", "65536", sysfs(faultAround), "echo 65536 >/sys/" + faultAround},
	{"stack_guard_gap", "256", guardGap, "boot without stack_guard_gap="},
	{"SELinux", "0", sysfs("fs/selinux/enforce"), "setenforce 0"},
	{"PR_SET_MDWE", "0", control(prGetMDWE), "start it elsewhere: MemoryDenyWriteExecute=no"},
	{"PR_SET_MEMORY_MERGE", "0", control(prGetMemoryMerge), "start it elsewhere: MemoryKSM=no"},
}

// looked finds out what settings are here.
func looked(at []setting) (list []Setting) {
	for _, s := range at {
		l := Setting{Name: s.name, Here: s.here(), Model: s.model, Fix: s.fix}
		l.InTheWay = l.Here != unknown && l.Differs()
		list = append(list, l)
	}
	return list
}

// InTheWay are the settings of this machine for which a difference between kernel and model says nothing of the model.
func InTheWay() []Setting {
	return slices.DeleteFunc(looked(slices.Concat(unfollowed, rare)), func(s Setting) bool { return !s.InTheWay })
}

// standing is an error that names settings which are in the way; nil for none.
func standing(list []Setting) error {
	var parts []string
	for _, s := range list {
		parts = append(parts, fmt.Sprintf("%s is %s here, and %s in the model", s.Name, s.Here, s.Model))
	}
	if parts == nil {
		return nil
	}
	return errors.New(strings.Join(parts, "; "))
}

// taken are the knobs of /proc/sys that the model takes on, and what they are in it where nothing is said.
func taken() []script.Setting {
	userfaults := "0"
	if !Profile().Has(profile.UserModeOnly) {
		userfaults = "1"
	}
	return []script.Setting{
		{Name: "fs.nr_open", Value: "1048576"},
		{Name: "net.core.wmem_default", Value: strconv.Itoa(pagecache.DefaultSocketRoom)},
		{Name: "vm.max_map_count", Value: "65530"}, {Name: "vm.overcommit_memory", Value: "0"},
		{Name: "vm.unprivileged_userfaultfd", Value: userfaults},
	}
}

// Knobs are the knobs that differ here from those of a model that is not told.
func (m *Machine) Knobs() (differing []script.Setting) {
	for _, s := range taken() {
		if here := value("/proc/sys/" + strings.ReplaceAll(s.Name, ".", "/")); here != s.Value && here != unknown {
			differing = append(differing, script.Setting{Name: s.Name, Value: here})
		}
	}
	return differing
}

// Settings are the machine's, beside the model's.
func Settings() []Setting {
	same := func(name, value string) Setting { return Setting{Name: name, Here: value, Model: value} }
	kernel := Setting{Name: "kernel", Here: Kernel(), Model: Profile().Release.String()}
	if Comparable() != nil {
		kernel.InTheWay, kernel.Fix = true, "a kernel that the model has a profile of"
	}
	list := []Setting{
		kernel,
		{Name: "page size", Here: fmt.Sprint(os.Getpagesize()), Model: "4096"},
		same("user", who()), same("transparent huge pages", hugePages()),
		same("fs.nr_open", sysctl("fs/nr_open")()), same("vm.max_map_count", sysctl("vm/max_map_count")()),
		same("net.core.wmem_default", sysctl("net/core/wmem_default")()),
		same("vm.unprivileged_userfaultfd", sysctl(userfaultKnob)()),
		{Name: "DAMON", Here: damon(), Model: "off"}, // a campaign takes an answer that does not repeat for its doing
	}
	list = append(list, looked(unfollowed)...)
	for _, s := range looked(rare) {
		if s.InTheWay {
			list = append(list, s)
		}
	}
	return list
}

// userfaultKnob is a file of /proc/sys that only a kernel with userfaultfd has.
const userfaultKnob = "vm/unprivileged_userfaultfd"

// CanHandleFaults says why programs cannot make a userfaultfd here; nil where they can.
func (m *Machine) CanHandleFaults() error {
	if _, err := os.Stat("/proc/sys/" + userfaultKnob); err != nil {
		return errors.New("this kernel was built without userfaultfd (CONFIG_USERFAULTFD)")
	}
	return nil
}

// unknown is a setting that cannot be found out: this kernel does not have it, or this user may not look.
const unknown = "unknown"

// value is what is in a file: the word in brackets, where there are brackets.
func value(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return unknown
	}
	if _, rest, ok := strings.Cut(string(text), "["); ok {
		word, _, _ := strings.Cut(rest, "]")
		return word
	}
	return strings.TrimSpace(string(text))
}

func sysctl(name string) func() string { return func() string { return value("/proc/sys/" + name) } }

func sysfs(name string) func() string { return func() string { return value("/sys/" + name) } }

// swap is whether pages can go to a swap area.
func swap() string {
	text, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return unknown
	}
	if strings.Count(strings.TrimSpace(string(text)), "\n") > 0 {
		return "in use"
	}
	return "none"
}

const faultAround = "kernel/debug/fault_around_bytes"

const hugeDir = "/sys/kernel/mm/transparent_hugepage"

// hugeShared is when memory that processes share becomes huge pages. Unless that is never, it is placed otherwise too.
func hugeShared() string {
	switch v := value(hugeDir + "/shmem_enabled"); v {
	case unknown, "deny":
		return "never"
	default:
		return v
	}
}

// otherSizes are the sizes other than 2 MiB that pages may have without being asked for.
func otherSizes() string {
	files, _ := filepath.Glob(hugeDir + "/hugepages-*/*enabled")
	var sizes []string
	for _, f := range files {
		size := strings.TrimPrefix(filepath.Base(filepath.Dir(f)), "hugepages-")
		switch v := value(f); {
		case v == "never" || v == unknown || v == "":
		case v == "inherit" && size == "2048kB":
		case v == "inherit" && filepath.Base(f) == "enabled" && hugePages() == "never":
		case v == "inherit" && filepath.Base(f) == "shmem_enabled" && hugeShared() == "never":
		default:
			sizes = append(sizes, size+"="+v)
		}
	}
	return orNone(sizes)
}

const poolDir = "/sys/kernel/mm/hugepages"

// pools are the pools of huge pages that MAP_HUGETLB finds something in.
func pools() string {
	var filled []string
	for _, name := range []string{"nr_hugepages", "nr_overcommit_hugepages"} {
		files, _ := filepath.Glob(poolDir + "/*/" + name)
		for _, f := range files {
			if v := value(f); v != "0" && v != unknown {
				filled = append(filled, v+"×"+strings.TrimPrefix(filepath.Base(filepath.Dir(f)), "hugepages-"))
			}
		}
	}
	return orNone(filled)
}

// poolSizes are the sizes that there are pools of: the processor decides.
func poolSizes() string {
	dirs, _ := filepath.Glob(poolDir + "/hugepages-*")
	for i, d := range dirs {
		dirs[i] = strings.TrimPrefix(filepath.Base(d), "hugepages-")
	}
	return orNone(dirs)
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " ")
}

const damonStates = "/sys/kernel/mm/damon/admin/kdamonds/*/state"

// damon is what the kernel's own monitor of accesses does: where it pages memory out, a page may be missing that
// nothing has given up, and a program may take a fault more.
func damon() string {
	states, _ := filepath.Glob(damonStates)
	for _, at := range states {
		if value(at) != "on" {
			continue
		}
		actions, _ := filepath.Glob(filepath.Dir(at) + "/contexts/*/schemes/*/action")
		for _, at := range actions {
			if v := value(at); v != unknown {
				return v
			}
		}
		return "on"
	}
	return "off"
}

// guardGap is how many pages are kept free below a stack.
func guardGap() string {
	text, _ := os.ReadFile("/proc/cmdline")
	for word := range strings.FieldsSeq(string(text)) {
		if v, ok := strings.CutPrefix(word, "stack_guard_gap="); ok {
			return v
		}
	}
	return "256"
}
