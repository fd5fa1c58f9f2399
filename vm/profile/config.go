package profile

import "fmt"

// Config is what the configuration of a kernel, its boot line and the processor decide. The zero value is the machine that
// the recordings of Linux 6.18 were made on.
// Linux: none; .config, the boot line and /proc/cpuinfo together.
type Config struct {
	// SoftDirty makes the kernel note which areas and pages are new or written to since clear_refs: "sd" in VmFlags.
	// Linux: CONFIG_MEM_SOFT_DIRTY.
	SoftDirty bool
	// ProtectionKeys is a processor with protection keys: smaps has a line ProtectionKey, and pkey_alloc gives out keys.
	// Linux: CONFIG_X86_INTEL_MEMORY_PROTECTION_KEYS, and pku in /proc/cpuinfo.
	ProtectionKeys bool
	// NoKSM is a kernel that cannot merge pages of the same content.
	// Linux: CONFIG_KSM.
	NoKSM bool
	// AnonNames lets programs name their memory.
	// Linux: CONFIG_ANON_VMA_NAME.
	AnonNames bool
	// NoVsyscall is a kernel without the page [vsyscall].
	// Linux: CONFIG_LEGACY_VSYSCALL_NONE, vsyscall=none.
	NoVsyscall bool
	// NoZeroPage is a guest that runs without the shared frame of zeros.
	// Linux: mm_forbids_zeropage (include/linux/mm.h).
	NoZeroPage bool
	// HugePages is when the kernel gives out transparent huge pages. Huge pages are not modelled: where they are given
	// always, processes start with them disabled, as by PR_SET_THP_DISABLE.
	// Linux: /sys/kernel/mm/transparent_hugepage/enabled.
	HugePages HugePages
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

// ParseHugePages is the policy of that name.
func ParseHugePages(name string) (HugePages, error) {
	for i, n := range hugePolicies {
		if n == name {
			return HugePages(i), nil
		}
	}
	return 0, fmt.Errorf("thp is madvise, always or never, not %q", name)
}

// Setting is a setting of .machine: NAME=VALUE.
// Linux: none.
type Setting struct{ Name, Value string }

// switches are the settings of .machine that a Config has, each on or off, in the order in which they are printed. normally
// is the value of the zero Config.
var switches = []struct {
	name, normally string
	field          func(*Config) *bool // true where the value is not the normal one
}{
	{"soft_dirty", "off", func(c *Config) *bool { return &c.SoftDirty }},
	{"pkeys", "off", func(c *Config) *bool { return &c.ProtectionKeys }},
	{"ksm", "on", func(c *Config) *bool { return &c.NoKSM }},
	{"anon_names", "off", func(c *Config) *bool { return &c.AnonNames }},
	{"vsyscall", "on", func(c *Config) *bool { return &c.NoVsyscall }},
	{"zero_page", "on", func(c *Config) *bool { return &c.NoZeroPage }},
}

// SwitchNames are the names of the settings, each of which is on or off.
func SwitchNames() (names []string) {
	for _, s := range switches {
		names = append(names, s.name)
	}
	return names
}

// Set takes a setting of .machine. ok is false where the Config has none of that name.
func (c *Config) Set(name, value string) (ok bool, err error) {
	if name == "thp" {
		c.HugePages, err = ParseHugePages(value)
		return true, err
	}
	for _, s := range switches {
		if s.name != name {
			continue
		}
		if value != "on" && value != "off" {
			return true, fmt.Errorf("%s is on or off, not %q", name, value)
		}
		*s.field(c) = value != s.normally
		return true, nil
	}
	return false, nil
}

// Settings are those in which the Config is not the zero one: Set reads them.
func (c Config) Settings() (out []Setting) {
	for _, s := range switches {
		if *s.field(&c) {
			out = append(out, Setting{s.name, map[string]string{"on": "off", "off": "on"}[s.normally]})
		}
	}
	if c.HugePages != HugeIfAdvised {
		out = append(out, Setting{"thp", c.HugePages.String()})
	}
	return out
}
