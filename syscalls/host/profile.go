//go:build linux && amd64

package host

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"vmsim/vm/profile"
)

// AnyKernel is the environment variable that lets live tests run on a kernel without a profile, as the nearest older one.
const AnyKernel = "VMSIM_ANY_KERNEL"

// Profile is the Linux that this process runs on, as far as there is a profile of it: of the nearest older release where
// there is none of this one, with the configuration that this kernel has.
func Profile() *profile.Profile {
	r, _ := release()
	near, _ := profile.Nearest(r)
	return profile.New(near, configuration())
}

// Comparable is why a difference between this kernel and the model says nothing; nil where the model has this kernel's profile.
func Comparable() error {
	r, err := release()
	if err != nil {
		return err
	}
	if near, ok := profile.Nearest(r); !ok {
		return fmt.Errorf("there is no profile of Linux %v; the nearest is that of %v (%s=1 tries it all the same)", r, near, AnyKernel)
	}
	return nil
}

// CanCompare is Comparable for tests: nil too where the user wants to try it all the same.
func CanCompare() error {
	if os.Getenv(AnyKernel) != "" {
		return nil
	}
	return Comparable()
}

func release() (profile.Release, error) { return profile.ParseRelease(Kernel()) }

// configuration is found out by looking, not by reading what the kernel was built with: the boot line and the processor
// take part.
func configuration() profile.Config {
	smaps, _ := os.ReadFile("/proc/self/smaps")
	huge, _ := profile.ParseHugePages(hugePages())
	return profile.Config{
		SoftDirty:      flagShown(smaps, " sd"),
		ProtectionKeys: bytes.Contains(smaps, []byte("\nProtectionKey:")),
		NoKSM:          profile.Default().Has(profile.KSMLine) && !bytes.Contains(smaps, []byte("\nKSM:")),
		AnonNames:      namesMemory(),
		NoVsyscall:     !bytes.Contains(smaps, []byte("[vsyscall]\n")),
		HugePages:      huge,
	}
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
	err = unix.Prctl(unix.PR_SET_VMA, unix.PR_SET_VMA_ANON_NAME, uintptr(unsafe.Pointer(&page[0])), uintptr(len(page)),
		uintptr(unsafe.Pointer(&name[0])))
	runtime.KeepAlive(name)
	return err == nil
}

// Profile is the Linux that the puppets run on.
func (m *Machine) Profile() *profile.Profile { return Profile() }

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
