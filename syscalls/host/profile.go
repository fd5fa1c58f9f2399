//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/vm/profile"
)

// Profile is the Linux that this process runs on: its release, or the nearest older one that the model has a profile
// of, with the configuration that this kernel has.
func Profile() *profile.Profile { return here() }

var here = sync.OnceValue(func() *profile.Profile {
	near, _ := profile.Nearest(release())
	p := profile.New(near, profile.Config{})
	return p.Reconfigured(configuration(p))
})

// Profile is the package's.
func (m *Machine) Profile() *profile.Profile { return Profile() }

// Comparable is why a difference between this kernel and the model says nothing; nil where the model has a profile of
// this kernel.
func Comparable() error {
	r := release()
	if near, ok := profile.Nearest(r); !ok {
		return fmt.Errorf("there is no profile of Linux %v, the nearest is that of %v", r, near)
	}
	return nil
}

// CanCompare says for tests why a difference between this kernel and the model says nothing: a kernel without a
// profile, or a setting that the model does not take on. It is nil too where the environment asks to compare all the
// same.
func CanCompare() error {
	if os.Getenv(AnyKernel) != "" {
		return nil
	}
	err := Comparable()
	if err == nil {
		err = standing(InTheWay())
	}
	if err != nil {
		return fmt.Errorf("%w; see vmsim doctor (%s=1 go test ./... tries it all the same)", err, AnyKernel)
	}
	return nil
}

// release is this kernel's. The zero Release means that it cannot be read.
func release() profile.Release {
	r, _ := profile.ParseRelease(Kernel())
	return r
}

// Kernel is the release of the kernel that answers here, as 6.18.44.
func Kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "unknown"
	}
	return releaseOf(unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]))
}

// debianPatch finds the release with its patch level in the version of a kernel whose release is that of an interface,
// such as
// 6.1.0-56-amd64.
var debianPatch = regexp.MustCompile(`Debian (\d+\.\d+\.\d+)`)

// releaseOf is the release that uname's two texts name.
func releaseOf(release, version string) string {
	if m := debianPatch.FindStringSubmatch(version); m != nil {
		release = m[1]
	}
	r, err := profile.ParseRelease(release)
	if err != nil {
		return release
	}
	return r.String()
}

// configuration is found out by looking, not by reading what the kernel was built with: the boot line and the processor
// take part. The frame of zeros takes a puppet to find out about.
func configuration(p *profile.Profile) (c profile.Config) {
	smaps, _ := os.ReadFile("/proc/self/smaps")
	c.SoftDirty = flagShown(smaps, " sd")
	c.ProtectionKeys = bytes.Contains(smaps, []byte("\nProtectionKey:"))
	c.NoKSM = p.Has(profile.KSMLine) && !bytes.Contains(smaps, []byte("\nKSM:"))
	c.AnonNames = namesMemory()
	c.Generations = hasGenerations()
	_, err := os.Stat("/proc/sys/vm/memory_failure_recovery")
	c.MemoryFailure = err == nil
	// The processor decides something from 6.1 to 6.4 alone.
	c.NoERMS = p.Has(profile.ClearsBlocks) && !p.Has(profile.ClearsBytes) && !processorHas("erms")
	c.State = stateSize()
	_, _ = c.Set("thp", hugePages())
	switch line := lineWith(smaps, "[vsyscall]"); {
	case line == nil:
		c.Vsyscall = profile.VsyscallNone
	case bytes.Contains(line, []byte(" r-xp ")):
		c.Vsyscall = profile.VsyscallEmulated
	}
	return c
}

// lineWith is the first line that holds a word; nil for none.
func lineWith(text []byte, word string) []byte {
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte(word)) {
			return line
		}
	}
	return nil
}

// flagShown reports whether an area of smaps has a flag.
func flagShown(smaps []byte, flag string) bool {
	for line := range bytes.Lines(smaps) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmFlags:")); ok && bytes.Contains(rest, []byte(flag)) {
			return true
		}
	}
	return false
}

// namesMemory reports whether programs may name anonymous memory, by naming a page.
func namesMemory() bool {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return false
	}
	defer func() { _ = unix.Munmap(page) }()
	name := []byte("vmsim\x00")
	_, _, e := unix.Syscall6(unix.SYS_PRCTL, unix.PR_SET_VMA, unix.PR_SET_VMA_ANON_NAME,
		uintptr(unsafe.Pointer(&page[0])), uintptr(len(page)), uintptr(unsafe.Pointer(&name[0])), 0)
	return e == 0
}

// processorHas reports whether the first processor has a feature; true where that cannot be found out.
func processorHas(feature string) bool {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return true
	}
	return slices.Contains(strings.Fields(string(lineWith(text, "flags"))), feature)
}

// hasGenerations reports whether reclaim keeps pages in generations: the lowest bit of a mask says so.
func hasGenerations() bool {
	text, err := os.ReadFile("/sys/kernel/mm/lru_gen/enabled")
	if err != nil {
		return false
	}
	mask, err := strconv.ParseUint(strings.TrimSpace(string(text)), 0, 16)
	return err == nil && mask&1 != 0
}

// hugePages is the kernel's policy of giving out huge pages: the word in brackets; never for a kernel without them.
func hugePages() string {
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil {
		return profile.HugeNever.String()
	}
	_, rest, _ := strings.Cut(string(text), "[")
	policy, _, _ := strings.Cut(rest, "]")
	return policy
}
