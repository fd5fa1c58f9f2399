package syscalls

import (
	"strings"
	"syscall"

	"vmsim/pagecache"
	"vmsim/vm"
)

// The longest name of memory, including its final zero byte, and the characters that it may not contain.
// Linux: ANON_VMA_NAME_MAX_LEN, ANON_VMA_NAME_INVALID_CHARS (kernel/sys.c).
const (
	maxLabel     = 80
	invalidLabel = "\\`$[]"
)

// prctlName names the n bytes at addr, anonymous memory, for /proc/PID/maps. A kernel without CONFIG_ANON_VMA_NAME
// returns EINVAL.
// Linux: set_anon_vma_name (mm/madvise.c).
func (p *Process) prctlName(what uint64, addr vm.Addr, n uint64, name vm.Addr) error {
	if what != 0 || !p.kernel.config.Profile.Configured().AnonNames {
		return p.refuseFor(syscall.EINVAL, cause{what != 0, "only PR_SET_VMA_ANON_NAME is known"}, cause{true,
			"the kernel is built without names for anonymous memory (.machine anon_names=on has them)"})
	}
	label, err := p.labelAt(name)
	if err != nil {
		return err
	}
	end, err := p.endOfPages(addr, n)
	if err != nil || end == addr {
		return err
	}
	return p.Space.Walk(addr, end, vm.SkipHoles, func(a *vm.Area, start, end vm.Addr) error {
		if a.Backing != nil && !anonymousFile(a) {
			return p.refuse(syscall.EBADF, "the memory is a file's")
		}
		if a.Label() == label {
			return nil
		}
		if _, err := p.Space.Rename(a, start, end, label); err != nil {
			return p.refuse(syscall.EAGAIN, "the area cannot be split")
		}
		return nil
	})
}

// anonymousFile reports whether an area is shared anonymous memory.
// Linux: vma_is_anon_shmem (mm/shmem.c).
func anonymousFile(a *vm.Area) bool {
	f := pagecache.FileOf(a)
	return f != nil && f.Traits().Has(vm.Shmem) && f.Path() == "/dev/zero"
}

// labelAt reads the name at x, none for NULL.
func (p *Process) labelAt(x vm.Addr) (string, error) {
	if x == 0 {
		return "", nil
	}
	n, err := p.lengthAt(x, maxLabel)
	switch {
	case err != nil:
		return "", err
	case n > maxLabel:
		return "", p.refuse(syscall.EINVAL, "the name is longer than 80 bytes")
	}
	buf := make([]byte, n)
	p.copyIn(x, buf)
	return p.checkLabel(string(buf[:n-1]))
}

func (p *Process) checkLabel(label string) (string, error) {
	for _, c := range []byte(label) {
		if c <= 0x1f || c >= 0x7f || strings.IndexByte(invalidLabel, c) >= 0 {
			return "", p.refuse(syscall.EINVAL, "the name has a character that maps could not show")
		}
	}
	return label, nil
}
