package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Config is what the configuration of a kernel, its boot line and the processor decide. The zero value is the machine
// that the recordings of Linux 6.18 were made on. Each field is off in the zero value, so that a machine that says
// nothing is the default one.
// Linux: none; .config, the boot line and /proc/cpuinfo together.
type Config struct {
	// SoftDirty makes the kernel note which areas and pages are new or written to since clear_refs: "sd" in VmFlags.
	// Linux: CONFIG_MEM_SOFT_DIRTY.
	SoftDirty bool
	// ProtectionKeys is a processor with protection keys: smaps has a line ProtectionKey, and pkey_alloc gives out
	// keys.
	// Linux: CONFIG_X86_INTEL_MEMORY_PROTECTION_KEYS, and pku in /proc/cpuinfo.
	ProtectionKeys bool
	// NoKSM is a kernel that cannot merge pages of the same content.
	// Linux: CONFIG_KSM.
	NoKSM bool
	// AnonNames lets programs name their memory.
	// Linux: CONFIG_ANON_VMA_NAME.
	AnonNames bool
	// Vsyscall is how the page [vsyscall] appears.
	Vsyscall Vsyscall
	// NoZeroPage is a guest that runs without the shared frame of zeros.
	// Linux: mm_forbids_zeropage (include/linux/mm.h).
	NoZeroPage bool
	// Generations is a kernel whose reclaim keeps pages in generations instead of two lists: a page that is used again
	// stays referenced, and does not become active.
	// Linux: CONFIG_LRU_GEN_ENABLED, /sys/kernel/mm/lru_gen/enabled.
	Generations bool
	// NoERMS is a processor without enhanced rep stosb: the kernel clears memory in words.
	// Linux: X86_FEATURE_ERMS (arch/x86/include/asm/cpufeatures.h).
	NoERMS bool
	// MemoryFailure is a kernel that keeps programs from pages whose memory has failed: the signal for such a page says
	// so.
	// Linux: CONFIG_MEMORY_FAILURE.
	MemoryFailure bool
	// State is how many bytes of the processor's registers a signal frame holds; 0 for DefaultState.
	// Linux: user_size of struct fpstate (arch/x86/include/asm/fpu/types.h).
	State uint64
	// HugePages is when the kernel gives out transparent huge pages. Huge pages are not modelled: where they are given
	// always, processes start with them disabled, as by PR_SET_THP_DISABLE.
	// Linux: /sys/kernel/mm/transparent_hugepage/enabled.
	HugePages HugePages
}

// DefaultState is what the recordings' processor stores of its registers: those of SSE, AVX and AVX-512.
const DefaultState = 2432

// stateSetting is the setting of .machine that is a number.
const stateSetting = "xsave"

// StateSize is how many bytes of registers a signal frame holds.
func (c *Config) StateSize() uint64 { return cmp.Or(c.State, DefaultState) }

// setState reads the setting xsave: no processor stores less than the registers of SSE, or more than some pages.
func (c *Config) setState(value string) error {
	const least, most = 512, 1 << 15
	n, err := strconv.ParseUint(value, 0, 64)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%s is a number of bytes from %d to %d, not %q", stateSetting, least, most, value)
	}
	if c.State = n; n == DefaultState {
		c.State = 0
	}
	return nil
}

// HugePages is when an area gets huge pages.
// Linux: TRANSPARENT_HUGEPAGE_FLAG, TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG (include/linux/huge_mm.h).
type HugePages uint8

// The policies.
const (
	HugeIfAdvised HugePages = iota // after MADV_HUGEPAGE
	HugeAlways
	HugeNever
)

// hugePolicies are the policies' names, as the kernel's file and .machine thp= have them.
var hugePolicies = [...]string{HugeIfAdvised: "madvise", HugeAlways: "always", HugeNever: "never"}

// String is the policy's name.
func (h HugePages) String() string { return hugePolicies[h] }

// Vsyscall is how the page of the kernel's half that old programs call appears in a process.
// Linux: vsyscall= (arch/x86/entry/vsyscall/vsyscall_64.c), CONFIG_LEGACY_VSYSCALL_*.
type Vsyscall uint8

// Shown reports whether /proc/PID/maps has a line for the page.
// Linux: get_gate_vma (arch/x86/entry/vsyscall/vsyscall_64.c).
func (v Vsyscall) Shown() bool { return v != VsyscallNone }

// The ways: it can be executed only, read too, or is absent.
const (
	VsyscallXOnly Vsyscall = iota
	VsyscallEmulated
	VsyscallNone
)

// Setting is a setting of .machine: NAME=VALUE.
// Linux: none.
type Setting struct{ Name, Value string }

// choice is a setting of .machine that is a field of a Config: one of a few words, of which the first is the zero
// value.
type choice struct {
	name   string
	values []string
	at     func(Config) int
	choose func(*Config, int)
}

// choices are the settings in the order in which they are printed.
var choices = []choice{
	toggle("soft_dirty", "off", func(c *Config) *bool { return &c.SoftDirty }),
	toggle("pkeys", "off", func(c *Config) *bool { return &c.ProtectionKeys }),
	toggle("ksm", "on", func(c *Config) *bool { return &c.NoKSM }),
	toggle("anon_names", "off", func(c *Config) *bool { return &c.AnonNames }),
	{
		"vsyscall", []string{"xonly", "emulate", "none"},
		func(c Config) int { return int(c.Vsyscall) }, func(c *Config, i int) { c.Vsyscall = Vsyscall(i) },
	},
	{
		"thp", hugePolicies[:],
		func(c Config) int { return int(c.HugePages) }, func(c *Config, i int) { c.HugePages = HugePages(i) },
	},
	toggle("lru_gen", "off", func(c *Config) *bool { return &c.Generations }),
	toggle("zero_page", "on", func(c *Config) *bool { return &c.NoZeroPage }),
	toggle("memory_failure", "off", func(c *Config) *bool { return &c.MemoryFailure }),
	toggle("erms", "on", func(c *Config) *bool { return &c.NoERMS }),
}

// toggle is a choice between on and off. normally is the value of the zero Config, whose field is false.
func toggle(name, normally string, field func(*Config) *bool) choice {
	values := []string{"off", "on"}
	if normally == "on" {
		slices.Reverse(values)
	}
	at := func(c Config) int {
		if *field(&c) {
			return 1
		}
		return 0
	}
	return choice{name, values, at, func(c *Config, i int) { *field(c) = i == 1 }}
}

// Choices calls fn for each setting of a Config, with the values that it may have.
func Choices(fn func(name string, values []string)) {
	for _, c := range choices {
		fn(c.name, slices.Clone(c.values))
	}
}

// Set takes a setting of .machine. ok is false where the Config has none of that name.
func (c *Config) Set(name, value string) (ok bool, err error) {
	if name == stateSetting {
		return true, c.setState(value)
	}
	for _, s := range choices {
		if s.name != name {
			continue
		}
		i := slices.Index(s.values, value)
		if i < 0 {
			return true, fmt.Errorf("%s is %s, not %q", name, strings.Join(s.values, " or "), value)
		}
		s.choose(c, i)
		return true, nil
	}
	return false, nil
}

// Settings are those in which the Config is not the zero one: Set reads them.
func (c Config) Settings() (out []Setting) {
	for _, s := range choices {
		if i := s.at(c); i != 0 {
			out = append(out, Setting{s.name, s.values[i]})
		}
	}
	if c.State != 0 {
		out = append(out, Setting{stateSetting, strconv.FormatUint(c.State, 10)})
	}
	return out
}
